// A key that came in a key block: the token derives the keys of the block by the key that protects it, which never leaves it; the block is opened on the host.

import { blockHeaderIn, blockOddity, blockTypes, blockUsage, mayLeave } from '../../domain/block-meaning.ts'
import { checkValueOf, hasCheckValue } from '../../domain/check-values.ts'
import { fromHex, sha256, toHex } from '../../domain/encoding.ts'
import { notVerified, refused, usage } from '../../domain/errors.ts'
import { add, apart, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyImportPlan } from '../../domain/inward-plans.ts'
import { type KeyBlock, parseKeyBlock } from '../../domain/key-block.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { isTdes, type KeyType, secretLength } from '../../domain/keys.ts'
import { type KeyName, type KeyVersion, label, parseKeyVersion, quoted } from '../../domain/names.ts'
import { setOddParity, wrongParity } from '../../domain/odd-parity.ts'
import { derivationInputs, openBlock } from '../../domain/open-block.ts'
import type { Secret } from '../../domain/secret.ts'
import { wrongSecret } from '../../domain/weak-secrets.ts'
import type { UserSession } from '../../hsm/port.ts'
import { bringValue } from '../bring-value.ts'
import type { Operation, OperationContext } from '../execute.ts'
import { checkAllOnToken, checkRestored, findKey } from '../key-targets.ts'
import type { PlanInputs } from '../plan-header.ts'
import type { HostSources } from '../ports.ts'
import { provedOnToken } from '../proofs.ts'
import { importKey, planImport } from './import-key.ts'

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
  const block = blockIn(wanted)
  const header = blockHeaderIn(block.header)
  const uses = blockUsage(header)
  if (header.version !== 'D' || uses === undefined || blockOddity(header)) throw notTaken(path, block)
  const type = typeOf(wanted, block)
  const protector = findKey(wanted.under, history)
  checkProtects(protector, type, history)
  if (kcv === undefined)
    throw refused('IMPORT-CHECK', 'of a key in a block its check value is needed', add('--kcv', 'METHOD:HEX'))
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

const blockIn = ({ bytes }: Pick<Wanted, 'bytes'>): KeyBlock => parseKeyBlock(Buffer.from(bytes).toString('latin1'))

/** BLOCK-TAKEN */
function notTaken(path: string, { version, header }: KeyBlock) {
  const said = blockHeaderIn(header)
  const { usage: code, algorithm, mode } = said
  const why =
    version === 'D'
      ? blockUsage(said)
        ? blockOddity(said)
        : `is for the use ${code} in the mode ${mode} (${algorithm}), which no key here has`
      : `is of version ${version}, and blocks are opened of version D alone`
  return refused('BLOCK-TAKEN', `the key block in ${quoted(path)} ${why}`, [
    keyrite('inspect', path),
    'keys for PINs, cards and derivation belong in an HSM that opens blocks itself',
  ])
}

/** USAGE, KEY-FILE: of the types that its algorithm has those that can be in it. */
function typeOf({ type, path }: Wanted, { header, encrypted, optional }: KeyBlock): KeyType {
  const hash = HASHES[optional.find(({ id }) => id === 'HM')?.data ?? '']
  const room = encrypted.length / 2 - 2
  const fit = blockTypes(blockHeaderIn(header)).filter(
    (one) => secretLength(one)! <= room && (!hash || one.endsWith(hash)),
  )
  const only = fit.length === 1 ? fit[0] : undefined
  const found = type ?? only
  if (found === undefined && fit.length > 0)
    throw usage(`the header of ${quoted(path)} does not say how long its key is`, `--type is one of ${fit.join(', ')}`)
  if (found !== undefined && fit.includes(found)) return found
  throw refused('KEY-FILE', `the key block in ${quoted(path)} holds no ${found}`, `one of: ${fit.join(', ') || 'none'}`)
}

const HASHES: { readonly [code: string]: string } = { 21: 'sha256', 22: 'sha384', 23: 'sha512' }

/** BLOCK-KEY: an active AES key that unwraps, and is as strong as what it protects (X9.143, 5.1). */
function checkProtects(key: KeyEntry, type: KeyType, history: History): void {
  const name = label(key.name, key.version)
  const wrong = !key.type.startsWith('aes')
    ? `is of type ${key.type}, and a block of version D is protected by an AES key`
    : key.state !== 'active'
      ? `is ${key.state}`
      : !key.usage.includes('unwrap')
        ? 'was not made to unwrap keys'
        : type.startsWith('aes') && secretLength(key.type)! < secretLength(type)!
          ? `is weaker than a key of type ${type}`
          : undefined
  if (wrong !== undefined) throw refused('BLOCK-KEY', `${name} ${wrong}`, keyrite('key', 'show', name))
  checkRestored([key], history)
}

/** The key that protects the block of a plan; undefined where it is of none. */
function protectorOf({ keys: [{ origin }] }: KeyImportPlan, history: History): KeyEntry | undefined {
  if (origin.kind !== 'file' || origin.block === undefined) return undefined
  const { name, version } = parseKeyVersion(origin.block.under)
  return history.key(name, version!)
}

/** BLOCK-OPENS, IMPORT-CHECK, IMPORT-LENGTH, KEY-WEAK, DES-PARITY, KEY-REPLACED, and what importKey throws. */
export function importBlock(
  plan: KeyImportPlan,
  bytes: Uint8Array,
  history: History,
  sources: Pick<HostSources, 'random'>,
): Operation {
  const protector = protectorOf(plan, history)!
  const block = blockIn({ bytes })
  const operation = importKey(plan, async (session: UserSession, _context: OperationContext) => {
    await provedOnToken([protector], session)
    const length = secretLength(protector.type)!
    const macs = await session.cmacs(fromHex(protector.id), derivationInputs(length))
    using value = await openBlock(block, macs, length)
    const fingerprint = await checkValue(plan, value)
    return await bringValue(plan.keys[0], { value, fingerprint }, session, sources)
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
async function checkValue({ keys: [{ type }], check, accepted }: KeyImportPlan, value: Secret): Promise<string> {
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
    throw notVerified('IMPORT-CHECK', `the key in the block has not the check value ${check}`, 'ask its sender')
  return await checkValueOf(type, bytes)
}
