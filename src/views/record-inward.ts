// What an intent says of a key that comes from elsewhere.

import type { KeyImportPlan } from '../domain/inward-plans.ts'
import { counted } from '../domain/words.ts'
import { originInWords } from './plan-inward.ts'

export const imported = ({ keys: [{ origin }], check, source }: KeyImportPlan): string[] => [
  originInWords(origin),
  ...(origin.kind === 'components' ? [`components ${origin.components.join(', ')}`] : []),
  ...(source ? [`file ${source.path}, ${counted(source.bytes, 'byte')}, sha256 ${source.sha256}`] : []),
  check === undefined ? 'no check value was given' : `to be ${check}`,
]
