// What an intent says of what goes out of a token by way of a file.
import type { CertRequestPlan, KeySignPlan } from '../domain/outward-plans.ts'
import { counted } from '../domain/words.ts'

export const requested = ({ subject, names = [], file }: CertRequestPlan): string[] => [
  `for ${[subject, ...names].join(', ')}`,
  `to ${file}`,
]

export const signed = ({ scheme, digest, source, file }: KeySignPlan): string[] => [
  source ? `${source.path}, ${counted(source.bytes, 'byte')}` : 'a bare digest, contents unknown',
  `${digest.hash} ${digest.value} by ${scheme}`,
  `to ${file}`,
]
