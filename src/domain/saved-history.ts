// What an index keeps of a history: its state as one text, whose digest stands in the head on the token, and by name what there is much of.
import { canonical } from './canonical.ts'
import { fromBase64url, sha256, toBase64url, utf8 } from './encoding.ts'
import { History } from './history.ts'
import { MerkleTree } from './merkle.ts'
import type { Earlier } from './places.ts'
import { isTried, wholeProfile } from './profile.ts'
import type { Shelf, Shelved } from './shelf.ts'

/** Another one with every change of what follows: a program passes over what it can't read, and replays. */
export const STATE_FORMAT = 'keyrite.state/3'

/** A ledger up to one of its records. */
export interface Told {
  history: History
  tree: MerkleTree
}

export const SHELVES = ['keys', 'nonces', 'pairs', 'versions'] as const
export type ShelfName = (typeof SHELVES)[number]

export const shelvesOf = ({ keys, parts }: History): Readonly<Record<ShelfName, Shelf<unknown>>> => ({
  ...keys.shelves,
  nonces: parts().plans.nonces,
})

export function stateOf({ history, tree }: Told) {
  const { anchor, auditKeys, created, leaf, name, partition, retired, seq, time } = history
  const { accepted, leaves, module, token, profile } = history.members.first
  const { backups, intents, plans, signers } = history.parts()
  return {
    accepted,
    anchor,
    applications: history.applications.saved,
    auditKeys,
    backups: backups.saved,
    ceremonies: history.ceremonies.saved,
    conducted: history.conducted.saved,
    created,
    custody: history.custody.saved,
    earlierTokens: history.earlierTokens.map((one) => ({ ...one, notRestored: [...one.notRestored] })),
    format: STATE_FORMAT,
    leaf,
    leaves,
    living: history.keys.living,
    members: history.members.saved,
    module,
    name,
    open: intents.all.map(({ leaf }) => leaf),
    partition,
    plans: plans.saved,
    profile: { ...profile, types: triedOf(profile) },
    requests: history.requests.saved,
    retired,
    rosters: history.rosters.saved,
    seq,
    shelves: Object.fromEntries(Object.entries(shelvesOf(history)).map(([name, shelf]) => [name, digestOf(shelf)])),
    signers: signers.saved,
    stations: history.stations.saved,
    time,
    token,
    tree: tree.roots.map(toBase64url),
    // A ledger in a file says nothing of that.
    ...(history.waited.saved && { waited: history.waited.saved }),
  }
}

type State = ReturnType<typeof stateOf>

/** Of types that came later nothing was tried on a token that was taken before. */
const triedOf = (profile: History['profile']) =>
  Object.fromEntries(Object.entries(profile.types).filter(([type]) => isTried(profile, type as 'aes-256')))

/** `digest`: of the hashes of its pages, base64url. */
const digestOf = (shelf: Shelf<unknown>) => ({ digest: toBase64url(sha256(shelf.hashes())), size: shelf.size })

/** Canonical JSON. */
export const stateText = (told: Told): string => canonical(stateOf(told))

/** What the head on the token says of it: base64url of 32 bytes. */
export const stateDigest = (text: string): string => toBase64url(sha256(utf8(text)))

/** Nothing is kept of a ledger in the middle of a change. */
export const isAtRest = ({ parts }: History): boolean => parts().intents.unfinished === undefined

/**
 * A history from its state, undefined where the text is of another format. What it says is not checked: that is the digest's business.
 * `shelved`: gives what lies on a shelf whose hashes have this digest.
 */
export function restored(
  text: string,
  shelved: (name: ShelfName, told: { digest: string; size: number }) => Shelved,
  earlier: Earlier,
): Told | undefined {
  const state = JSON.parse(text) as State
  if (state.format !== STATE_FORMAT || state.open.length > 0) return undefined
  const history = new History()
  const { anchor, auditKeys, created, leaf, name, partition, retired, seq, time } = state
  Object.assign(history, { anchor, created, leaf, name, partition, retired, seq, time })
  history.auditKeys.push(...auditKeys)
  history.earlierTokens.push(...state.earlierTokens.map((one) => ({ ...one, notRestored: new Set(one.notRestored) })))
  restoreParts(history, state, earlier)
  const shelves = shelvesOf(history)
  for (const name of SHELVES) shelves[name].shelve(shelved(name, state.shelves[name]!))
  return { history, tree: MerkleTree.of(seq + 1, state.tree.map(fromBase64url)) }
}

function restoreParts(history: History, state: State, earlier: Earlier): void {
  const { backups, plans, signers } = history.parts()
  history.applications.restore(state.applications)
  backups.restore(state.backups)
  history.ceremonies.restore(state.ceremonies)
  history.conducted.restore(state.conducted)
  history.custody.restore(state.custody, state.seq + 1, earlier)
  history.keys.restore(state.living)
  restoreMembers(history, state)
  plans.restore(state.plans)
  history.requests.restore(state.requests)
  history.rosters.restore(state.rosters)
  signers.restore(state.signers)
  history.stations.restore(state.stations)
  history.waited.restore(state.waited)
}

/** Of a partition that never had several what its one member is stands by itself. */
function restoreMembers({ members }: History, state: State): void {
  const { accepted, auditKeys, leaf, leaves, module, seq, signers, token } = state
  const auditKey = auditKeys.at(-1)!
  const profile = wholeProfile(state.profile as History['profile'])
  const since = signers.all.at(-1)!.seq
  members.restore(state.members, { accepted, auditKey, floor: { leaf, seq }, leaves, module, profile, since, token })
}
