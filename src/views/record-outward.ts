// What an intent says of what goes out of a token by way of a file.

import { fromBase64url } from '../domain/encoding.ts'
import type { CertRequestPlan, KeyExportPlan, KeySignPlan } from '../domain/outward-plans.ts'
import { spkiDigest } from '../domain/public-keys.ts'
import { counted, listed } from '../domain/words.ts'

export const requested = ({ subject, names = [], tbs, file }: CertRequestPlan): string[] => [
  `for ${[subject, ...names].join(', ')}`,
  `bytes signed: sha256 ${tbs}`,
  `to ${file}`,
]

export const signed = ({ scheme, digest, source, file }: KeySignPlan): string[] => [
  source ? `${source.path}, ${counted(source.bytes, 'byte')}` : 'a bare digest, contents unknown',
  `${digest.hash} ${digest.value} by ${scheme}`,
  `to ${file}`,
]

export const exported = ({ files, method, wrappingKey, blocks, ephemeral, pads, ...plan }: KeyExportPlan): string[] => [
  `to ${plan.for} by ${method}`,
  ...(wrappingKey ? [underRsa(wrappingKey)] : []),
  ...(blocks ? [`${listed(blocks.headers)} under ${blocks.under}, made in the clear on the host`] : []),
  ...(ephemeral ? [`ephemeral: ${ephemeral}; what wraps was made beside the library`] : []),
  ...(pads ? ['the token filled up to whole blocks with zeros'] : []),
  `to ${files.join(', ')}`,
]

const underRsa = ({ spki, kid, until }: NonNullable<KeyExportPlan['wrappingKey']>): string =>
  `under the key sha256 ${spkiDigest(fromBase64url(spki))}${kid ? `, ${kid}` : ''}${until ? `, good until ${until}` : ''}`
