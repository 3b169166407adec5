// A key goes out, wrapped for somebody else: the SO makes what wraps and the user wraps with it, in one session, so that nothing is in the clear in between.

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
import type { KeyReport } from '../../domain/shapes.ts'
import { keyInWords, soundBits, type WrappingKeyFile } from '../../domain/wrapping-key.ts'
import type { ExportTry, UserSession } from '../../hsm/port.ts'
import type { BackupNote, Files } from '../../ledger/port.ts'
import type { Effects, Operation, OperationContext } from '../execute.ts'
import {
  checkNoneAbsent,
  checkNoneInPart,
  checkOnToken,
  checkRestored,
  findKey,
  knownKey,
  reportOf,
} from '../key-targets.ts'
import { withBothPins } from '../login-wrapping.ts'
import { checkNoneOpen } from '../open-intent.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { HostSources } from '../ports.ts'
import { provedOnToken, takeBackLent } from '../proofs.ts'
import { orNone } from '../what-lies-there.ts'

interface Wanted {
  key: KeyVersion
  destination: Destination
  wrapping: WrappingKeyFile
  method?: string | undefined
  kid?: string | undefined
  ephemeral?: 'host' | undefined
  /** The absolute path of the file that is to be written. */
  file: string
}

/** KEY-EXISTS, KEY-STATE, KEY-STAYS, KEY-ABSENT, WRAPPING-KEY, WRAPPING-EXPIRED, EXPORT-FITS. */
export function planExport(wanted: Wanted, history: History, inputs: PlanInputs): KeyExportPlan {
  checkNoneOpen(history)
  const { destination, wrapping, ephemeral, file } = wanted
  const entry = findKey(wanted.key, history)
  checkGoesOut(entry)
  checkRestored([entry], history)
  checkWrappingKey(wanted, inputs.sources.clock().toISOString())
  const kid = kidOf(wanted)
  const plan: KeyExportPlan = {
    ...planHeader('key.export', history, inputs),
    keys: [{ ...knownKey(entry), attributes: statableOnly(entry.attributes) }],
    file,
    for: destination,
    method: methodOf(wanted, entry),
    wrappingKey: {
      spki: toBase64url(wrapping.spki),
      ...(kid === undefined ? {} : { kid }),
      ...(wrapping.until === undefined ? {} : { until: wrapping.until }),
    },
    ...(ephemeral ? { ephemeral } : {}),
  }
  const wrong = wrongExport(plan)
  if (wrong !== undefined) throw refused('EXPORT-FITS', wrong, fitting(wanted, entry))
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
function methodOf({ destination, method, wrapping }: Wanted, { type }: KeyEntry): string {
  const named = method && methodsOf(destination).find((one) => one.toLowerCase() === method.toLowerCase())
  if (method !== undefined && named === undefined)
    throw usage(`${destination} has no method ${method}`, `one of: ${methodsOf(destination).join(', ')}`)
  if (named && wrapping.method && named !== wrapping.method)
    throw refused(
      'WRAPPING-KEY',
      `--method is ${named}, and the file of the wrapping key says ${wrapping.method}`,
      'the same command without --method',
    )
  const told = named ?? wrapping.method ?? methodsFor(destination, type, soundBits(wrapping.spki)!)[0]
  if (told !== undefined) return told
  throw refused(
    'EXPORT-FITS',
    `${destination} takes no ${type}, or not under this wrapping key`,
    fitting({ destination, wrapping }, { type }),
  )
}

function fitting(
  { destination, wrapping }: Pick<Wanted, 'destination' | 'wrapping'>,
  { type }: Pick<KeyEntry, 'type'>,
): Hint {
  const methods = methodsFor(destination, type, soundBits(wrapping.spki)!)
  return methods.length === 0
    ? to('what it takes', keyrite('help', 'key', 'export'))
    : `what fits: ${methods.join(', ')}`
}

/** MECHANISM: the token wraps so, which it has shown with keys that are worth nothing. */
export function checkTried(
  { for: destination, method, keys: [{ type }], wrappingKey, ephemeral }: KeyExportPlan,
  { can }: ExportTry,
): void {
  if (can === true) return
  const way = methodNamed(destination, method)!
  const bits = soundBits(fromBase64url(wrappingKey.spki))!
  const others = methodsFor(destination, type, bits).filter(
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

export type ExportFiles = Pick<Files, 'createFiles' | 'dropUnfinished' | 'artefactOf'>

interface ExportPorts {
  files: ExportFiles
  note: BackupNote
  sources: HostSources
  /** `keyrite/0.2.0`. */
  tool: string
}

export function exportKey(plan: KeyExportPlan, { files, note, sources, tool }: ExportPorts): Operation {
  const [target] = plan.keys
  const { scheme, hash } = methodNamed(plan.for, plan.method)!
  let given = false
  return {
    async login(credentials, { hsm }, token) {
      const spki = fromBase64url(plan.wrappingKey.spki)
      const way = { scheme, hash, spki, ...(plan.ephemeral ? { ephemeral: true as const } : {}) }
      return await withBothPins(credentials, {}, (so, user) => hsm.loginToExport(token, so, user, way))
    },
    async check(session) {
      await checkOnToken(target, session)
      checkTime(plan.wrappingKey.until, sources.clock().toISOString())
      note.noteBackup(plan.nonce, 'unsigned')
    },
    async run({ session, history }) {
      const keys = await proved(plan, session)
      note.noteBackup(plan.nonce, 'signing')
      const blob = await session.exportKey(fromHex(target.id))
      given = true
      const content = exportedContent(plan, blob, `${tool}; ${history.token.manufacturer} ${history.token.model}`)
      return { changed: false, keys, artefacts: files.createFiles([{ path: plan.file, content }]) }
    },
    /** What is in no file went nowhere. */
    async determineOutcome(context) {
      await takeBackLent([context.history.key(target.name, target.version)!], context.session)
      if (given && (await orNone(() => files.artefactOf(plan.file))))
        throw notVerified('OUTCOME-FILES', `${plan.file} is there all the same`)
      files.dropUnfinished(plan.file)
      return { changed: false, keys: [] }
    },
  }
}

/** KEY-TWINS, KEY-REPLACED, KEY-ABSENT: what goes out is the key that the ledger names. */
async function proved({ keys: [target] }: KeyExportPlan, session: UserSession): Promise<KeyReport[]> {
  const facts = (await provedOnToken([target], session)).get(target)
  if (facts) return [reportOf(target, facts)]
  await checkNoneInPart([target], session)
  checkNoneAbsent([target])
  return []
}

/** A file that is there tells nothing: only who has the private key can open it. That the token was never asked is proved by this machine's note alone. */
export async function exportOutcome(
  { keys: [{ name, version }], file, nonce }: KeyExportPlan,
  { session, history }: Pick<OperationContext, 'session' | 'history'>,
  { files, note }: Pick<ExportPorts, 'files' | 'note'>,
): Promise<Effects> {
  await takeBackLent([history.key(name, version)!], session)
  files.dropUnfinished(file)
  const done = { changed: false, keys: [] }
  return note.isUnsigned(nonce) ? done : { ...done, unproved: true }
}
