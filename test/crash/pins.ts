// The PINs of a token, from M share files of each group: whoever brings them can always log in.

import { toBase32 as base32 } from '../../src/domain/encoding.ts'
import type { History } from '../../src/domain/history.ts'
import type { KnownApplication } from '../../src/domain/known-application.ts'
import type { KnownMember } from '../../src/domain/known-member.ts'
import { holderOf, seatOf } from '../../src/domain/roster.ts'
import type { Secret } from '../../src/domain/secret.ts'
import type { Group } from '../../src/domain/shapes.ts'
import type { Share } from '../../src/quorum/port.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import type { Place } from './place.ts'
import type { Pins } from './token.ts'

/** The role's PIN is of this set. */
type Holders = Readonly<Record<'so' | 'user', { group: string; epoch: number }>>

export const pinsFor = (place: Place, history: History): Promise<Pins> =>
  pinsBy(place, history, holdersOf(history.token, history), (secret, role) =>
    quorum.derivedPin(secret, history.partition, role),
  )

/** The same of a member that has an id. */
export const pinsOfMember = (place: Place, history: History, { id, token }: KnownMember): Promise<Pins> =>
  pinsBy(place, history, holdersOf(token, history), (secret, role) =>
    quorum.memberPin(secret, history.partition, role, id!),
  )

function holdersOf({ serial }: { serial: string }, { rosters, groups }: History): Holders {
  const { so, user } = rosters.pinsOf(serial)!
  return {
    so: { group: holderOf('so', groups).name, epoch: so },
    user: { group: holderOf('user', groups).name, epoch: user },
  }
}

/** The same of the token of an application whose PIN follows from the shares. */
export const pinsOfApplication = (place: Place, history: History, { id, pin }: Wanted): Promise<Pins> => {
  const today = (role: 'so' | 'user') => {
    const { name: group, epoch } = holderOf(role, history.groups)
    return { group, epoch }
  }
  const { generation, so, user } =
    pin.kind === 'derived' ? pin : { generation: 1, so: today('so'), user: today('user') }
  return pinsBy(place, history, { so, user }, (secret, role) =>
    quorum.applicationPin(secret, history.partition, { role, id, generation }),
  )
}

type Wanted = Pick<KnownApplication, 'id' | 'pin'>

async function pinsBy(
  place: Place,
  { rosters }: History,
  holders: Holders,
  derived: (secret: Secret, role: 'so' | 'user') => Secret,
): Promise<Pins> {
  const shares = [...place.shareTexts().values()].map(shareIn)
  const pinOf = async (role: 'so' | 'user') => {
    const { group } = rosters.setOf(holders[role])!
    const secret = await quorum.combineShares(someOf(group, shares, place.turn + 1))
    return base32(derived(secret, role).reveal())
  }
  return { so: await pinOf('so'), user: await pinOf('user') }
}

const shareIn = (text: string): Share => quorum.parseShare(text.split('\n').find((line) => line.startsWith('krs1'))!)

/** M shares of the group, beginning with another one each turn. */
function someOf(group: Group, shares: readonly Share[], turn: number): Share[] {
  const held = shares.filter((share) => seatOf(Buffer.from(share.key).toString('base64url'), [group]))
  return Array.from({ length: group.threshold }, (_, i) => held[(turn + i) % held.length]!)
}
