// What a record that ends a change may say of it: result, error, keys and files hold together, and with what came before.
import { notVerified } from './errors.ts'
import { type IntentPlan, plannedKeys } from './plan.ts'
import type { Outcome, Recovered } from './record.ts'
import type { KeyTarget } from './shapes.ts'

/** An intent whose outcome is not known. */
export interface OpenIntent {
  leaf: string
  seq: number
  plan: IntentPlan
  /** Keys of its plan that no outcome has told of yet, by label: one plan may have an outcome per 500 keys. */
  awaited: Map<string, KeyTarget>
  /** What was told so far: records, a key that came or moved, a token that was let in, and the first thing that is not as planned. */
  told: number
  moved: boolean
  replaced: boolean
  differs: string | undefined
}

/** Whether the ops of this kind can change keys or token at all. */
const canChange = (op: IntentPlan['op']): boolean =>
  op.startsWith('key.') || op === 'backup.restore' || op === 'partition.recover'

/** How many files an op may write. */
const MOST_FILES: { [op: string]: number } = { 'backup.create': 1, 'key.destroy': 2 }

/** OUTCOME-RESULT, OUTCOME-FILES: asked when the outcome's keys have been taken in. `last`: it closes the intent. */
export function checkOutcome(outcome: Outcome, intent: OpenIntent, last: boolean): void {
  const wrong = wrongResult(outcome, intent, last) ?? wrongRestore(outcome, intent)
  if (wrong !== undefined) throw notVerified('OUTCOME-RESULT', wrong)
  checkFiles(outcome, intent.plan, last && outcome.result === 'done')
}

function wrongResult({ result, changed, error, keys }: Outcome, intent: OpenIntent, last: boolean): string | undefined {
  const { plan, told, differs } = intent
  if ((result === 'done') !== (error === undefined))
    return error ? 'it is done, with an error' : 'it is not done, without an error'
  if (result !== 'done' && changed !== (result === 'partial'))
    return changed ? 'it failed, and something changed' : 'it is done in part, and nothing changed'
  if (changed && !canChange(plan.op)) return `${plan.op} changes nothing`
  if (told > 0 && (keys.length === 0 || result === 'failed')) return 'it ends what an outcome before it told otherwise'
  if (last && result === 'done' && differs !== undefined) return `it is done, and ${differs}`
  return undefined
}

/** A restore that is done let its token in, and brought every key. */
function wrongRestore({ result, changed }: Outcome, { plan, replaced }: OpenIntent): string | undefined {
  if (plan.op !== 'backup.restore') return undefined
  if (replaced !== changed) return replaced ? 'its token was let in, and nothing changed' : 'nothing let its token in'
  return result === 'done' && plan.missing.length > 0 ? 'it is done, and keys are missing' : undefined
}

/** RECOVERED-FOUND, OUTCOME-FILES: asked when its keys have been taken in. */
export function checkRecovered({ found, artefacts }: Recovered, intent: OpenIntent): void {
  const { plan, told, moved, replaced, awaited, differs } = intent
  const whole =
    plannedKeys(plan).length > 0 ? awaited.size === 0 : plan.op === 'backup.create' && artefacts !== undefined
  const wrong = {
    done: !whole || (plan.op === 'backup.restore' && !replaced) ? 'not all of it is there' : differs,
    partial: undefined,
    'not done': moved || told > 0 || replaced ? 'something of it is there' : undefined,
  }[found]
  if (wrong !== undefined) throw notVerified('RECOVERED-FOUND', `it found the change ${found}, and ${wrong}`)
  checkFiles({ artefacts }, plan, found === 'done' && plan.op === 'backup.create')
}

/** `wanted`: what was done leaves a file. */
function checkFiles(
  { artefacts = [] }: Pick<Outcome | Recovered, 'artefacts'>,
  plan: IntentPlan,
  wanted: boolean,
): void {
  const most = MOST_FILES[plan.op] ?? 0
  if (artefacts.length > most)
    throw notVerified('OUTCOME-FILES', `${plan.op} writes ${most === 0 ? 'no' : `no more than ${most}`} files`)
  if (wanted && plan.op === 'backup.create' && artefacts.length === 0)
    throw notVerified('OUTCOME-FILES', 'a backup that is done has a file')
}
