// The names of the files that a change writes.

import type { Destination } from './destinations.ts'
import { sha256, toHex } from './encoding.ts'
import type { DestroyPlan, RetirePlan } from './plan.ts'
import type { Artefact } from './shapes.ts'

export const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** A file as records tell of it. */
export const artefactFrom = (path: string, content: Uint8Array): Artefact => ({
  name: lastName(path),
  sha256: toHex(sha256(content)),
  bytes: content.length,
})

/** Text, and the signed JSON; of paths too. */
export const certificateNames = (text: string): string[] => [text, `${text}.json`]

/** A certificate that can't be written where it was planned lies in the partition's folder, under the key's id. */
export const keptCertificate = ({ keys }: DestroyPlan): string => `destroyed-${keys[0].id}.txt`

/** And that of a partition's end. */
export const KEPT_RETIREMENT = 'retired.txt'

/** As their plans call them, and as they are called in the partition's folder. */
const namesOf = (certificate: string | undefined, kept: string): string[][] =>
  certificate === undefined ? [] : [certificateNames(lastName(certificate)), certificateNames(kept)]

/** In a folder, among others; `/` is in no name of a file, and `+` in none of a key. */
export const exportName = ({ name, version }: { name: string; version: number }, destination: Destination): string =>
  `${name.replaceAll('/', '+')}.${version}.${destination === 'azure' ? 'byok' : destination}`

export const certificatesOf = (plan: DestroyPlan): string[][] => namesOf(plan.certificate, keptCertificate(plan))
export const retirementsOf = (plan: RetirePlan): string[][] => namesOf(plan.certificate, KEPT_RETIREMENT)
