// Replacements of custodians that are crashed, and what finishes them: whatever was sent, the new shares open everything in the end.
import assert from 'node:assert/strict'
import type { History } from '../../src/domain/history.ts'
import { backUp, keys, loseToken, restore } from './beginnings.ts'
import { again, type Operation, on, sampled } from './operation.ts'
import { type GroupFlags, ONE_GROUP, type Place, TWO_GROUPS } from './place.ts'
import { Prepared } from './prepared.ts'

const stage = (place: Place, group: string): string[] => [
  ...['quorum', 'stage', '--group', group, '--shares-dir', place.shares, '--unsafe-plain-shares'],
  ...place.approvedBy(group === 'operators' ? 'user' : 'all'),
]

const historyOf = (place: Place): History => place.history!

/** M of the old set, M of the new one, and M of those who hold `user`. */
const replace = (place: Place): string[] => {
  const history = historyOf(place)
  const { leaf, plan } = history.rosters.stage!
  const { group } = plan
  const needs = history.needsOf({ op: 'quorum.replace', group, stage: leaf })
  const how = ['--copy', place.out, '--confirm', group.name, '--accept', 'unbacked']
  return ['quorum', 'replace', ...how, ...place.sharesFor(needs, history)]
}

const recover = (place: Place): string[] => place.recover()

const staged = (group: string, groups = ONE_GROUP): Prepared =>
  new Prepared((place) => [...keys(place), backUp(place), stage(place, group)], { groups })

/** At most one wrong try of a role in a row, in a run; and what was only begun can be begun again. */
function watched(operation: Operation): Operation {
  return {
    ...operation,
    async prepare(turn) {
      const place = await operation.prepare(turn)
      place.wrongTries = []
      return place
    },
    async check(history, place) {
      assert.ok(
        place.wrongTries!.every((count) => count <= 1),
        `wrong tries: ${place.wrongTries}`,
      )
      if (!history.rosters.stage) return
      const { code, stderr } = await place.keyrite(replace(place))
      assert.equal(code, 0, stderr)
    },
  }
}

const together = watched(on(staged('custodians'), 'quorum-replace', replace))
const ofUser = watched(on(staged('operators', TWO_GROUPS), 'quorum-replace-user', replace))
const ofSo = watched(on(staged('officers', TWO_GROUPS), 'quorum-replace-so', replace))

/** The shares of a group are lost: officers, and everyone new, approve. */
const takeOver =
  (name: string) =>
  (place: Place): string[] => {
    const history = historyOf(place)
    const group = history.groups.find((one) => one.name === name)!
    const [officers] = history.needsOf({ op: 'quorum.replace', group, lost: true })
    const how = ['--shares-dir', place.shares, '--unsafe-plain-shares', '--copy', place.out, '--confirm', group.name]
    return ['quorum', 'replace', '--lost', ...how, '--accept', 'unbacked', ...place.sharesFor([officers!], history)]
  }

/** The ledger is on the disk: the second time in a restore it has the record that lets the token in. */
const LEDGER = /^f(data)?sync .*ledger\.jsonl$/

const begun = again('', together, /C_SetPIN/, recover)

/** The token is lost in the midst of it. */
const restored: Operation = {
  ...together,
  name: 'quorum-replace-restore',
  async prepare(turn) {
    const place = await begun.prepare(turn)
    loseToken(place)
    return place
  },
  args: restore,
}

/** Of the backups' secret nothing is on the token. */
const RECOVERY_APART: readonly GroupFlags[] = [
  {
    name: 'officers',
    flags: ['--group', 'officers:so,user:2:alice,bob,carol'],
    threshold: 2,
    custodians: ['alice', 'bob', 'carol'],
    holdsUser: true,
  },
  {
    name: 'keepers',
    flags: ['--group', 'keepers:recovery:2:dave,erin,frank'],
    threshold: 2,
    custodians: ['dave', 'erin', 'frank'],
    holdsUser: false,
  },
]

/** Where nothing came of it, new shares may lie about that the next one clears away. */
const untilTakenOver = (first: Operation): Operation => ({
  ...first,
  afterwards: async (place) => (historyOf(place).rosters.takeovers.length > 0 ? undefined : first.args(place)),
})

const takingOver = (title: string, groups: readonly GroupFlags[], group: string): Operation =>
  watched(
    untilTakenOver(on(new Prepared((place) => [...keys(place), backUp(place)], { groups }), title, takeOver(group))),
  )

const ofLost = takingOver('quorum-replace-lost', TWO_GROUPS, 'operators')
const ofLostKeepers = takingOver('quorum-replace-lost-keepers', RECOVERY_APART, 'keepers')

/** The new shares of one that was cut off are lost too: where the next was cut off before it began, it is begun again. */
const ofLostAgain = untilTakenOver(
  sampled(again('quorum-replace-lost-again', ofUser, /C_SetPIN/, takeOver('operators'))),
)

/** Those with so are in the midst of a replacement of their own: in the end that one is finished too. */
const ofLostOverSo = untilTakenOver(again('quorum-replace-lost-over-so', ofSo, /C_SetPIN/, takeOver('operators')))

const restoring = on(
  new Prepared((place) => [...keys(place), backUp(place)], { groups: TWO_GROUPS, lastly: loseToken }),
  '',
  restore,
)

/** A restore was cut off when it had let its token in, and before that had a head. */
const ofLostOverRestore: Operation = {
  ...untilTakenOver(again('quorum-replace-lost-over-restore', restoring, LEDGER, takeOver('operators'), 1)),
  restores: restore,
}

export const REPLACEMENT_OPERATIONS: readonly Operation[] = [
  together,
  ofUser,
  ofSo,
  again('quorum-replace-recover', together, /C_SetPIN/, recover),
  again('quorum-replace-recover-announced', together, /C_SetPIN/, recover, 0),
  restored,
  ofLost,
  again('quorum-replace-lost-recover', ofLost, /C_InitPIN/, recover),
  ofLostAgain,
  sampled(ofLostKeepers),
  ofLostOverSo,
  again('quorum-replace-lost-over-so-recover', ofLostOverSo, /C_InitPIN/, recover),
  ofLostOverRestore,
  sampled(again('quorum-replace-lost-over-restore-recover', ofLostOverRestore, /C_InitPIN/, recover)),
]
