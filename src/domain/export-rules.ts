// Whether a key may go out so: what the place takes, under which wrapping keys, and what has to be known of it.
import type { Destination } from './destinations.ts'
import { BLOCK_METHOD, methodNamed, roomOf } from './destinations.ts'
import { fromBase64url, toBase64url } from './encoding.ts'
import { lastName } from './file-names.ts'
import { type KeyType, secretLength } from './keys.ts'
import { blockHeaderFor, EXPORTABILITIES } from './make-block.ts'
import { label } from './names.ts'
import {
  type BlockExportPlan,
  isOfBlocks,
  isWrapped,
  type KeyExportPlan,
  type WrappedExportPlan,
} from './outward-plans.ts'
import { ACCEPTS_SOFTWARE } from './plan-shapes.ts'
import { soundBits } from './wrapping-key.ts'

/** EXPORT-FITS: what is wrong with a plan to export: the verifier asks this of each. */
export function wrongExport(plan: KeyExportPlan): string | undefined {
  const { keys, files, accepted } = plan
  if (files.length !== keys.length || new Set(files.map(lastName)).size !== files.length)
    return 'each key goes into a file of its own'
  if (accepted?.includes(ACCEPTS_SOFTWARE) && !SAYS.includes(plan.for)) return IDLE
  if (isOfBlocks(plan)) return wrongBlocks(plan)
  if (!isWrapped(plan)) return 'it does not say under which key'
  return accepted?.includes('clear-on-host') ? IDLE : wrongWrapping(plan)
}

const IDLE = 'what it accepts does not happen'
/** Whose files say whether an HSM has the wrapping key. */
const SAYS: readonly Destination[] = ['azure', 'google']

function wrongWrapping({ keys, method, wrappingKey, ephemeral, ...plan }: WrappedExportPlan): string | undefined {
  const way = methodNamed(plan.for, method)
  if (way === undefined) return `${plan.for} has no method ${method}`
  const bits = soundBits(fromBase64url(wrappingKey.spki))
  if (bits === undefined) return 'its wrapping key is no RSA key of 2048 bits or more'
  if (way.bits !== undefined && way.bits !== bits) return `${method} is of a wrapping key of ${way.bits} bits`
  if (way.scheme === 'oaep' && ephemeral) return 'what is wrapped directly is never beside the library'
  for (const type of new Set(keys.map((key) => key.type))) {
    if (!way.takes.test(type)) return `${plan.for} takes no ${type} by ${method}`
    if (way.scheme === 'oaep' && roomOf(way.hash, bits) < secretLength(type)!)
      return `the wrapping key has no room for ${type}`
    const wrong = wrongKid(plan.for, wrappingKey.kid, type)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** `key-block` alone is made beside the library, and each header says what its key is. */
function wrongBlocks({
  keys,
  method,
  blocks,
  ephemeral,
  pads,
  accepted,
  ...plan
}: BlockExportPlan): string | undefined {
  if (plan.for !== 'key-block' || plan.wrappingKey) return 'a key block is under no key of another kind'
  if (method !== BLOCK_METHOD || ephemeral || pads)
    return `a key block is of version ${BLOCK_METHOD}, and no more is said of it`
  if (!accepted?.includes('clear-on-host')) return 'nobody accepted that the key is in the clear on this host'
  const itself = keys.find(({ name, version }) => label(name, version) === blocks.under)
  if (itself) return `${blocks.under} can't protect the block that it is in itself`
  const isItsOwn = ({ type, usage }: KeyExportPlan['keys'][number], i: number) =>
    EXPORTABILITIES.some((one) => blockHeaderFor(type, usage, one) === blocks.headers[i])
  return blocks.headers.length === keys.length && keys.every(isItsOwn)
    ? undefined
    : 'the header of a key block says something else of its key'
}

/** A Key Vault names the wrapping key in the file itself. Only its managed HSMs hold secret keys. */
function wrongKid(destination: Destination, kid: string | undefined, type: KeyType): string | undefined {
  if (destination !== 'azure') return undefined
  if (kid === undefined || !KEY_VAULT.test(kid)) return 'Azure wants the URL of its wrapping key, with the version'
  if (type.startsWith('aes') && !MANAGED_HSM.test(kid)) return 'a secret key goes to a managed HSM of Azure alone'
  return undefined
}

const KEY_VAULT = /^https:\/\/[A-Za-z0-9.-]+\/keys\/[A-Za-z0-9-]+\/[0-9a-f]{32}$/
const MANAGED_HSM = /^https:\/\/[A-Za-z0-9-]+\.managedhsm\./

/** What is written of one key: the blob, or what the place wants around it. `generator`: who made it, for Azure. */
export function exportedContent(
  { wrappingKey: { kid }, ...plan }: WrappedExportPlan,
  blob: Uint8Array,
  generator: string,
): string | Uint8Array {
  if (plan.for === 'vault') return Buffer.from(blob).toString('base64')
  if (plan.for !== 'azure') return blob
  const header = { kid, alg: 'dir', enc: `${'CKM'}_${plan.method}` }
  return `${JSON.stringify({ schema_version: '1.0.0', header, ciphertext: toBase64url(blob), generator })}\n`
}
