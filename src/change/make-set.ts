// A new set of a group's shares, made of a new secret, which is forgotten once every subset of M shares has given it back.
import { toBase64url } from '../domain/encoding.ts'
import type { Group, GroupRole } from '../domain/shapes.ts'
import type { Share, ShareMaking } from '../quorum/port.ts'
import type { HostSources } from './ports.ts'

/** Who is to hold a set of shares, and how many of them must agree. */
export interface SetRequest {
  name: string
  roles: GroupRole[]
  threshold: number
  custodians: string[]
  epoch: number
}

/** A new share and its custodian, before it is handed out. */
export interface NewShare {
  group: Group
  custodian: string
  share: Share
}

interface Making {
  partition: string
  sources: Pick<HostSources, 'random'>
  quorum: ShareMaking
  /** Random bytes of the token. */
  tokenRandom(length: number): Promise<Uint8Array>
}

/** Neither the token nor the host decides the secret alone. `tried`: so many subsets. */
export async function makeSet(
  { name, roles, threshold, custodians, epoch }: SetRequest,
  { partition, sources, quorum, tokenRandom }: Making,
): Promise<{ group: Group; shares: NewShare[]; tried: number }> {
  using secret = quorum.groupSecret(await tokenRandom(32), sources.random(32))
  const made = await quorum.makeShares(secret, custodians.length, threshold)
  const tried = await quorum.verifySubsets(made, threshold, secret)
  const group: Group = {
    name: name as Group['name'],
    roles,
    threshold,
    epoch,
    check: toBase64url(quorum.checkValue(secret, partition)),
    custodians: custodians.map((custodian, i) => ({ name: custodian, key: toBase64url(made[i]!.key) })),
  }
  return { group, shares: custodians.map((custodian, i) => ({ group, custodian, share: made[i]! })), tried }
}
