// Keys go out, wrapped for somebody else: the SO makes what wraps and the user wraps with it, in one session, so that nothing is in the clear in between.

import { type Destination, methodNamed, methodsFor, methodsOf, wayInWords } from '../../domain/destinations.ts'
import { fromBase64url, fromHex, toBase64url } from '../../domain/encoding.ts'
import { deviceFailed, refused, usage } from '../../domain/errors.ts'
import { exportedContent, wrongExport } from '../../domain/export-rules.ts'
import { add, apart, type Hint, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import type { KeyVersion } from '../../domain/names.ts'
import { wrongPublicKey } from '../../domain/number-checks.ts'
import type { WrappedExportPlan } from '../../domain/outward-plans.ts'
import { ACCEPTS_SOFTWARE } from '../../domain/plan-shapes.ts'
import { listed, orMeant } from '../../domain/words.ts'
import { keyInWords, soundBits, type WrappingKeyFile } from '../../domain/wrapping-key.ts'
import type { ExportTry, UserSession } from '../../hsm/port.ts'
import { type ExportPorts, entriesOf, goOut, targetOf } from '../going-out.ts'
import { withBothPins } from '../login-wrapping.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Operation } from '../operation.ts'
import { accepting, type PlanInputs, planHeader } from '../plan-header.ts'

interface Wanted {
  keys: readonly KeyVersion[]
  destination: Destination
  wrapping: WrappingKeyFile
  method?: string | undefined
  kid?: string | undefined
  ephemeral?: 'host' | undefined
  /** What is accepted knowingly. */
  accept?: readonly string[]
  /** The absolute path of the file that is to be written for each. */
  fileOf: (key: KeyEntry) => string
}

/** KEY-EXISTS, KEY-STATE, KEY-STAYS, KEY-ABSENT, MECHANISM, WRAPPING-KEY, WRAPPING-EXPIRED, EXPORT-FITS. */
export function planExport(wanted: Wanted, history: History, inputs: PlanInputs): WrappedExportPlan {
  checkNoneOpen(history)
  const { destination, wrapping, ephemeral, fileOf } = wanted
  const entries = entriesOf(wanted.keys, history)
  checkSo(history)
  checkWrappingKey(wanted, inputs.sources.clock().toISOString())
  const kid = kidOf(wanted)
  const plan: WrappedExportPlan = {
    ...accepting(softwareOf(wanted), planHeader('key.export', history, inputs)),
    keys: entries.map(targetOf),
    files: entries.map(fileOf),
    for: destination,
    method: methodOf(wanted, entries),
    wrappingKey: {
      spki: toBase64url(wrapping.spki),
      ...(kid === undefined ? {} : { kid }),
      ...(wrapping.until === undefined ? {} : { until: wrapping.until }),
    },
    ...(ephemeral ? { ephemeral } : {}),
  }
  const wrong = wrongExport(plan)
  if (wrong !== undefined) throw refused('EXPORT-FITS', wrong, fitting(wanted, entries))
  return plan
}

/** MECHANISM: as it was found when the token was taken. */
function checkSo({ profile }: History): void {
  if (profile.so) return
  throw deviceFailed(
    'MECHANISM',
    'the token knows no SO, who alone could make what wraps a key that goes out',
    to('a secret key goes out in a key block, where the other side takes that', keyrite('help', 'key', 'export')),
  )
}

/** WRAPPING-KEY: that no HSM has it, as its cloud says, is accepted knowingly. */
function softwareOf({ wrapping: { software }, accept }: Wanted): (typeof ACCEPTS_SOFTWARE)[] {
  if (software === undefined) return []
  if (accept?.includes(ACCEPTS_SOFTWARE)) return [ACCEPTS_SOFTWARE]
  throw refused(
    'WRAPPING-KEY',
    `no HSM has the private half of the wrapping key: ${software}`,
    apart(NEW_IN_HSM, to('where that cloud may read the key', add('--accept', ACCEPTS_SOFTWARE))),
  )
}

const NEW_IN_HSM = 'have a wrapping key made in an HSM there (of Azure --kty RSA-HSM, of Google --protection-level hsm)'

/** WRAPPING-KEY, WRAPPING-EXPIRED: what its own tool says of it. */
function checkWrappingKey({ destination, wrapping, kid }: Wanted, now: string): void {
  const { spki, of, unfit, until, from, keyOps } = wrapping
  if (of !== undefined && of !== destination)
    throw refused(
      'WRAPPING-KEY',
      `the file of the wrapping key is of ${of}, and the key is to go to ${destination}`,
      add('--for', of),
    )
  if (soundBits(spki) === undefined)
    throw refused(
      'WRAPPING-KEY',
      `a key goes out under RSA of 2048 bits or more with an exponent of 65537 or more, and this is ${keyInWords(spki)}`,
      NEW_KEY,
    )
  const why = unfit ?? wrongPublicKey(spki)
  if (why !== undefined) throw refused('WRAPPING-KEY', `the wrapping key can't be used: ${why}`, NEW_KEY)
  checkUses(keyOps, destination)
  if (kid !== undefined && wrapping.kid !== undefined && kid !== wrapping.kid)
    throw refused(
      'WRAPPING-KEY',
      `--kid is ${kid}, and the file of the wrapping key says ${wrapping.kid}`,
      'the same command without --kid',
    )
  if (from !== undefined && from > now)
    throw refused('WRAPPING-EXPIRED', `the wrapping key is good from ${from} on`, NEW_KEY)
  checkTime(until, now)
}

/** WRAPPING-KEY: a Key Vault has wrapping keys that do nothing else; the key of a partner has to be for this at least (RFC 7517, 4.3). */
function checkUses(uses: readonly string[] | undefined, destination: Destination): void {
  const isOfVault = destination === 'azure'
  if (uses === undefined || (isOfVault ? uses.join() === 'import' : uses.some((use) => WRAPS.includes(use)))) return
  throw refused(
    'WRAPPING-KEY',
    `the wrapping key may ${uses.join(', ') || 'do nothing'}, and has to be for ${isOfVault ? 'import alone' : 'wrapKey or encrypt'}`,
    NEW_KEY,
  )
}

const WRAPS: readonly string[] = ['wrapKey', 'encrypt', 'import']

const NEW_KEY = 'have a new wrapping key made where the key is to go'

function checkTime(until: string | undefined, now: string): void {
  if (until !== undefined && until <= now)
    throw refused('WRAPPING-EXPIRED', `the wrapping key was good until ${until}`, NEW_KEY)
}

/** A key of ours is named in the file for Azure alone; elsewhere it is told for people. */
const kidOf = ({ kid, wrapping }: Wanted): string | undefined => kid ?? wrapping.kid

/** USAGE, WRAPPING-KEY: the one that was named, or that its tool says, or the best that fits. */
function methodOf({ destination, method, wrapping }: Wanted, keys: readonly KeyEntry[]): string {
  const named = method && methodsOf(destination).find((one) => one.toLowerCase() === method.toLowerCase())
  if (method !== undefined && named === undefined)
    throw usage(
      `${destination} has no method ${method}${orMeant(method, methodsOf(destination))}`,
      `one of: ${methodsOf(destination).join(', ')}`,
    )
  if (named && wrapping.method && named !== wrapping.method)
    throw refused(
      'WRAPPING-KEY',
      `--method is ${named}, and the file of the wrapping key says ${wrapping.method}`,
      'the same command without --method',
    )
  const told = named ?? wrapping.method ?? methodsOfAll(destination, wrapping, keys)[0]
  if (told !== undefined) return asSaid(told, destination, wrapping)
  throw refused(
    'EXPORT-FITS',
    `${destination} takes no ${listed([...new Set(keys.map(({ type }) => type))])}, or not under this wrapping key`,
    fitting({ destination, wrapping }, keys),
  )
}

/** WRAPPING-KEY: with the OAEP that the key is for, or its owner can't open it. */
function asSaid(method: string, destination: Destination, { hash }: WrappingKeyFile): string {
  const way = methodNamed(destination, method)
  if (hash === undefined || way === undefined || way.hash === hash) return method
  throw refused(
    'WRAPPING-KEY',
    `${method} is ${wayInWords({ scheme: 'oaep', hash: way.hash })}, and the wrapping key is for ${wayInWords({ scheme: 'oaep', hash })}`,
    'the same command without --method',
  )
}

/** The methods that take every one of them, with the OAEP that the wrapping key is for. */
function methodsOfAll(
  destination: Destination,
  { spki, hash }: Pick<WrappingKeyFile, 'spki' | 'hash'>,
  keys: readonly OfType[],
): string[] {
  const bits = soundBits(spki)!
  const types = [...new Set(keys.map(({ type }) => type))]
  const fit = types.map((type) => methodsFor(destination, type, bits))
  return (fit[0] ?? []).filter(
    (name) =>
      fit.every((some) => some.includes(name)) && (hash === undefined || methodNamed(destination, name)?.hash === hash),
  )
}

type OfType = Pick<KeyEntry, 'type'>

function fitting({ destination, wrapping }: Pick<Wanted, 'destination' | 'wrapping'>, keys: readonly OfType[]): Hint {
  const methods = methodsOfAll(destination, wrapping, keys)
  return methods.length === 0
    ? to('what it takes', keyrite('help', 'key', 'export'))
    : `what fits: ${methods.join(', ')}`
}

/** MECHANISM: the token wraps so, which it has shown with keys that are worth nothing. `wrapping`: the file may say which OAEP alone it is for. */
export function checkTried(
  { for: destination, method, keys, ephemeral }: WrappedExportPlan,
  { can }: ExportTry,
  wrapping: WrappingKeyFile,
): void {
  if (can === true) return
  const way = methodNamed(destination, method)!
  const others = methodsOfAll(destination, wrapping, keys).filter(
    (one) => methodNamed(destination, one)!.hash === 'sha1' && one !== method,
  )
  const beside =
    way.scheme === 'rsa-aes' && !ephemeral
      ? [to('where that is accepted, make the key that wraps beside the library', add('--ephemeral', 'host'))]
      : []
  const ways = [...others.map((one) => to('where the other side takes that', add('--method', one))), ...beside]
  throw deviceFailed(
    'MECHANISM',
    `the token does not wrap by ${method}: ${can.lacks}`,
    ways.length > 0 ? apart(...ways) : 'take another way to bring the key there',
  )
}

/** `tool`: `keyrite/0.2.0`. */
export function exportKeys(plan: WrappedExportPlan, { tool, ...ports }: ExportPorts & { tool: string }): Operation {
  const { scheme, hash } = methodNamed(plan.for, plan.method)!
  return goOut(plan, ports, {
    async login(credentials, { hsm }, token) {
      const spki = fromBase64url(plan.wrappingKey.spki)
      const count = plan.keys.length
      const way = { scheme, hash, spki, count, ...(plan.ephemeral ? { ephemeral: true as const } : {}) }
      return await withBothPins(credentials, {}, (so, user) => hsm.loginToExport(token, so, user, way))
    },
    async check() {
      checkTime(plan.wrappingKey.until, ports.sources.clock().toISOString())
    },
    contents({ session, history }) {
      return contentsOf(plan, `${tool}; ${history.token.manufacturer} ${history.token.model}`, session)
    },
  })
}

/** The token wraps the next ones while those before are written. */
async function* contentsOf(plan: WrappedExportPlan, generator: string, session: UserSession) {
  const ids = plan.keys.map(({ id }) => fromHex(id))
  let next = session.exportKeys(ids.slice(0, AT_ONCE))
  for (let from = AT_ONCE; ; from += AT_ONCE) {
    const blobs = await next
    const isLast = from >= ids.length
    if (!isLast) {
      next = session.exportKeys(ids.slice(from, from + AT_ONCE))
      // Who waits for it hears of its failure; until then it is nobody's.
      next.catch(() => undefined)
    }
    for (const blob of blobs) yield exportedContent(plan, blob, generator)
    if (isLast) return
  }
}

const AT_ONCE = 100
