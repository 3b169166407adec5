// The PINs of a token, from M share files of each group: whoever brings them can always log in.

import { toBase32 as base32 } from '../../src/domain/encoding.ts'
import type { History } from '../../src/domain/history.ts'
import { holderOf, seatOf } from '../../src/domain/roster.ts'
import type { Group } from '../../src/domain/shapes.ts'
import type { Share } from '../../src/quorum/port.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import type { Place } from './place.ts'
import type { Pins } from './token.ts'

export async function pinsFor(place: Place, history: History): Promise<Pins> {
  const shares = [...place.shareTexts().values()].map(shareIn)
  const pinOf = async (role: 'so' | 'user') => {
    const group = holderOf(role, history.groups)
    const secret = await quorum.combineShares(someOf(group, shares, place.turn + 1))
    return base32(quorum.derivedPin(secret, history.partition, role).reveal())
  }
  return { so: await pinOf('so'), user: await pinOf('user') }
}

const shareIn = (text: string): Share => quorum.parseShare(text.split('\n').find((line) => line.startsWith('krs1'))!)

/** M shares of the group, beginning with another one each turn. */
function someOf(group: Group, shares: readonly Share[], turn: number): Share[] {
  const held = shares.filter((share) => seatOf(Buffer.from(share.key).toString('base64url'), [group]))
  return Array.from({ length: group.threshold }, (_, i) => held[(turn + i) % held.length]!)
}
