// What a plan to import may say, and whether what came is what was announced.
import { isAsBlockSays } from './block-meaning.ts'
import { fromBase64url } from './encoding.ts'
import type { KeyImportPlan } from './inward-plans.ts'
import { isExtractable, isTdes } from './keys.ts'
import { isMlDsa } from './ml-dsa.ts'
import { ACCEPTS_PARITY } from './odd-parity.ts'
import type { IntentPlan } from './plan.ts'
import type { KeyReport, KeyTarget, Origin } from './shapes.ts'
import { soundBits } from './wrapping-key.ts'

/** Made elsewhere, as far as the ledger can tell: the token did not make it, and it was not there when the partition began. */
const isBrought = ({ kind }: Origin): boolean => kind !== 'generated' && kind !== 'adopted'

/** IMPORT-PLAN: what is wrong with a plan to import. */
export function wrongImport({ keys: [key], check, source, accepted }: KeyImportPlan): string | undefined {
  const { origin } = key
  if (!isBrought(origin)) return 'a key that is imported was made elsewhere'
  if (isMlDsa(key.type)) return `a key of ${key.type} is made on the token alone`
  const isClear = 'clearOnHost' in origin
  if (isClear !== (accepted?.includes('clear-on-host') ?? false))
    return isClear ? 'nobody accepted that it is in the clear on this host' : 'what it accepts does not happen'
  const block = origin.kind === 'file' ? origin.block : undefined
  if (block && !isAsBlockSays(block.header, { ...key, extractable: isExtractable(key.attributes), check }))
    return 'its key block says otherwise'
  if (accepted?.includes(ACCEPTS_PARITY) && !isTdes(key.type)) return 'only a DES key has a parity'
  if ((source === undefined) !== (origin.kind === 'components')) return 'it names a file where none is, or none'
  if (check === undefined) return key.class === 'pair' || isClear ? 'nothing says which key it is to be' : undefined
  return check.startsWith('sha256:') === (key.class === 'pair') ? undefined : 'its check value is of no such key'
}

/**
 * Whether a check value is this fingerprint's; undefined where their methods differ, so that it can't tell. Of a DES key the ledger has less than what may
 * have been announced: whoever brought it has compared all of it.
 */
function agrees(check: string, fingerprint: string): boolean | undefined {
  if (methodOf(check) !== methodOf(fingerprint)) return undefined
  return check.startsWith(fingerprint) || fingerprint.startsWith(check)
}

const methodOf = (check: string): string => check.split(':', 1)[0]!

/** What is wrong with what is told of a transport key. */
export function wrongTransport(plan: IntentPlan, spki: string | undefined, isDone: boolean): string | undefined {
  const isOwed = plan.op === 'key.import-request' && isDone
  if (isOwed !== (spki !== undefined)) return isOwed ? 'it tells of no transport key' : 'it tells of a transport key'
  return !isOwed || soundBits(fromBase64url(spki!)) === plan.bits
    ? undefined
    : `its transport key has not ${plan.bits} bits`
}

/** What differs from what the plan announced, in words. */
export const notAsAnnounced = (
  plan: IntentPlan,
  { fingerprint }: Pick<KeyReport, 'fingerprint'>,
): string | undefined =>
  plan.op === 'key.import' && plan.check !== undefined && agrees(plan.check, fingerprint) === false
    ? `has the check value ${fingerprint}, and was to have ${plan.check}`
    : undefined

/** What only an operation that brings keys may say of a new one. */
export const wrongOrigin = ({ origin }: KeyTarget, op: IntentPlan['op']): string | undefined =>
  isBrought(origin) === (op === 'key.import') && origin.kind !== 'adopted' ? undefined : `it can't be ${origin.kind}`
