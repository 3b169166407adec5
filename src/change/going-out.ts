// Keys go out into files, in whatever way: what may, that it is proved before, and what is known afterwards of what went.

import { notVerified, refused } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { mayGoOut } from '../domain/key-transitions.ts'
import { isExtractable, standingOf, statableOnly } from '../domain/keys.ts'
import { type KeyVersion, label, parseKeyVersion } from '../domain/names.ts'
import type { KeyExportPlan } from '../domain/outward-plans.ts'
import type { KeyReport, KeyTarget } from '../domain/shapes.ts'
import type { KeyFacts, UserSession } from '../hsm/port.ts'
import type { BackupNote, Files } from '../ledger/port.ts'
import { allOnToken, checkRestored, findKey, knownKey, reportOf } from './key-targets.ts'
import type { Effects, Operation, OperationContext } from './operation.ts'
import type { HostSources } from './ports.ts'
import { provedThere, takeBackLent } from './proofs.ts'
import { orNone } from './what-lies-there.ts'

/** KEY-EXISTS, KEY-STATE, KEY-STAYS, KEY-ABSENT. */
export function entriesOf(keys: readonly KeyVersion[], history: History): KeyEntry[] {
  const { keys: lives, versions } = history.keys.shelves
  versions.bring(keys.map(({ name }) => name))
  lives.bring(keys.map(({ name, version = 0 }) => label(name, version)))
  const entries = [...new Set(keys.map((key) => findKey(key, history)))]
  for (const entry of entries) checkGoesOut(entry)
  checkRestored(entries, history)
  return entries
}

/** It stays as it is. */
export const targetOf = (entry: KeyEntry): KeyTarget => ({
  ...knownKey(entry),
  attributes: statableOnly(entry.attributes),
})

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

export type ExportFiles = Pick<Files, 'createFilesOf' | 'dropUnfinished' | 'artefactOf'>

export interface ExportPorts {
  files: ExportFiles
  note: BackupNote
  sources: HostSources
}

/** How keys go out: who logs in to what, what is looked at besides, and the content of each file in its turn, made of keys that are proved. */
interface WayOut extends Pick<Operation, 'login'> {
  check(session: UserSession): Promise<void>
  contents(context: Pick<OperationContext, 'session' | 'history'>): AsyncGenerator<string | Uint8Array>
}

export function goOut(
  plan: KeyExportPlan,
  { files, note }: Pick<ExportPorts, 'files' | 'note'>,
  way: WayOut,
): Operation {
  let given = false
  let there: ReadonlyMap<KeyTarget, KeyFacts> = new Map()
  return {
    ...(way.login ? { login: way.login } : {}),
    async check(session) {
      there = await allOnToken(plan.keys, session)
      await way.check(session)
      note.noteBackup(plan.nonce, 'unsigned')
    },
    async run({ session, history }) {
      const keys = await proved(plan, there, session)
      note.noteBackup(plan.nonce, 'signing')
      const contents = untilGiven(way.contents({ session, history }), () => {
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

/** `all`: hears that none is missing. */
async function* untilGiven<T>(contents: AsyncIterable<T>, all: () => void): AsyncGenerator<T> {
  yield* contents
  all()
}

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

/** Of keys that were proved, and of one that protects blocks, which signs for a moment. */
const takeBack = (
  { keys, blocks }: KeyExportPlan,
  { history, session }: Pick<OperationContext, 'session' | 'history'>,
) =>
  takeBackLent(
    [...keys, ...(blocks ? [parseKeyVersion(blocks.under)] : [])].map(
      ({ name, version }) => history.key(name, version!)!,
    ),
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
