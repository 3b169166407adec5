// Partitions as somebody sees them who watches over them, from their ledgers alone; one that can't be read is told of like the others.
import { judgedInForce } from '../change/judged-manifest.ts'
import { openIntent } from '../change/open-intent.ts'
import { type Context, choosePartition, type Globals } from '../cli/context.ts'
import type { SourceOptions } from '../cli/options.ts'
import { checkpointSize } from '../domain/checkpoint-size.ts'
import { bracketed, EXIT, KeyriteError, usage } from '../domain/errors.ts'
import { add, addressed, type Hint, keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { Partition } from '../ledger/port.ts'
import { surveyOf } from '../views/attention.ts'
import { type Finding, findingsOf } from '../views/monitor/findings.ts'
import type { Watched } from '../views/monitor/metrics.ts'
import { withoutOutcome } from '../views/words.ts'
import { workIn } from './at-work.ts'
import { uncopied } from './ledger-copy.ts'
import { auditSource } from './ledger-source.ts'
import { olderCopy } from './older-copy.ts'
import { openCeremony } from './open-ceremony.ts'
import { blockedBy, unfinishedError } from './pending-change.ts'

export interface Seen extends Watched {
  /** Why its ledger can't be relied on. */
  failure?: KeyriteError
}

/** The copy that is named; else the partition that is named, or all of the home. PARTITION-KNOWN: there is none. */
export function watchedAt(options: SourceOptions, globals: Globals, context: Context): Seen[] {
  if (options.ledger !== undefined) return [seenIn(options, globals, context)]
  const all = globals.partition === undefined ? context.ledgers.partitions(globals.home) : []
  const those = all.length > 0 ? all : [choosePartition(globals, context)]
  if (those.length === 1) return [seen(those[0]!, options, globals, context)]
  if (isHeldAgainst(options)) throw usage('an anchor or a checkpoint is of one partition', add('--partition', 'NAME'))
  return those.map((one) => among(seen(one, options, globals, context)))
}

const isHeldAgainst = ({ anchor, checkpoint }: SourceOptions): boolean => anchor !== undefined || checkpoint.length > 0

/** What is hinted at says which of several partitions is meant. */
const among = (one: Seen): Seen => ({
  ...one,
  findings: one.findings.map(({ hint, ...finding }) => ({
    ...finding,
    ...(hint === undefined ? {} : { hint: addressed(hint, { partition: one.name }) }),
  })),
})

/** A copy, held against every rule, the anchor and the checkpoints. */
function seenIn(options: SourceOptions, globals: Globals, context: Context): Seen {
  try {
    const { history, ledger } = auditSource(options, globals, context)
    const { findings, ...more } = judgedBy(history, context)
    const own = [...openFinding(history), ...ceremonyFinding(history, ledger, undefined, context)]
    return { name: history.name, history, ...more, findings: [...own, ...findings] }
  } catch (error) {
    return broken(globals.partition ?? 'ledger', error)
  }
}

function seen(partition: Partition, options: SourceOptions, globals: Globals, context: Context): Seen {
  const { name } = partition
  try {
    const pending = blockedBy(partition, globals.home, context)
    if (pending) return broken(name, unfinishedError(partition, pending, globals.home, context))
    if (isHeldAgainst(options)) auditSource(options, { ...globals, partition: name }, context)
    const atWork = workIn(partition)
    const { history, tree, torn } = partition.openLedger('newest')
    const older = olderCopy(partition, tree.size)
    if (older) return broken(name, older)
    const { findings: found, ...more } = judgedBy(history, context)
    const findings = [
      ...(atWork() ? [] : [...tornFinding(torn), ...openFinding(history), ...uncopiedFinding(history, partition)]),
      ...ceremonyFinding(history, partition.ledger, { home: globals.home, partition: name }, context),
      ...found,
    ]
    const note = partition.checkpoint()
    return { name, history, ...more, findings, ...(note === undefined ? {} : { covered: checkpointSize(note) }) }
  } catch (error) {
    return broken(name, error)
  }
}

function judgedBy(history: History, { sources }: Context): Pick<Seen, 'judged' | 'survey' | 'findings'> {
  const now = sources.clock()
  const survey = surveyOf(history, now)
  const judged = history.retired ? undefined : judgedInForce(history, () => now)
  return { judged, survey, findings: findingsOf(history, now, judged, survey) }
}

/** What is no failure of ours to foresee is one of the whole command. */
function broken(name: string, error: unknown): Seen {
  if (!(error instanceof KeyriteError) || error.exit === EXIT.usage) throw error
  return unseen(name, error)
}

/** Nothing of it can be told but that. */
export function unseen(name: string, error: KeyriteError): Seen {
  const { code, message, hint } = error
  const finding: Finding = {
    check: 'ledger',
    severity: 'critical',
    message: `${message} ${bracketed(code)}`,
    hint: hint ?? keyrite('audit', 'verify'),
  }
  return { name, findings: [finding], failure: error }
}

const warningOf = (check: string, message: string, hint: Hint): Finding => ({
  check,
  severity: 'warning',
  message,
  hint,
})

const tornFinding = (torn: boolean): Finding[] =>
  torn ? [warningOf('ledger', 'a crash left a torn line at the end of the ledger', keyrite('partition', 'check'))] : []

function openFinding(history: History): Finding[] {
  const open = openIntent(history)
  return open
    ? [{ check: 'change', severity: 'critical', ...withoutOutcome({ op: open.plan.op, seq: open.seq }, {}) }]
    : []
}

function ceremonyFinding(...given: Parameters<typeof openCeremony>): Finding[] {
  const found = openCeremony(...given)
  if (!found) return []
  const { message, hint, isBroken } = found
  return [{ check: 'ceremony', severity: isBroken ? 'critical' : 'warning', message, hint }]
}

function uncopiedFinding(history: History, partition: Partition): Finding[] {
  const found = uncopied(history, partition)
  return found ? [warningOf('ledger', found.message, found.hint)] : []
}
