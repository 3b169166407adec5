// What must be true of the other members of a partition once a crash has been recovered from, and what was missed is made right: each holds what the ledger says, under PINs of its own.
import assert from 'node:assert/strict'
import type { History } from '../../src/domain/history.ts'
import { pinsOfMember } from './pins.ts'
import type { Place } from './place.ts'
import { lookInto, type TokenObject } from './token.ts'

/** `isAsTold`: what is looked at on every token of a partition. */
export async function judgeMembers(
  place: Place,
  history: History,
  isAsTold: (objects: TokenObject[], member: string) => void,
): Promise<void> {
  const { members } = history
  for (const { name, standing } of members.live) assert.equal(standing, 'current', `the member ${name}`)
  for (const member of members.live.slice(1)) {
    const pins = await pinsOfMember(place, history, member)
    lookInto(place.folder, member.token.serial, pins, (objects) => isAsTold(objects, member.name))
  }
}

/** The serials of tokens that are a member's, or were. */
export const membersIn = ({ members }: History): string[] =>
  [...members.live, ...members.retired].map(({ token }) => token.serial)
