// Shares for what needs no plan: by flags or at the terminal, each told at once what is wrong with it, and wiped when it has signed.
import { foreign } from '../change/share-intake.ts'
import type { Globals } from '../cli/context.ts'
import type { ShareOptions } from '../cli/options.ts'
import { toBase64url } from '../domain/encoding.ts'
import { KeyriteError, refused, usage } from '../domain/errors.ts'
import { add, keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { type Seat, seatOf } from '../domain/roster.ts'
import type { Group } from '../domain/shapes.ts'
import type { Share } from '../quorum/port.ts'
import { checkPassphraseNames } from './check-issue.ts'
import { inTime } from './in-time.ts'
import { custodyIn, warnOfCustody } from './known-shares.ts'
import { seatElsewhere } from './other-partitions.ts'
import { type EntryPorts, isTheEnd, naming, ShareEntry, turningAway } from './share-entry.ts'
import type { StationSession } from './station-session.ts'

interface Wanted {
  /** Of whom a share may be; passphrases are given by their names. */
  groups: readonly Group[]
  /** Takes a share in, or throws what is wrong with it. Gives what is said. */
  take(share: Share): string
  /** Who is asked next; nothing once there are enough. */
  next(): { who: string; someone: string } | undefined
  /** What nobody is there to be asked for. */
  tooFew(): KeyriteError
  /** PLAN-EXPIRED: asked before a share is opened. */
  before?(): void
}

/** INPUT-MISSING: one is enough. */
export const oneAtLeast = (isThere: () => boolean, someone: string): Pick<Wanted, 'next' | 'tooFew'> => ({
  next: () => (isThere() ? undefined : { who: 'custodian', someone }),
  tooFew: () => usage('no share is given', add('--share', 'FILE'), 'INPUT-MISSING'),
})

export const presentShares = (options: ShareOptions, wanted: Wanted, ports: EntryPorts): Promise<void> =>
  inTime(wanted.before ?? (() => {}), ports.terminal, () => present(options, wanted, ports))

async function present(options: ShareOptions, wanted: Wanted, ports: EntryPorts): Promise<void> {
  const { quorum, terminal } = ports
  const turnAway = turningAway(terminal)
  const entry = new ShareEntry(options, ports, { turnAway, mayGiveUp: true, before: wanted.before })
  const take = (share: Share) => {
    using taken = share
    terminal.say(`  ${wanted.take(taken)}`)
  }
  const give = async (source: string, open: () => Promise<Share>) => {
    try {
      take(await open())
    } catch (error) {
      throw naming(source, error)
    }
  }
  checkPassphraseNames(options, wanted.groups)
  terminal.hush()
  for (const path of options.share) await give(path, async () => (await entry.open(path)).share)
  const { shareFd } = options
  if (shareFd !== undefined)
    for (const [i, line] of (await quorum.readShareFd(shareFd)).entries())
      await give(`line ${i + 1} of --share-fd ${shareFd}`, async () => quorum.parseShare(line))
  for (let asked = wanted.next(); asked; asked = wanted.next()) {
    if (!terminal.interactive) throw wanted.tooFew()
    try {
      take((await entry.ask(asked.who, asked.someone)).share)
    } catch (error) {
      if (!(error instanceof KeyriteError) || isTheEnd(error)) throw error
      await turnAway(error)
    }
  }
}

/** SHARE-RETIRED, SHARE-STAGED: a share of this partition that is none of today's. */
export function checkOfToday(key: string, { rosters, groups }: History): void {
  const found = rosters.seatOfAny(key)
  if (!found || found.standing === 'in force') return
  const { custodian, group, standing } = found
  const mine = `this share is ${custodian.name}'s of ${group.name}, epoch ${group.epoch}`
  const hint = keyrite('quorum', 'show', ...(standing === 'staged' ? [] : ['--former']))
  if (standing === 'staged')
    throw refused('SHARE-STAGED', `${mine}, which is staged: it counts once it takes over`, hint)
  const now = groups.find(({ name }) => name === group.name)!.epoch
  throw refused('SHARE-RETIRED', `${mine}, and those of epoch ${now} count today`, hint)
}

/** SHARE-FOREIGN, SHARE-RETIRED, SHARE-STAGED: whose share it is. */
export function seatIn(
  share: Share,
  { history, partition, context, terminal }: StationSession,
  { home }: Globals,
): Seat {
  const key = toBase64url(share.key)
  const seat = seatOf(key, history.groups)
  if (seat) {
    warnOfCustody(seat, custodyIn(history), terminal)
    return seat
  }
  checkOfToday(key, history)
  throw foreign(seatElsewhere(home, partition.name, context.ledgers)(key))
}
