// The names of the files that a change writes.
import type { DestroyPlan } from './plan.ts'

export const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Text, and the signed JSON; of paths too. */
export const certificateNames = (text: string): string[] => [text, `${text}.json`]

/** A certificate that can't be written where it was planned lies in the partition's folder, under the key's id. */
export const keptCertificate = ({ keys }: DestroyPlan): string => `destroyed-${keys[0].id}.txt`

/** As its plan calls them, and as they are called in the partition's folder. */
export const certificatesOf = (plan: DestroyPlan): string[][] =>
  plan.certificate === undefined
    ? []
    : [certificateNames(lastName(plan.certificate)), certificateNames(keptCertificate(plan))]
