// Whose a share or a token is that this partition doesn't know: the other partitions of the same home may.
import type { Elsewhere } from '../change/share-intake.ts'
import type { Context, Globals } from '../cli/context.ts'
import { refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { escaped } from '../domain/names.ts'
import { seatOf } from '../domain/roster.ts'
import { tokenName } from '../domain/token-address.ts'
import type { Ledgers, Partition } from '../ledger/port.ts'

export const seatElsewhere =
  (home: string, own: string, ledgers: Pick<Ledgers, 'partitions'>) =>
  (key: string): Elsewhere | undefined => {
    for (const other of ledgers.partitions(home)) {
      if (other.name === own) continue
      try {
        const seat = seatOf(key, other.openLedger().history.groups)
        if (seat) return { ...seat, partition: other.name }
      } catch {
        // A partition that can't be read knows nobody.
      }
    }
    return undefined
  }

/** The other partition that has this token now. `token`: its serial, or SERIAL:LABEL. */
export const ownerElsewhere = (
  home: string,
  own: string,
  token: string,
  ledgers: Pick<Ledgers, 'partitions'>,
): Partition | undefined =>
  ledgers.partitions(home).find((other) => other.name !== own && other.hasLedger && tokensOf(other).includes(token))

/** Its own, those of all its members, and those of its applications. None where it was retired, or its ledger can't be read: then nobody has its shares here. */
function tokensOf(partition: Partition): string[] {
  try {
    const { members, applications, retired } = partition.openLedger().history
    return retired ? [] : [...members.live, ...applications.live].map(({ token }) => tokenName(token))
  } catch {
    return []
  }
}

/** TOKEN-THERE: a token that is in use here is not taken for an application, but for the one that has it. `token`: by its name. */
export function checkNobodys(
  token: string,
  {
    partition,
    history,
    globals,
    context,
  }: { partition: Partition; history: History; globals: Globals; context: Context },
  application?: string,
): void {
  const there = `the token ${escaped(token)} is that of`
  if (history.members.live.some((member) => tokenName(member.token) === token))
    throw refused('TOKEN-THERE', `${there} this partition, ${history.name}`, keyrite('partition', 'show'))
  const app = history.applications.live.find((one) => one.name !== application && tokenName(one.token) === token)
  if (app) throw refused('TOKEN-THERE', `${there} the application ${app.name}`, keyrite('app', 'show', app.name))
  const owner = ownerElsewhere(globals.home, partition.name, token, context.ledgers)
  if (!owner) return
  const hint = keyrite('--partition', owner.name, 'partition', 'show')
  throw refused('TOKEN-THERE', `${there} partition ${owner.name}, or of an application of it`, hint)
}
