// A key pair as its two halves: what is asked of each, and what they say together.

import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import { isPair } from '../../domain/keys.ts'
import { pairFingerprint } from '../../domain/public-keys.ts'
import type { KeyFacts, KeySpec } from '../../hsm/port.ts'
import type { Seen } from './objects.ts'

export function halves(spec: KeySpec): { private: Flags; public: Flags } {
  if (isPair(spec.attributes)) return spec.attributes
  throw new TypeError(`${spec.label}: a pair has attributes for both halves`)
}

/** A pair's facts from its two halves. The public half names the key. */
export function pairFacts(privateHalf: Seen, publicHalf: Seen): KeyFacts {
  const { type, spki } = publicHalf
  if (type === undefined || spki === undefined || privateHalf.type !== type) {
    throw deviceFailed('KEY-UNREADABLE', `the halves of ${privateHalf.label} read back as different or unknown keys`)
  }
  const attributes = { private: privateHalf.attributes, public: publicHalf.attributes }
  return {
    label: privateHalf.label,
    id: privateHalf.id,
    class: 'pair',
    type,
    attributes,
    fingerprint: pairFingerprint(spki),
    spki,
  }
}
