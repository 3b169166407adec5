// A key pair as its two halves: what is asked of each, and what they say together.
import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import { isPair } from '../../domain/keys.ts'
import type { KeyFacts, KeySpec } from '../../hsm/port.ts'
import { spkiFingerprint } from './fingerprint.ts'
import type { Seen } from './objects.ts'

export function halves(spec: KeySpec): { private: Flags; public: Flags } {
  if (isPair(spec.attributes)) return spec.attributes
  throw new TypeError(`${spec.label}: a pair has attributes for both halves`)
}

/** A pair's facts from its two halves. The public half names the key. */
export function pairFacts(closed: Seen, open: Seen): KeyFacts {
  const { type, spki } = open
  if (type === undefined || spki === undefined || closed.type !== type) {
    throw deviceFailed('KEY-UNREADABLE', `the halves of ${closed.label} read back as different or unknown keys`)
  }
  const attributes = { private: closed.attributes, public: open.attributes }
  return {
    label: closed.label,
    id: closed.id,
    class: 'pair',
    type,
    attributes,
    fingerprint: spkiFingerprint(spki),
    spki,
  }
}
