// Keys go out, wrapped for somebody else: the SO makes what wraps and the user wraps with it, in one session, so that nothing is in the clear in between.

import { type Destination, methodNamed, methodsFor, methodsOf } from '../../domain/destinations.ts'
import { fromBase64url, fromHex, toBase64url } from '../../domain/encoding.ts'
import { deviceFailed, notVerified, refused, usage } from '../../domain/errors.ts'
import { exportedContent, wrongExport } from '../../domain/export-rules.ts'
import { add, apart, type Hint, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { mayGoOut } from '../../domain/key-transitions.ts'
import { isExtractable, standingOf, statableOnly } from '../../domain/keys.ts'
import { type KeyVersion, label } from '../../domain/names.ts'
import type { KeyExportPlan } from '../../domain/outward-plans.ts'
import type { KeyReport, KeyTarget } from '../../domain/shapes.ts'
import { listed } from '../../domain/words.ts'
import { keyInWords, soundBits, type WrappingKeyFile } from '../../domain/wrapping-key.ts'
import type { ExportTry, KeyFacts, UserSession } from '../../hsm/port.ts'
import type { BackupNote, Files } from '../../ledger/port.ts'
import type { Effects, Operation, OperationContext } from '../execute.ts'
import { allOnToken, checkRestored, findKey, knownKey, reportOf } from '../key-targets.ts'
import { withBothPins } from '../login-wrapping.ts'
import { checkNoneOpen } from '../open-intent.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { HostSources } from '../ports.ts'
import { provedThere, takeBackLent } from '../proofs.ts'
import { orNone } from '../what-lies-there.ts'

interface Wanted {
  keys: readonly KeyVersion[]
  destination: Destination
  wrapping: WrappingKeyFile
  method?: string | undefined
  kid?: string | undefined
  ephemeral?: 'host' | undefined
  /** The absolute path of the file that is to be written for each. */
  fileOf: (key: KeyEntry) => string
}

/** KEY-EXISTS, KEY-STATE, KEY-STAYS, KEY-ABSENT, WRAPPING-KEY, WRAPPING-EXPIRED, EXPORT-FITS. */
export function planExport(wanted: Wanted, history: History, inputs: PlanInputs): KeyExportPlan {
  checkNoneOpen(history)
  const { destination, wrapping, ephemeral, fileOf } = wanted
  const entries = [...new Set(wanted.keys.map((key) => findKey(key, history)))]
  for (const entry of entries) checkGoesOut(entry)
  checkRestored(entries, history)
  checkWrappingKey(wanted, inputs.sources.clock().toISOString())
  const kid = kidOf(wanted)
  const plan: KeyExportPlan = {
    ...planHeader('key.export', history, inputs),
    keys: entries.map((entry) => ({ ...knownKey(entry), attributes: statableOnly(entry.attributes) })),
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

/** KEY-STATE, KEY-STAYS. */
function checkGoesOut(entry: KeyEntry): void {
  const name = label(entry.name, entry.version)
  const list = keyrite('key', 'list', '--state', 'active,pre-active')
  if (!isExtractable(entry.attributes))
    throw refused(
      'KEY-STAYS',
      `${name} was made never to leave its token`,
      to('make one that may', keyrite('key', 'generate', '--help')),
    )
  if (!mayGoOut(entry))
    throw refused('KEY-STATE', `${name} is ${standingOf(entry)}: it is not given out any more`, list)
}

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
  if (unfit !== undefined) throw refused('WRAPPING-KEY', `the wrapping key can't be used: ${unfit}`, NEW_KEY)
  if (keyOps !== undefined && destination === 'azure' && keyOps.join() !== 'import')
    throw refused(
      'WRAPPING-KEY',
      `the wrapping key may ${keyOps.join(', ') || 'do nothing'}, and has to be for import alone`,
      NEW_KEY,
    )
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
    throw usage(`${destination} has no method ${method}`, `one of: ${methodsOf(destination).join(', ')}`)
  if (named && wrapping.method && named !== wrapping.method)
    throw refused(
      'WRAPPING-KEY',
      `--method is ${named}, and the file of the wrapping key says ${wrapping.method}`,
      'the same command without --method',
    )
  const told = named ?? wrapping.method ?? methodsOfAll(destination, wrapping, keys)[0]
  if (told !== undefined) return told
  throw refused(
    'EXPORT-FITS',
    `${destination} takes no ${listed([...new Set(keys.map(({ type }) => type))])}, or not under this wrapping key`,
    fitting({ destination, wrapping }, keys),
  )
}

/** The methods that take every one of them. */
function methodsOfAll(destination: Destination, { spki }: { spki: Uint8Array }, keys: readonly OfType[]): string[] {
  const bits = soundBits(spki)!
  const types = [...new Set(keys.map(({ type }) => type))]
  const fit = types.map((type) => methodsFor(destination, type, bits))
  return (fit[0] ?? []).filter((name) => fit.every((some) => some.includes(name)))
}

type OfType = Pick<KeyEntry, 'type'>

function fitting({ destination, wrapping }: Pick<Wanted, 'destination' | 'wrapping'>, keys: readonly OfType[]): Hint {
  const methods = methodsOfAll(destination, wrapping, keys)
  return methods.length === 0
    ? to('what it takes', keyrite('help', 'key', 'export'))
    : `what fits: ${methods.join(', ')}`
}

/** MECHANISM: the token wraps so, which it has shown with keys that are worth nothing. */
export function checkTried(
  { for: destination, method, keys, wrappingKey, ephemeral }: KeyExportPlan,
  { can }: ExportTry,
): void {
  if (can === true) return
  const way = methodNamed(destination, method)!
  const others = methodsOfAll(destination, { spki: fromBase64url(wrappingKey.spki) }, keys).filter(
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

export type ExportFiles = Pick<Files, 'createFilesOf' | 'dropUnfinished' | 'artefactOf'>

interface ExportPorts {
  files: ExportFiles
  note: BackupNote
  sources: HostSources
  /** `keyrite/0.2.0`. */
  tool: string
}

export function exportKeys(plan: KeyExportPlan, { files, note, sources, tool }: ExportPorts): Operation {
  const { scheme, hash } = methodNamed(plan.for, plan.method)!
  let given = false
  let there: ReadonlyMap<KeyTarget, KeyFacts> = new Map()
  return {
    async login(credentials, { hsm }, token) {
      const spki = fromBase64url(plan.wrappingKey.spki)
      const count = plan.keys.length
      const way = { scheme, hash, spki, count, ...(plan.ephemeral ? { ephemeral: true as const } : {}) }
      return await withBothPins(credentials, {}, (so, user) => hsm.loginToExport(token, so, user, way))
    },
    async check(session) {
      there = await allOnToken(plan.keys, session)
      checkTime(plan.wrappingKey.until, sources.clock().toISOString())
      note.noteBackup(plan.nonce, 'unsigned')
    },
    async run({ session, history }) {
      const keys = await proved(plan, there, session)
      note.noteBackup(plan.nonce, 'signing')
      const generator = `${tool}; ${history.token.manufacturer} ${history.token.model}`
      const contents = contentsOf(plan, generator, session, () => {
        given = true
      })
      return { changed: false, keys, artefacts: await files.createFilesOf(plan.files, contents) }
    },
    /** What is in no file went nowhere. */
    async determineOutcome(context) {
      await takeBack(plan, context)
      for (const file of plan.files) {
        if (given && (await orNone(() => files.artefactOf(file))))
          throw notVerified('OUTCOME-FILES', `${file} is there all the same`)
        files.dropUnfinished(file)
      }
      return { changed: false, keys: [] }
    },
  }
}

/** The token wraps the next ones while those before are written. `all`: hears that none is missing. */
async function* contentsOf(plan: KeyExportPlan, generator: string, session: UserSession, all: () => void) {
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
    if (isLast) return all()
  }
}

const AT_ONCE = 100

/** KEY-TWINS, KEY-REPLACED, KEY-ABSENT: what goes out is what the ledger names. */
async function proved(
  { keys }: KeyExportPlan,
  there: ReadonlyMap<KeyTarget, KeyFacts>,
  session: UserSession,
): Promise<KeyReport[]> {
  const left = keys.filter((key) => !isProof(there.get(key)!))
  const now = await provedThere(left, session)
  return keys.map((target) => reportOf(target, now.get(target) ?? there.get(target)!))
}

/** A check value that was taken from the very object that goes out is its proof; a private key has to answer. */
const isProof = ({ class: kind, fingerprint }: KeyFacts): boolean => kind === 'secret' && fingerprint !== ''

const takeBack = ({ keys }: KeyExportPlan, { history, session }: Pick<OperationContext, 'session' | 'history'>) =>
  takeBackLent(
    keys.map(({ name, version }) => history.key(name, version)!),
    session,
  )

/** A file that is there tells nothing: only who has the private key can open it. That the token was never asked is proved by this machine's note alone. */
export async function exportOutcome(
  plan: KeyExportPlan,
  context: Pick<OperationContext, 'session' | 'history'>,
  { files, note }: Pick<ExportPorts, 'files' | 'note'>,
): Promise<Effects> {
  await takeBack(plan, context)
  for (const file of plan.files) files.dropUnfinished(file)
  const done = { changed: false, keys: [] }
  return note.isUnsigned(plan.nonce) ? done : { ...done, unproved: true }
}
