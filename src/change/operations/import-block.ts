// A key that came in a key block: the token derives the keys of the block by the key that protects it, which never leaves it; the block is opened on the host.

import { blockHeaderIn, blockOddity, blockTypes, blockUsage, mayLeave } from '../../domain/block-meaning.ts'
import { checkValueOf, checkValuesOf, hasCheckValue, olderCheckValue } from '../../domain/check-values.ts'
import { sha256, toHex } from '../../domain/encoding.ts'
import { notVerified, refused, usage } from '../../domain/errors.ts'
import { add, apart, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyImportPlan } from '../../domain/inward-plans.ts'
import { type KeyBlock, parseKeyBlock } from '../../domain/key-block.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { isTdes, type KeyType, secretLength } from '../../domain/keys.ts'
import { type KeyName, type KeyVersion, label, quoted } from '../../domain/names.ts'
import { setOddParity, wrongParity } from '../../domain/odd-parity.ts'
import { openBlock } from '../../domain/open-block.ts'
import { canBeOfOneKey, checkValueIn, hashOf, optionalOddity } from '../../domain/optional-blocks.ts'
import type { Secret } from '../../domain/secret.ts'
import { wrongSecret } from '../../domain/weak-secrets.ts'
import type { UserSession } from '../../hsm/port.ts'
import { bringValue } from '../bring-value.ts'
import { checkAllOnToken, findKey } from '../key-targets.ts'
import type { Operation, OperationContext } from '../operation.ts'
import type { PlanInputs } from '../plan-header.ts'
import type { HostSources } from '../ports.ts'
import { provedOnToken } from '../proofs.ts'
import { checkProtects, derivedBy, protectorNamed } from '../protector.ts'
import { checkUnknown, importKey, planImport } from './import-key.ts'

interface Wanted {
  name: KeyName
  /** The key on the token that protects the block. */
  under: KeyVersion
  path: string
  bytes: Uint8Array
  type?: KeyType | undefined
  kcv?: string | undefined
  backup: boolean
  sender?: string | undefined
  accepted: readonly string[]
  anyParity: boolean
}

/** KEY-BLOCK, BLOCK-TAKEN, BLOCK-KEY, KEY-EXISTS, IMPORT-CHECK, and what planImport throws. */
export function planBlockImport(wanted: Wanted, history: History, inputs: PlanInputs): KeyImportPlan {
  const { name, path, bytes, kcv, backup, sender, accepted, anyParity } = wanted
  const block = takenBlock(bytes, path)
  const header = blockHeaderIn(block.header)
  const uses = blockUsage(header)!
  const type = typeOf(wanted, block)
  const protector = findKey(wanted.under, history)
  checkProtects(protector, 'unwrap', [type], history)
  checkProtector(protector, block)
  if (kcv === undefined)
    throw refused('IMPORT-CHECK', 'the check value of a key in a block is needed', add('--kcv', 'METHOD:HEX'))
  checkSaid(kcv, block)
  const digest = toHex(sha256(bytes))
  const origin = {
    kind: 'file' as const,
    sha256: digest,
    block: { header: block.header, under: label(protector.name, protector.version) },
    ...(sender === undefined ? {} : { sender }),
    clearOnHost: true as const,
  }
  const source = { path, bytes: bytes.length, sha256: digest }
  const wantedKey = {
    name,
    type,
    usage: uses,
    backup: backup && mayLeave(header),
    origin,
    check: kcv,
    source,
    accepted,
  }
  return planImport({ ...wantedKey, lacksParity: anyParity && isTdes(type) }, history, inputs)
}

/** KEY-BLOCK, BLOCK-TAKEN. */
function takenBlock(bytes: Uint8Array, path: string): KeyBlock {
  const block = blockIn({ bytes })
  const why = whyNot(block)
  if (why === undefined) return block
  throw notTaken(path, why)
}

const blockIn = ({ bytes }: Pick<Wanted, 'bytes'>): KeyBlock => parseKeyBlock(Buffer.from(bytes).toString('latin1'))

/** Why no key is taken from it; undefined where one is. */
function whyNot({ version, header, optional }: KeyBlock): string | undefined {
  const said = blockHeaderIn(header)
  const { usage: code, algorithm, mode } = said
  if (version !== 'D') return `is of version ${version}, and blocks are opened of version D alone`
  if (blockUsage(said) === undefined)
    return `is for the use ${code} in the mode ${mode} (${algorithm}), which no key here has`
  return blockOddity(said) ?? optionalOddity(optional, algorithm)
}

/** BLOCK-TAKEN */
function notTaken(path: string, why: string) {
  return refused('BLOCK-TAKEN', `the key block in ${quoted(path)} ${why}`, [
    keyrite('inspect', path),
    'keys for PINs, cards and derivation belong in an HSM that opens blocks itself',
  ])
}

/** KEY-BLOCK, BLOCK-TAKEN: of the types that its algorithm has those that can be in it. */
export const typesInBlock = (bytes: Uint8Array, path: string): readonly KeyType[] => typesIn(takenBlock(bytes, path))

function typesIn({ header, encrypted, optional }: KeyBlock): readonly KeyType[] {
  const hash = hashOf(optional)
  const room = encrypted.length / 2 - 2
  return blockTypes(blockHeaderIn(header)).filter((one) => secretLength(one)! <= room && (!hash || one.endsWith(hash)))
}

/** USAGE, KEY-FILE */
function typeOf({ type, path }: Wanted, block: KeyBlock): KeyType {
  const fit = typesIn(block)
  const only = fit.length === 1 ? fit[0] : undefined
  const found = type ?? only
  if (found === undefined && fit.length > 0)
    throw usage(`the header of ${quoted(path)} does not say how long its key is`, `--type is one of ${fit.join(', ')}`)
  if (found !== undefined && fit.includes(found)) return found
  throw refused('KEY-FILE', `the key block in ${quoted(path)} holds no ${found}`, `one of: ${fit.join(', ') || 'none'}`)
}

/** BLOCK-KEY: by the check value of the key that protects it, which the block may have (KP). */
function checkProtector({ name, version, fingerprint }: KeyEntry, { optional }: KeyBlock): void {
  const said = checkValueIn(optional, 'KP')
  if (said === undefined || canBeOfOneKey(said, fingerprint) !== false) return
  const under = label(name, version)
  throw refused(
    'BLOCK-KEY',
    `the key block says that it is protected by a key with the check value ${said}, and ${under} has ${fingerprint}`,
    ['ask its sender which key it was', keyrite('key', 'list')],
  )
}

/** IMPORT-CHECK: what its sender says of the key, and what the block says (KC), is of one key. */
function checkSaid(kcv: string, { optional }: KeyBlock): void {
  const said = checkValueIn(optional, 'KC')
  if (said === undefined || canBeOfOneKey(said, kcv) !== false) return
  throw refused(
    'IMPORT-CHECK',
    `the key block says that its key has the check value ${said}, and --kcv says ${kcv}`,
    'ask its sender which of the two is right, and whether this is the block',
  )
}

/** The key that protects the block of a plan. */
function protectorOf({ keys: [{ origin }] }: KeyImportPlan, history: History): KeyEntry {
  if (origin.kind !== 'file' || origin.block === undefined) throw new TypeError('a plan without a key block')
  return protectorNamed(origin.block.under, history)
}

/** BLOCK-OPENS, IMPORT-CHECK, IMPORT-LENGTH, KEY-WEAK, DES-PARITY, KEY-REPLACED, and what importKey throws. */
export function importBlock(
  plan: KeyImportPlan,
  bytes: Uint8Array,
  history: History,
  sources: Pick<HostSources, 'random'>,
): Operation {
  const protector = protectorOf(plan, history)
  const block = blockIn({ bytes })
  const operation = importKey(plan, async (session: UserSession, at: OperationContext) => {
    await provedOnToken([protector], session)
    const { macs, bytes: length } = await derivedBy(protector, session)
    using value = await openBlock(block, macs, length)
    const fingerprint = await checkValue(plan, value, block)
    checkUnknown(plan.keys[0], await checkValuesOf(value.reveal()), at.history)
    return await bringValue(plan.keys[0], { value, fingerprint }, session, sources, at)
  })
  return {
    ...operation,
    async check(session, known) {
      await operation.check!(session, known)
      await checkAllOnToken([protector], session)
    },
  }
}

/** As the token has to tell it. */
async function checkValue(
  { keys: [{ type }], check, accepted }: KeyImportPlan,
  value: Secret,
  { optional }: KeyBlock,
): Promise<string> {
  const bytes = value.reveal()
  const found = bytes.length
  if (found !== secretLength(type))
    throw notVerified('IMPORT-LENGTH', `the key in the block has ${found} bytes, and ${type} has ${secretLength(type)}`)
  const weak = wrongSecret(type, bytes)
  if (weak !== undefined) throw notVerified('KEY-WEAK', `the key in the block is not taken: ${weak}`)
  const uneven = wrongParity(type, bytes)
  if (uneven !== undefined && !accepted?.includes('even-parity'))
    throw refused('DES-PARITY', `in the key of the block ${uneven}`, apart(add('--accept', 'even-parity')))
  if (isTdes(type)) setOddParity(bytes)
  if (!(await hasCheckValue(check!, type, bytes)))
    throw notVerified('IMPORT-CHECK', `the key in the block does not have the check value ${check}`, 'ask its sender')
  const said = checkValueIn(optional, 'KC')
  if (said !== undefined && (await isAsSaid(said, type, bytes)) === false)
    throw notVerified(
      'IMPORT-CHECK',
      `the key in the block does not have the check value that the block says (${said})`,
      'ask its sender',
    )
  return await checkValueOf(type, bytes)
}

/** Undefined of a DES key by CMAC, which nothing here makes. */
async function isAsSaid(said: string, type: KeyType, bytes: Uint8Array): Promise<boolean | undefined> {
  if (type.startsWith('hmac')) return await isAsSaidOfHmac(said, type, bytes)
  const ways = [await checkValueOf(type, bytes), olderCheckValue(type, bytes)].filter((one) => one !== undefined)
  return ways.map((one) => canBeOfOneKey(said, one)).find((found) => found !== undefined)
}

/** X9.143 has no method for HMAC keys: who writes one takes HMAC by its hash, or AES under the same bytes where they can be a key of it. */
async function isAsSaidOfHmac(said: string, type: KeyType, bytes: Uint8Array): Promise<boolean> {
  const aes = AES.find((one) => secretLength(one) === bytes.length)
  const [, digits] = (await checkValueOf(type, bytes)).split(':')
  const byHmac = `${said.split(':', 1)[0]}:${digits}`
  return canBeOfOneKey(said, byHmac) === true || (aes !== undefined && (await isAsSaid(said, aes, bytes)) === true)
}

const AES: readonly KeyType[] = ['aes-128', 'aes-192', 'aes-256']
