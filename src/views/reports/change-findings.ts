// What stands out among changes: those that did not go as planned, those that an approver had asked for, and those that were refused.
import type { History } from '../../domain/history.ts'
import { differsInWords } from '../words.ts'
import { isInPeriod, isStatement, type Source } from './rows.ts'
import type { ReportFinding } from './shape.ts'
import type { Told } from './told.ts'

/** Of those in the period. */
export function changeFindings(all: readonly Told[], { asked, history }: Source): ReportFinding[] {
  const changes = all.filter((told) => !isStatement(told) && isInPeriod(asked, told))
  return [...differing(changes, history), ...unended(changes), ...selfAsked(changes), ...refusals(changes)]
}

const hasFound = ({ end }: Told): boolean => end?.error === 'TOKEN-CONTENT'

/** A check that found something was carried out. What it found stands, whenever that was, until a later one finds it right. */
function differing(changes: readonly Told[], { conducted: { differs } }: History): ReportFinding[] {
  const mended = changes.filter((told) => hasFound(told) && told.end?.seq !== differs?.seq)
  const what = mended.length === 1 ? 'one check found' : `${mended.length} checks found`
  return [
    ...(differs ? [{ severity: 'critical' as const, message: differsInWords(differs), records: [differs.seq] }] : []),
    ...(mended.length > 0
      ? [
          {
            severity: 'note' as const,
            message: `${what} the token otherwise than the ledger has it, and a later one or a restore has made that good`,
            records: mended.map(({ seq }) => seq),
          },
        ]
      : []),
  ]
}

function unended(changes: readonly Told[]): ReportFinding[] {
  const those = changes.filter(
    (told) =>
      ['failed', 'partial', 'found not done', 'found partial'].includes(told.end?.result ?? '') && !hasFound(told),
  )
  if (those.length === 0) return []
  return [
    {
      severity: 'note',
      message: `${those.length === 1 ? 'one change was' : `${those.length} changes were`} not carried out as planned`,
      records: those.map(({ seq }) => seq),
    },
  ]
}

/** Who asks for a change and approves it too. */
function selfAsked(changes: readonly Told[]): ReportFinding[] {
  const those = changes.filter(({ said, signed }) => signed.some(({ custodian }) => custodian === said.requestedBy))
  if (those.length === 0) return []
  return [
    {
      severity: 'note',
      message: 'changes that one of the approvers had asked for, as was said',
      records: those.map(({ seq }) => seq),
    },
  ]
}

function refusals(changes: readonly Told[]): ReportFinding[] {
  const denied = changes.filter((told) => told.denied !== undefined)
  if (denied.length === 0) return []
  const message = `${denied.length === 1 ? 'one attempt was' : `${denied.length} attempts were`} refused`
  return [{ severity: 'note', message, ...(denied.length > FEW ? {} : { records: denied.map(({ seq }) => seq) }) }]
}

/** Of more than these the table of changes has the numbers. */
const FEW = 20
