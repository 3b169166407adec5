// OUTCOME-FILES: when the record that ends a change may name files, and which.
import { notVerified } from './errors.ts'
import { operationOf } from './operations.ts'
import type { IntentPlan } from './plan.ts'
import type { Outcome, Recovered, Retired } from './record.ts'

/** What is done has its files, and no other has one; of several outcomes the `last` names them. A key that is gone may have its certificate, where one was planned. */
export function checkFiles(record: Outcome | Recovered | Retired, plan: IntentPlan, last = true): void {
  const { artefacts = [] } = record
  if (!last && artefacts.length === 0) return
  const { files } = operationOf(plan)
  const endsIt = record.type === 'partition.retired'
  const result = record.type === 'outcome' ? record.result : endsIt ? 'done' : record.found
  const ends = endsIt || (record.type === 'outcome' && plan.op !== 'partition.retire')
  // A recovery is done also where no certificate can be written any more.
  const isOwed = result === 'done' && files !== undefined && (files.are === 'its work' || ends)
  if (artefacts.length === 0 && !isOwed) return
  // What failed after the key was gone is partial, and may be certified.
  const mayBe =
    endsIt ||
    (last &&
      plan.op !== 'partition.retire' &&
      (result === 'done' || (files?.are === 'a proof' && ends && result === 'partial')))
  const allowed = mayBe ? [namesOf(plan), ...(files?.names(plan).slice(1) ?? [])] : [[]]
  const isNamed = (names: readonly string[]) => artefacts.every(({ name }, i) => name === names[i])
  if (allowed.some((names) => names.length === artefacts.length && isNamed(names))) return
  const wanted = allowed[0]!.join(' and ') || 'no file'
  throw notVerified('OUTCOME-FILES', `such a record of ${plan.op} names ${wanted}`)
}

/** As its plan calls them. */
export const namesOf = (plan: IntentPlan): readonly string[] => operationOf(plan).files?.names(plan)[0] ?? []
