// The sets of a ledger, as credentials ask for them.
import type { History } from '../domain/history.ts'
import type { Group } from '../domain/shapes.ts'
import type { KnownSets } from './credentials.ts'

/** `fresh`: a set that no record tells of yet. */
export const knownSets = (history: Pick<History, 'groups' | 'rosters' | 'members'>, fresh?: Group): KnownSets => ({
  get groups() {
    return history.groups
  },
  get member() {
    return history.members.acting.id
  },
  get pins() {
    return history.rosters.pinsOf(history.members.acting.token.serial) ?? {}
  },
  setOf: (set) => (fresh?.name === set.group && fresh.epoch === set.epoch ? fresh : history.rosters.setOf(set)?.group),
  bridgesDown: (...way) => history.rosters.bridgesDown(...way),
  lostBy: (set) => history.rosters.lostBy(set),
})
