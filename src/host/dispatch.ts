// What the host process can be asked: the port's words, with sessions as numbers and PINs as bytes.

import type { ExportWay } from '../domain/destinations.ts'
import type { Attributes, KeyType } from '../domain/keys.ts'
import type { Digest } from '../domain/outward-plans.ts'
import type { SignatureScheme } from '../domain/signing.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { WrapKinds } from '../domain/wrap-kinds.ts'
import type { CopyUse } from '../hsm/copies.ts'
import type { ModuleFile } from '../hsm/module-file.ts'
import type {
  Challenged,
  ComingKey,
  CopyName,
  CopySpec,
  CopyToSeat,
  Exchange,
  ExportRequest,
  KeySpec,
  KnownKey,
  NewTransport,
  PublicHalf,
  Role,
  Transport,
  UsageChange,
  WrappedKey,
} from '../hsm/port.ts'
import { destroyStrayAuditKeys, generateAuditKey, signAudit } from './audit-key.ts'
import { loginWithKek } from './backup/kek.ts'
import { restoreKeys } from './backup/restore.ts'
import { tryBlobs } from './backup/try-blobs.ts'
import { wrapKeys } from './backup/wrap.ts'
import { agreeOnCard, cardKeys } from './card.ts'
import { seatCertificates } from './copies/certificates.ts'
import { destroyCopies } from './copies/destroy-copies.ts'
import { exchangeCopies } from './copies/exchange.ts'
import { provable } from './copies/provable.ts'
import { proveCopies } from './copies/prove.ts'
import { seatCopies } from './copies/seat.ts'
import { tryAsApplication } from './copies/try-application.ts'
import { Device } from './device.ts'
import { loginToExport } from './export/carrier.ts'
import { exportKeys } from './export/export-keys.ts'
import { tryExport } from './export/try-export.ts'
import { createHead, dropHeads, heads } from './heads.ts'
import { takeIn } from './import/take-in.ts'
import { makeTransport, provesTransport } from './import/transport.ts'
import { tryImport } from './import/try-import.ts'
import { addPublicHalf, answersOf } from './keys/adopt.ts'
import { areOne } from './keys/are-one.ts'
import { destroyKeys, setUsage, setUsages } from './keys/change-keys.ts'
import { cmacs } from './keys/cmacs.ts'
import { generateKeys } from './keys/generate.ts'
import { clearIncompleteObjects } from './keys/half-made.ts'
import type { Caller } from './keys/pace.ts'
import { Throttle } from './keys/pace.ts'
import { proveKeys } from './keys/prove-keys.ts'
import { countObjects, readKeys } from './keys/read-keys.ts'
import { scan } from './keys/scan.ts'
import { signAs } from './keys/sign-as.ts'
import { signDigest } from './keys/sign-digest.ts'
import { loadHashed } from './loaded-file.ts'
import { loadBinding } from './native/binding.ts'
import { Native } from './native/native.ts'
import type { Manners } from './native/native-tokens.ts'
import type { Algorithm } from './native/signatures.ts'
import type { WirePin } from './pin.ts'
import { foresee } from './probe/foresee.ts'
import { probe } from './probe/probe.ts'
import { loginToRenew, profileOf, renewProfile } from './probe/profile.ts'
import { login, User } from './user.ts'

/** The first thing that is asked. Starting the module is another call: what dies here is no PKCS#11 library. MODULE-CHANGED. */
export async function loadDevice(path: string, pinPrefix: string, approved?: string, manners?: Manners) {
  const { file, loaded } = await loadHashed(path, (real) => Native.load(real, manners), approved)
  return { device: new Device(loaded, pinPrefix), file }
}

export const checkNative = async (): Promise<void> => {
  await loadBinding()
}

let lastSession = 0

function keep(device: Device, user: User): number {
  device.users.set(++lastSession, user)
  return lastSession
}

function userOf(device: Device, session: number): User {
  const user = device.users.get(session)
  if (user instanceof User) return user
  throw new TypeError(`no session ${session} is open`)
}

export function methodsOf(device: Device, caller: Caller) {
  const user = (session: number) => userOf(device, session)
  const throttle = () => new Throttle(caller)
  return {
    initialize: () => device.lib.initialize(),
    module: () => device.module(),
    slots: () => device.slots(),
    token: (address: TokenAddress) => device.token(address),
    probe: (slot: number, types?: readonly KeyType[]) => probe(device.lib, slot, types, throttle()),
    foresee: (slot: number) => foresee(device.lib, slot),
    initToken: (slot: number, soPin: WirePin, label: string, erases?: TokenAddress) =>
      device.initToken(slot, soPin, label, erases),
    random: (token: TokenAddress, length: number) => device.random(token, length),
    setPins: (token: TokenAddress, current: WirePin, so: WirePin, next: WirePin) =>
      device.setPins(token, current, so, next),
    profile: (token: TokenAddress, so: WirePin, user: WirePin, keeps?: boolean) =>
      profileOf(device, token, { so, user }, throttle(), keeps),
    setUserPin: (token: TokenAddress, so: WirePin, user: WirePin) => device.setUserPin(token, so, user),
    changePin: (token: TokenAddress, role: Role, from: WirePin, to: WirePin) => device.changePin(token, role, from, to),
    tryAsApplication: (token: TokenAddress, user: WirePin) => tryAsApplication(device, token, user, throttle()),
    provable: (token: TokenAddress, copies: readonly CopyUse[]) => provable(device, token, copies),
    pinOpens: (token: TokenAddress, role: Role, pin: WirePin) => device.pinOpens(token, role, pin),
    tryBlobs: (token: TokenAddress, kek: Uint8Array, keys: readonly WrappedKey[]) =>
      tryBlobs(device, token, kek, keys, throttle()),
    cardKeys: (slot: number) => cardKeys(device.lib, slot),
    agreeOnCard: (token: TokenAddress, pin: WirePin, asked: { spki: Uint8Array; point: Uint8Array }) =>
      agreeOnCard(device, token, pin, asked),
    login: (token: TokenAddress, pin: WirePin) => keep(device, login(device, token, pin)),
    loginWithKek: (token: TokenAddress, so: WirePin, pin: WirePin, kek: Uint8Array) =>
      keep(device, loginWithKek(device, token, so, pin, kek)),
    loginToRenew: async (token: TokenAddress, so: WirePin, pin: WirePin) =>
      keep(device, await loginToRenew(device, token, so, pin)),
    tryExport: (slot: number, way: ExportWay, ephemeral?: boolean) => tryExport(device.lib, slot, way, ephemeral),
    tryImport: (slot: number) => tryImport(device.lib, slot),
    loginToExport: (token: TokenAddress, so: WirePin, pin: WirePin, request: ExportRequest) =>
      keep(device, loginToExport(device, token, so, pin, request)),
    closeSession(session: number): void {
      user(session).close()
      device.users.delete(session)
    },

    renewProfile: (session: number) => renewProfile(user(session), throttle()),
    heads: (session: number) => heads(user(session)),
    createHead: (session: number, value: string) => createHead(user(session), value),
    dropHeads: (session: number, values: readonly string[]) => dropHeads(user(session), values),
    clearIncompleteObjects: (session: number, known: readonly KnownKey[]) =>
      clearIncompleteObjects(user(session), known, throttle()),
    generateAuditKey: (session: number, id: Uint8Array, alg: Algorithm) => generateAuditKey(user(session), id, alg),
    signAudit: (session: number, spki: Uint8Array, alg: Algorithm, data: Uint8Array) =>
      signAudit(user(session), spki, alg, data),
    destroyStrayAuditKeys: (session: number, kept?: Uint8Array) => destroyStrayAuditKeys(user(session), kept),

    answers: (session: number, keys: readonly Challenged[]) => answersOf(user(session), keys, throttle()),
    signAs: (session: number, key: Challenged, data: Uint8Array) => signAs(user(session), key, data, throttle()),
    signDigest: (session: number, key: Pick<Challenged, 'id' | 'type'>, scheme: SignatureScheme, digest: Digest) =>
      signDigest(user(session), key, scheme, digest, throttle()),
    areOne: (session: number, ids: readonly [Uint8Array, Uint8Array]) => areOne(user(session), ids, throttle()),
    cmacs: (session: number, id: Uint8Array, messages: readonly Uint8Array[]) =>
      cmacs(user(session), id, messages, throttle()),
    createPublicHalf: (session: number, key: PublicHalf) => addPublicHalf(user(session), key),

    generateKeys: (session: number, specs: readonly KeySpec[]) => generateKeys(user(session), specs, throttle()),
    scan: (session: number) => scan(user(session), throttle()),
    readKeys: (session: number, ids: readonly Uint8Array[], unproved?: true) =>
      readKeys(user(session), ids, throttle(), unproved),
    proveKeys: (session: number, ids: readonly Uint8Array[]) => proveKeys(user(session), ids, throttle()),
    countObjects: (session: number, ids: readonly Uint8Array[]) => countObjects(user(session), ids, throttle()),
    setUsage: (session: number, id: Uint8Array, attributes: Attributes) =>
      setUsage(user(session), id, attributes, throttle()),
    setUsages: (session: number, changes: readonly UsageChange[]) => setUsages(user(session), changes, throttle()),
    destroyKeys: (session: number, ids: readonly Uint8Array[]) => destroyKeys(user(session), ids, throttle()),
    wrapKeys: (session: number, ids: readonly Uint8Array[], wraps?: WrapKinds) =>
      wrapKeys(user(session), ids, throttle(), wraps),
    exportKeys: (session: number, ids: readonly Uint8Array[]) => exportKeys(user(session), ids, throttle()),
    makeTransport: (session: number, transport: NewTransport) => makeTransport(user(session), transport),
    provesTransport: (session: number, transport: Transport) => provesTransport(user(session), transport),
    takeIn: (session: number, transport: Transport, key: ComingKey) => takeIn(user(session), transport, key),
    restoreKeys: (session: number, kek: Uint8Array, keys: readonly WrappedKey[]) =>
      restoreKeys(user(session), kek, keys, throttle()),

    seatCopies: (session: number, kek: Uint8Array, copies: readonly CopyToSeat[]) =>
      seatCopies(user(session), kek, copies, throttle()),
    exchangeCopies: (session: number, kek: Uint8Array, exchanges: readonly Exchange[]) =>
      exchangeCopies(user(session), kek, exchanges, throttle()),
    proveCopies: (session: number, copies: readonly CopySpec[]) => proveCopies(user(session), copies, throttle()),
    seatCertificates: (session: number, copies: readonly CopySpec[]) =>
      seatCertificates(user(session), copies, throttle()),
    destroyCopies: (session: number, copies: readonly CopyName[]) => destroyCopies(user(session), copies, throttle()),
  }
}

type Served = ReturnType<typeof methodsOf>

/** As the command sees it: `native`, `load` and `close` are served by the host itself. */
export type Methods = Served & {
  native(): void
  load(path: string, pinPrefix: string, approved?: string, manners?: Manners): ModuleFile
  close(): void
}
