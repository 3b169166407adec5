// What a record that ends a change may say: result, error, keys and files must agree with each other, and with what came before.
import { notVerified } from './errors.ts'
import { operationOf } from './operations.ts'
import { checkFiles } from './outcome-files.ts'
import { type IntentPlan, plannedKeys } from './plan.ts'
import type { Outcome, Recovered } from './record.ts'
import type { GroupRole, KeyTarget } from './shapes.ts'

/** An intent whose outcome is not known. */
export interface OpenIntent {
  leaf: string
  seq: number
  plan: IntentPlan
  /** Whose groups approved it, and approve what finishes it. */
  roles: readonly GroupRole[]
  /** Keys of its plan that no outcome has told of yet, by label: one plan may have an outcome per 500 keys. */
  awaited: Map<string, KeyTarget>
  /** What was told so far: records, a key that came or moved, a token that was let in or a station that came or went, and the first thing that is not as planned. */
  told: number
  moved: boolean
  installed: boolean
  differs: string | undefined
  /** Of a recovery: what it has recorded, and whether something had changed. */
  finding: { found: Recovered['found']; changed: boolean } | undefined
}

/** OUTCOME-RESULT, OUTCOME-FILES: asked when the outcome's keys have been taken in. `last`: it closes the intent. */
export function checkOutcome(outcome: Outcome, intent: OpenIntent, last: boolean): void {
  const wrong =
    wrongResult(outcome, intent, last) ??
    wrongKeys(outcome, intent) ??
    wrongRestore(outcome, intent) ??
    wrongStation(outcome, intent) ??
    wrongRecovery(outcome, intent)
  if (wrong !== undefined) throw notVerified('OUTCOME-RESULT', wrong)
  checkFiles(outcome, intent.plan)
}

function wrongResult({ result, changed, error }: Outcome, intent: OpenIntent, last: boolean): string | undefined {
  const { plan, differs } = intent
  if ((result === 'done') !== (error === undefined))
    return error ? 'it is done, with an error' : 'it is not done, without an error'
  if (result !== 'done' && changed !== (result === 'partial'))
    return changed ? 'it failed, and something changed' : 'it is done in part, and nothing changed'
  if (changed && operationOf(plan).changes === 'nothing') return `${plan.op} changes nothing`
  if (last && result === 'done' && differs !== undefined) return `it is done, and ${differs}`
  return undefined
}

/** What changed is told of, and what is told of changed. */
function wrongKeys({ result, changed, keys }: Outcome, { plan, told }: OpenIntent): string | undefined {
  if (told > 0 && (keys.length === 0 || result === 'failed')) return 'it ends what an outcome before it told otherwise'
  const { changes } = operationOf(plan)
  // What only reads tells of what it has proved.
  if (!changed && keys.length > 0 && !(changes === 'nothing' && result === 'done'))
    return 'nothing changed, and it tells of keys'
  if (keys.length > 0 || plannedKeys(plan).length === 0) return undefined
  if (result === 'done') return 'it is done, and tells of no key'
  return changed && changes === 'keys' ? 'something changed, and it tells of no key' : undefined
}

/** A restore that is done let its token in, and brought every key. */
function wrongRestore({ result, changed }: Outcome, { plan, installed }: OpenIntent): string | undefined {
  if (plan.op !== 'backup.restore') return undefined
  if (installed !== changed) return installed ? 'its token was let in, and nothing changed' : 'nothing let its token in'
  return result === 'done' && plan.missing.length > 0 ? 'it is done, and keys are missing' : undefined
}

const movesStations = (plan: IntentPlan): boolean => operationOf(plan).changes === 'stations'

/** The set of stations changed when a record says so, and then it is done. */
function wrongStation({ result, changed }: Outcome, { plan, installed }: OpenIntent): string | undefined {
  if (!movesStations(plan) || (installed === changed && installed === (result === 'done'))) return undefined
  return installed ? 'its station came or went, and it says otherwise' : 'no station came or went'
}

/** A recovery that has recorded what it found is done, and changed what was found changed. One that was given up may not know. */
function wrongRecovery({ result, changed }: Outcome, { plan, finding }: OpenIntent): string | undefined {
  if (plan.op !== 'partition.recover') return undefined
  if (!finding) return changed ? 'something changed, and nothing says what it found' : undefined
  if (result !== 'done') return 'it has recorded what it found, and is not done'
  const fits = changed === finding.changed || (changed && finding.found === 'partial')
  return fits ? undefined : `what it found had ${finding.changed ? 'changed' : 'not changed'}, and it says otherwise`
}

/** RECOVERED-FOUND, OUTCOME-FILES: asked when its keys have been taken in. */
export function checkRecovered(record: Recovered, intent: OpenIntent): void {
  const { found, keys } = record
  const { plan, told, moved, installed, differs } = intent
  const wrong = {
    done: !isWhole(record, intent) || (plan.op === 'backup.restore' && !installed) ? 'not all of it is there' : differs,
    partial: undefined,
    'not done': moved || told > 0 || installed || keys.length > 0 ? 'something of it is there' : undefined,
  }[found]
  // Copies that were proved are gone by then, and nobody saw it.
  if (keys.length > 0 && operationOf(plan).tellsOfCopies)
    throw notVerified('RECOVERED-FOUND', `${plan.op} is recovered, and tells of keys`)
  if (wrong !== undefined) throw notVerified('RECOVERED-FOUND', `it found the change ${found}, and ${wrong}`)
  checkFiles(record, plan)
}

function isWhole({ artefacts }: Recovered, { plan, awaited, installed }: OpenIntent): boolean {
  if (movesStations(plan)) return installed
  return plannedKeys(plan).length > 0
    ? awaited.size === 0
    : operationOf(plan).files?.are === 'its work' && artefacts !== undefined
}
