// What an intent says of a key that comes from elsewhere.

import type { KeyImportCancelPlan, KeyImportPlan, KeyImportRequestPlan } from '../domain/inward-plans.ts'
import { counted } from '../domain/words.ts'
import { originInWords } from './plan-inward.ts'

export const imported = ({ keys: [{ origin }], check, source }: KeyImportPlan): string[] => [
  originInWords(origin),
  ...(origin.kind === 'file' && origin.block ? [`key block ${origin.block.header}`] : []),
  ...(origin.kind === 'components' ? [`components ${origin.components.join(', ')}`] : []),
  ...(source ? [`file ${source.path}, ${counted(source.bytes, 'byte')}, sha256 ${source.sha256}`] : []),
  check === undefined ? 'no check value was given' : `to be ${check}`,
]

export const askedFor = ({ wanted, bits, hash, until, file }: KeyImportRequestPlan): string[] => [
  `${wanted.name}: ${wanted.type}, may ${wanted.usage.join(', ')}${wanted.backup ? '' : ', never to leave the token'}${wanted.accepted ? `, accepted: ${wanted.accepted.join(', ')}` : ''}`,
  `transport key rsa-${bits}, RSA-OAEP with ${hash}, until ${until}`,
  `to ${file}`,
]

export const withdrawn = ({ name, request }: KeyImportCancelPlan): string[] => [
  `the request for ${name}, sha256 ${request}`,
]
