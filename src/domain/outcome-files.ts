// OUTCOME-FILES: which files a change leaves, what they are called, and when a record may name them.
import { notVerified } from './errors.ts'
import type { DestroyPlan, IntentPlan } from './plan.ts'
import type { Outcome, Recovered } from './record.ts'

/** A backup that was made has its file, and no other has one. A key that is gone may have its certificate, where one was planned. */
export function checkFiles(record: Outcome | Recovered, plan: IntentPlan): void {
  const { artefacts = [] } = record
  if (artefacts.length === 0 && !mustName(record, plan)) return
  const allowed = mayName(record, plan) ? [namesOf(plan), ...keptNamesOf(plan)] : [[]]
  const isNamed = (names: string[]) => artefacts.every(({ name }, i) => name === names[i])
  if (allowed.some((names) => names.length === artefacts.length && isNamed(names))) return
  const wanted = allowed[0]!.join(' and ') || 'no file'
  throw notVerified('OUTCOME-FILES', `such a record of ${plan.op} names ${wanted}`)
}

/** As its plan calls them. */
export function namesOf(plan: IntentPlan): string[] {
  if (plan.op === 'backup.create') return [lastName(plan.file)]
  if (plan.op !== 'key.destroy' || plan.certificate === undefined) return []
  return certificateNames(lastName(plan.certificate))
}

/** A certificate that can't be written where it was planned lies in the partition's folder, under the key's id. */
export const keptCertificate = ({ keys }: DestroyPlan): string => `destroyed-${keys[0]!.id}.txt`

const keptNamesOf = (plan: IntentPlan): string[][] =>
  plan.op === 'key.destroy' && plan.certificate !== undefined ? [certificateNames(keptCertificate(plan))] : []

/** Text, and the signed JSON; of paths too. */
export const certificateNames = (text: string): string[] => [text, `${text}.json`]

export const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const resultOf = (record: Outcome | Recovered) => (record.type === 'outcome' ? record.result : record.found)

/** A recovery is done also where no certificate can be written any more. */
const mustName = (record: Outcome | Recovered, { op }: IntentPlan): boolean =>
  resultOf(record) === 'done' && (op === 'backup.create' || (op === 'key.destroy' && record.type === 'outcome'))

/** What failed after the key was gone is partial, and may be certified. */
const mayName = (record: Outcome | Recovered, { op }: IntentPlan): boolean =>
  resultOf(record) === 'done' || (op === 'key.destroy' && record.type === 'outcome' && record.result === 'partial')
