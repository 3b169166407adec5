// The middle of every change, the same for all: log in, hold the ledger against the token, intent, act, outcome, checkpoint.
import { EXIT, incomplete, KeyriteError, refused } from '../domain/errors.ts'
import { type IntentPlan, planSummary } from '../domain/plan.ts'
import type { NewRecord } from '../domain/record.ts'
import type { KeyReport } from '../domain/shapes.ts'
import type { UserSession } from '../hsm/port.ts'
import type { Appended } from '../ledger/port.ts'
import { Book } from './book.ts'
import type { Collection } from './collection.ts'
import type { Ports } from './ports.ts'

/** What was done, as it was read back from the token. */
export interface Done {
  changed: boolean
  keys: KeyReport[]
  artefacts?: { name: string; sha256: string; bytes: number }[]
  /** Records that stand before the outcome: what a recovery found. */
  before?: NewRecord[]
}

/** The part of a change that is its own. */
export interface Act {
  run(session: UserSession): Promise<Done>
  /** After a failure: what is true on the token now. Without it, or when it fails too, that is unknown. */
  settle?(session: UserSession): Promise<Done>
}

/** What a change gives in JSON: the plan in short, and where the ledger stands. */
export interface Result {
  plan: { op: string; digest: string; code: string }
  seq: number
  leaf: string
  keys: KeyReport[]
}

interface Attempt {
  done: Done
  failure?: KeyriteError
}

export async function conduct(plan: IntentPlan, collection: Collection, ports: Ports, act: Act): Promise<Result> {
  collection.check()
  const pin = await collection.pinOf('user')
  using _wiped = pin.bytes
  await using session = await ports.hsm.login(plan.token, pin)
  const book = new Book(session, ports)
  await book.agree()
  checkExpiry(plan, ports)
  const intent = await book.intend(plan, collection.approvals())
  const attempt = await tryTo(act, session)
  const last = await conclude(book, intent, attempt)
  if (attempt.failure) throw verdict(attempt.failure, attempt.done)
  return { plan: planSummary(plan), seq: last.seq, leaf: last.leaf, keys: attempt.done.keys }
}

/** PLAN-EXPIRED. */
function checkExpiry(plan: IntentPlan, { chance }: Ports): void {
  if (chance.clock().toISOString() <= plan.expires) return
  throw refused('PLAN-EXPIRED', `the plan expired at ${plan.expires}`, 'run it again, or give it longer: --expires 2h')
}

/** After the intent a failure is proven not done, proven partly done, or unknown. Unknown leaves the intent open. */
async function tryTo(act: Act, session: UserSession): Promise<Attempt> {
  try {
    return { done: await act.run(session) }
  } catch (error) {
    const failure = asKeyriteError(error)
    try {
      return { done: await act.settle!(session), failure }
    } catch {
      throw unknown(failure)
    }
  }
}

async function conclude(book: Book, intent: Appended, { done, failure }: Attempt): Promise<Appended> {
  let last: Appended
  try {
    last = await book.conclude([...(done.before ?? []), ...outcomes(intent, done, failure)])
  } catch (error) {
    throw unknown(asKeyriteError(error))
  }
  try {
    await book.checkpoint()
  } catch (error) {
    const { code, message } = asKeyriteError(error)
    throw incomplete(
      code,
      `it is done and recorded, but no checkpoint was written: ${message}`,
      'keyrite audit checkpoint',
    )
  }
  return last
}

/** An outcome record holds so many keys: a line stays readable, and memory small. */
const KEYS_PER_OUTCOME = 500

function outcomes(
  intent: Appended,
  { changed, keys, artefacts }: Done,
  failure: KeyriteError | undefined,
): NewRecord[] {
  const result = failure ? (changed ? 'partial' : 'failed') : 'done'
  const common = {
    type: 'outcome' as const,
    intent: intent.leaf,
    changed,
    ...(artefacts ? { artefacts } : {}),
    ...(failure ? { error: { code: failure.code, message: printable(failure.message) } } : {}),
  }
  const count = Math.max(1, Math.ceil(keys.length / KEYS_PER_OUTCOME))
  return Array.from({ length: count }, (_, i) => ({
    ...common,
    // What is not done ends with its last outcome; those before it only tell of keys that are there.
    result: i < count - 1 ? 'done' : result,
    keys: keys.slice(i * KEYS_PER_OUTCOME, (i + 1) * KEYS_PER_OUTCOME),
  }))
}

const verdict = (failure: KeyriteError, { changed, keys }: Done): KeyriteError =>
  changed
    ? incomplete(
        failure.code,
        `${failure.message}; ${keys.length} keys were made, the ledger names them`,
        'keyrite key list',
      )
    : new KeyriteError(
        failure.exit === EXIT.bug ? EXIT.bug : EXIT.device,
        failure.code,
        `${failure.message}; no key was changed`,
        failure.hint,
      )

const unknown = (failure: KeyriteError): KeyriteError =>
  incomplete(failure.code, `${failure.message}; how far it came is not in the ledger`, 'keyrite partition recover')

export const asKeyriteError = (error: unknown): KeyriteError =>
  error instanceof KeyriteError
    ? error
    : new KeyriteError(EXIT.bug, 'BUG', error instanceof Error ? error.message : String(error))

/** Records hold no control characters. */
const printable = (text: string): string => text.normalize('NFC').replace(/\p{C}/gu, ' ')
