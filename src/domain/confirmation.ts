// What a custodian signs who has read back a new share: the key is that of no other share, so it can be said of this one alone (docs/formats.md, 11).
import { canonical } from './canonical.ts'
import { pae, utf8 } from './encoding.ts'
import type { Group } from './shapes.ts'

export const CONFIRMATION_FORMAT = 'keyrite.confirmation/1'

/** A share, by its custodian and the public key that it has. */
interface OfShare {
  custodian: string
  group: string
  epoch: number
  key: string
}

/** The bytes that the share signs. */
export const confirmationMessage = (partition: string, { custodian, group, epoch, key }: OfShare): Uint8Array =>
  pae(
    'application/vnd.keyrite.confirmation+json',
    utf8(canonical({ format: CONFIRMATION_FORMAT, partition, group, epoch, custodian, key })),
  )

/** The shares of a set. */
export const sharesOf = ({ name, epoch, custodians }: Group): OfShare[] =>
  custodians.map((custodian) => ({ custodian: custodian.name, group: name, epoch, key: custodian.key }))
