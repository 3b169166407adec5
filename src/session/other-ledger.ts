// The ledger of a member that went its own way: where it left ours, and what lives on that token by it and not here.
import { unknownMember } from '../change/members/planned-members.ts'
import type { Context } from '../cli/context.ts'
import { notVerified, refused } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { OtherLedger } from '../domain/member-plans.ts'
import { onlyThere } from '../domain/other-ledger.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { LedgerSource, Partition } from '../ledger/port.ts'

interface Work {
  context: Pick<Context, 'ledgers'>
  partition: Pick<Partition, 'ledger'>
  history: History
}

/** OTHER-LEDGER, MEMBER-KNOWN: whole, every rule and signature of it; of this partition, and neither older nor newer than ours. */
export function readOtherLedger(file: string, member: string, { context, partition, history }: Work): OtherLedger {
  const source = context.ledgers.copyAt(file)
  const there = held(source, file)
  if (there.anchor !== history.anchor) throw notVerified('OTHER-LEDGER', `${file} is the ledger of another partition`)
  const common = lastCommon(partition.ledger, source)
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

/** What is wrong with it is said of that file, and not of the partition's own. */
function held(source: LedgerSource, file: string): History {
  try {
    return source.audit({ checkpoints: [] }).history
  } catch (error) {
    const failure = failureFrom(error)
    if (failure.message.includes(file)) throw failure
    throw failure.with({
      message: `${file}: ${failure.message}`,
      hint: keyrite('audit', 'verify', '--ledger', file),
    })
  }
}

/** The number of the last record that both have. */
function lastCommon(ours: LedgerSource, theirs: LedgerSource): number {
  const others = theirs.records()[Symbol.iterator]()
  let common = -1
  for (const { line, leaf } of ours.records()) {
    const { value } = others.next()
    if (value?.leaf !== leaf) break
    common = line.record.seq
  }
  return common
}
