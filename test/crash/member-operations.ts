// The changes of a partition with two members that are crashed, at every call on both of them; and one that brings the second, or makes it right.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { History } from '../../src/domain/history.ts'
import { testModule } from '../support/module.ts'
import { askForKey, destroy, keys, retire, WHY } from './beginnings.ts'
import { bringSent, isUsed, withdraw } from './inward-operations.ts'
import { again, type Operation, on, sampled, states } from './operation.ts'
import type { Place } from './place.ts'
import { Prepared, type Step } from './prepared.ts'
import { tokenSerials } from './token.ts'

const add = (place: Place, ...more: string[]): string[] =>
  place.changing('member', 'add', 'site-b', '--module', testModule(), ...more)

const withTwo = (place: Place): Step[] => [...keys(place), add(place)]
const twoMembers = new Prepared(withTwo)

const resting = (place: Place): string[] => place.changing('key', 'deactivate', 'old', ...WHY)
const twoResting = new Prepared((place) => [...withTwo(place), resting(place)])

const away = ['--absent', 'site-b', '--no-checkpoint']
/** It has missed a key that came, one that went, and a usage. */
const twoApart = new Prepared((place) => [
  ...withTwo(place),
  place.generate('paused'),
  resting(place),
  place.changing('key', 'destroy', 'old#1', '--confirm', 'old#1', ...away),
  place.generate('late', ...away),
  place.changing('key', 'suspend', 'paused', ...WHY, ...away),
])

const importing = (place: Place): string[] => {
  const file = join(place.out, 'new.jwk')
  writeFileSync(file, JSON.stringify({ kty: 'oct', k: Buffer.alloc(16, 7).toString('base64url').replace('B', 'C') }), {
    mode: 0o600,
  })
  const how = ['--in', file, '--type', 'aes-128', '--accept', 'clear-on-host']
  return place.changing('key', 'import', 'new', ...how)
}

/** The second asked for a key while the first was away: what opens it is on the second alone. */
const twoAwaiting = new Prepared((place) => [
  ...withTwo(place),
  [...askForKey(place), '--absent', 'first', '--no-checkpoint'],
])

/** What became of nothing is typed once more: a token that was left in the midst of it is taken again, or, where it can't be erased any more, a blank one. */
const addedAfterAll = async (place: Place): Promise<string[] | undefined> => {
  const { members } = place.history!
  if (members.areSeveral) return undefined
  const [left] = tokenSerials(place.folder).filter((serial) => serial !== members.first.token.serial)
  if (left === undefined) return add(place)
  const { code, json } = await place.keyrite(add(place, '--erase-token', left, '--confirm', 'site-b'))
  if (code === 0) return undefined
  assert.match(json.error.hint, /^try again; where it stays so, take another token, of those in: keyrite token list /)
  return add(place)
}

/** The module says that it can't be erased: that is for whoever looks after it. */
const staysBroken = ({ trail }: Place): void =>
  assert.ok(trail.some((run) => run.includes(`--erase-token`) && run.includes('C_InitToken: CKR_DEVICE_ERROR')))

const isThere = ({ members }: History): void => assert.equal(members.live.length, 2)

const adding: Operation = {
  ...on(new Prepared(keys), 'member-add', (place) => add(place), isThere),
  afterwards: addedAfterAll,
  unclaimed: staysBroken,
}
const rotation = on(twoMembers, 'members-rotate', (place) => place.changing('key', 'rotate', 'kept'))
const destruction = on(twoResting, 'members-destroy', destroy, states('old', 1, 'deactivated', 'destroyed'))
const syncing = on(
  twoApart,
  'member-sync',
  (place) => place.changing('member', 'sync', 'site-b'),
  states('old', 1, 'destroyed'),
)

const sent = on(twoAwaiting, 'members-import-sent', bringSent, isUsed)

/** Each key is destroyed, and each token erased. */
function isOver({ retired, keys }: History): void {
  if (!retired) return
  for (const { name, state } of keys) assert.equal(state, 'destroyed', name)
  assert.deepEqual(
    retired.members?.map(({ token }) => token),
    ['erased', 'erased'],
  )
}
const { kept: _gone, ...retiring } = on(twoMembers, 'members-retire', retire, isOver)

export const MEMBER_OPERATIONS: readonly Operation[] = [
  adding,
  on(twoMembers, 'members-generate', (place) => place.generate('new', '--type', 'ec-p256')),
  rotation,
  sampled(again('members-rotate-recover', rotation, /^C_UnwrapKey/, (place) => place.recover())),
  destruction,
  sampled(again('members-destroy-recover', destruction, /^C_DestroyObject/, (place) => place.recover(), 4)),
  syncing,
  sampled(again('member-sync-again', syncing, /^C_UnwrapKey/, (place) => place.recover())),
  sampled(on(twoMembers, 'members-import', importing)),
  sampled(on(twoMembers, 'members-import-request', askForKey)),
  sent,
  sampled(again('members-import-sent-recover', sent, /^C_UnwrapKey/, (place) => place.recover())),
  sampled(on(twoAwaiting, 'members-import-cancel', withdraw)),
  retiring,
  sampled(again('members-retire-recover', retiring, /^C_InitToken/, (place) => place.recover())),
  sampled(on(twoMembers, 'members-publish', (place) => place.changing('key', 'publish', 'kept'))),
]
