// The objects that a copy is: a secret key; of a pair its public half, and its private one where that may do anything.
import { type Flags, isPair } from '../../domain/keys.ts'
import type { KeySpec } from '../../hsm/port.ts'
import { CKO } from '../native/constants.ts'

export interface Part {
  name: 'secret' | 'private' | 'public'
  class: number
  /** As it is to be. */
  flags: Flags
}

const USED_BY_ITS_OWNER = ['DECRYPT', 'SIGN', 'UNWRAP', 'DERIVE']

/** The one that holds the secret first. */
export function partsOf({ attributes }: Pick<KeySpec, 'attributes'>): Part[] {
  if (!isPair(attributes)) return [{ name: 'secret', class: CKO.SECRET_KEY, flags: attributes }]
  const isUsed = USED_BY_ITS_OWNER.some((flag) => attributes.private[flag])
  return [
    ...(isUsed ? [{ name: 'private' as const, class: CKO.PRIVATE_KEY, flags: attributes.private }] : []),
    { name: 'public', class: CKO.PUBLIC_KEY, flags: attributes.public },
  ]
}
