// Keys go out in key blocks. The token derives the keys of each block by the one that protects it, which never leaves it; a key that goes out comes to this
// machine under a key of this session, and is in the clear here for as long as its block is made.
import { hasCheckValue } from '../../domain/check-values.ts'
import { BLOCK_METHOD } from '../../domain/destinations.ts'
import { fromHex } from '../../domain/encoding.ts'
import { deviceFailed, type KeyriteError, notVerified, refused } from '../../domain/errors.ts'
import { wrongExport } from '../../domain/export-rules.ts'
import { add, apart, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { unwrapBytes } from '../../domain/key-wrap.ts'
import { secretLength } from '../../domain/keys.ts'
import { blockHeaderFor, type Exportability, makeBlock } from '../../domain/make-block.ts'
import { type KeyVersion, label } from '../../domain/names.ts'
import type { BlockExportPlan } from '../../domain/outward-plans.ts'
import { Secret } from '../../domain/secret.ts'
import type { KeyTarget } from '../../domain/shapes.ts'
import type { UserSession } from '../../hsm/port.ts'
import { type ExportPorts, entriesOf, goOut, targetOf } from '../going-out.ts'
import { checkAllOnToken, findKey } from '../key-targets.ts'
import { loginWrapping } from '../login-wrapping.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Operation } from '../operation.ts'
import { accepting, type PlanInputs, planHeader } from '../plan-header.ts'
import { provedOnToken } from '../proofs.ts'
import { checkProtects, derivedBy, protectorNamed } from '../protector.ts'

interface Wanted {
  keys: readonly KeyVersion[]
  /** The key on the token that protects the blocks. */
  under: KeyVersion
  exportability: Exportability
  /** The absolute path of the file that is to be written for each. */
  fileOf: (key: KeyEntry) => string
}

/** KEY-EXISTS, KEY-STATE, KEY-STAYS, KEY-ABSENT, BLOCK-KEY, CLEAR-ON-HOST, EXPORT-FITS. */
export function planBlockExport(
  { keys, under, exportability, fileOf }: Wanted,
  history: History,
  inputs: PlanInputs,
): BlockExportPlan {
  checkNoneOpen(history)
  const entries = entriesOf(keys, history)
  const headers = entries.map((entry) => headerOf(entry, exportability))
  const protector = findKey(under, history)
  if (entries.includes(protector)) throw underItself(protector)
  const types = entries.map(({ type }) => type)
  checkProtects(protector, 'wrap', types, history)
  checkClearAccepted(inputs.accepted ?? [])
  const plan: BlockExportPlan = {
    ...accepting(['clear-on-host' as const], planHeader('key.export', history, inputs)),
    keys: entries.map(targetOf),
    files: entries.map(fileOf),
    for: 'key-block',
    method: BLOCK_METHOD,
    blocks: { under: label(protector.name, protector.version), headers },
  }
  const wrong = wrongExport(plan)
  if (wrong !== undefined) throw refused('EXPORT-FITS', wrong)
  return plan
}

const underItself = ({ name, version }: KeyEntry): KeyriteError =>
  refused(
    'BLOCK-KEY',
    `${label(name, version)} can't protect the block that it is in itself`,
    to('with another key', add('--under', 'NAME#V')),
  )

/** EXPORT-FITS. */
function headerOf({ name, version, type, usage }: KeyEntry, exportability: Exportability): string {
  const header = blockHeaderFor(type, usage, exportability)
  if (header !== undefined) return header
  const known = label(name, version)
  const why =
    secretLength(type) === undefined
      ? `is of type ${type}, and pairs go out by RSA`
      : `may ${usage.join(', ')}, for which X9.143 has no one usage`
  throw refused('EXPORT-FITS', `${known} ${why}`, to('in another way', keyrite('help', 'key', 'export')))
}

/** CLEAR-ON-HOST. */
export function checkClearAccepted(accepted: readonly string[]): void {
  if (accepted.includes('clear-on-host')) return
  throw refused(
    'CLEAR-ON-HOST',
    'the MAC of a key block is over the key in the clear, so it is made on this machine, whose memory has the key for a moment',
    apart(
      to('where that is accepted', add('--accept', 'clear-on-host')),
      to('under an RSA key it is never in the clear', keyrite('help', 'key', 'export')),
    ),
  )
}

/** `between`: what the keys come to this machine under; it stays the caller's. */
export function exportBlocks(plan: BlockExportPlan, between: Secret, history: History, ports: ExportPorts): Operation {
  const protector = protectorNamed(plan.blocks.under, history)
  return goOut(plan, ports, {
    login: (...opened) => loginWrapping(between, ...opened),
    check: (session) => checkAllOnToken([protector], session),
    async *contents({ session }) {
      await provedOnToken([protector], session)
      for (const [i, key] of plan.keys.entries()) {
        using value = await opened(key, between, session)
        const { macs, bytes } = await derivedBy(protector, session)
        const what = { header: plan.blocks.headers[i]!, type: key.type }
        yield `${await makeBlock(what, value, macs, bytes, ports.sources.random)}\n`
      }
    },
  })
}

/** MECHANISM, KEY-REPLACED: the key that the ledger names, in the clear. */
async function opened(
  { id, name, version, type, fingerprint }: KeyTarget,
  between: Secret,
  session: UserSession,
): Promise<Secret> {
  const known = label(name, version)
  const [wrapped] = await session.wrapKeys([fromHex(id)], undefined, { [type]: 'kwp' })
  if (wrapped === undefined || 'error' in wrapped)
    throw deviceFailed(
      'MECHANISM',
      `${known} can't be taken out by AES key wrap with padding: ${wrapped?.error ?? 'it is not there'}`,
    )
  const value = new Secret(unwrapBytes(between.reveal(), wrapped.blob))
  const isIts = fingerprint !== undefined && (await hasCheckValue(fingerprint, type, value.reveal()))
  if (isIts && wrapped.fingerprint === fingerprint) return value
  value[Symbol.dispose]()
  throw notVerified('KEY-REPLACED', `the token has another key in the place of ${known}`, keyrite('partition', 'check'))
}
