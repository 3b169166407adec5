// The ledger of a member that went its own way: where it left ours, and what lives on that token by it and not here.
import { unknownMember } from '../change/members/planned-members.ts'
import type { Context } from '../cli/context.ts'
import { recordCode } from '../domain/code.ts'
import { notVerified, refused } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { parseDatabaseAddress } from '../domain/ledger-place.ts'
import type { OtherLedger } from '../domain/member-plans.ts'
import { onlyThere } from '../domain/other-ledger.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { LedgerSource, Partition } from '../ledger/port.ts'
import { linked } from './linked.ts'

interface Work {
  context: Pick<Context, 'ledgers'>
  partition: Pick<Partition, 'ledger' | 'whereabouts'>
  history: History
}

/** LEDGER-AWAY, DATABASE-NAMED, and what is wrong with it. `place`: a file, or the address of the database that it lies in. */
export async function readOtherLedger(place: string, member: string, work: Work): Promise<OtherLedger> {
  if (!/^postgres(ql)?:/.test(place)) return compared(work.context.ledgers.copyAt(place), place, member, work)
  const { context, partition, history } = work
  const address = parseDatabaseAddress(place)
  const path = await partition.whereabouts.bring(address.url, history.name, recordCode(history.anchor))
  try {
    return compared(context.ledgers.copyAt(path), address.place, member, work)
  } finally {
    context.ledgers.dropFile(path)
  }
}

/** OTHER-LEDGER, MEMBER-KNOWN: whole, every rule and signature of it; of this partition, and neither older nor newer than ours. */
function compared(source: LedgerSource, file: string, member: string, { partition, history }: Work): OtherLedger {
  const there = held(source, file)
  if (there.anchor !== history.anchor) throw notVerified('OTHER-LEDGER', `${file} is the ledger of another partition`)
  const common = lastCommon({ ledger: partition.ledger, history }, source)
  if (common === there.seq)
    throw refused('OTHER-LEDGER', `${file} says nothing that this ledger does not say: it is an earlier copy of it`)
  if (common === history.seq)
    throw refused(
      'OTHER-LEDGER',
      `${file} goes on from the last record of this ledger: it is the newer one, and no member left it`,
      'take it in the place of this one',
    )
  if (!there.members.named(member)) throw unknownMember(member, there.members)
  const { floor } = history.members.named(member) ?? history.members.first
  if (common < floor.seq)
    throw refused(
      'OTHER-LEDGER',
      `${member} is known to have record ${floor.seq} of this ledger, and ${file} left it at record ${common}: it is not the ledger of that token`,
      to('which member has left', keyrite('member', 'check', '--all')),
    )
  return { common, head: { seq: there.seq, leaf: there.leaf }, keys: onlyThere(there.keys, history.keys) }
}

/** What is wrong with it is said of that place, and not of the partition's own. */
function held(source: LedgerSource, place: string): History {
  try {
    return source.audit({ checkpoints: [] }).history
  } catch (error) {
    const failure = failureFrom(error)
    if (failure.message.includes(place)) throw failure
    throw failure.with({
      message: `${place}: ${failure.message}`,
      hint:
        place === source.source
          ? keyrite('audit', 'verify', '--ledger', place)
          : 'nothing of it is believed: ask its administrator',
    })
  }
}

/** LEDGER-CHANGED: the number of the last record that both have. Ours is read to its end, which vouches for the others. */
function lastCommon(ours: Parameters<typeof linked>[0], theirs: LedgerSource): number {
  const others = theirs.records()[Symbol.iterator]()
  let common = -1
  for (const { line, leaf } of linked(ours))
    if (common === line.record.seq - 1 && others.next().value?.leaf === leaf) common++
  return common
}
