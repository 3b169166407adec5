// What stands out among changes: those that did not go as planned, those that an approver had asked for, and those that were refused.
import { isInPeriod, isStatement, type Source } from './rows.ts'
import type { ReportFinding } from './shape.ts'
import type { Told } from './told.ts'

/** Of those in the period. */
export function changeFindings(all: readonly Told[], { asked }: Source): ReportFinding[] {
  const changes = all.filter((told) => !isStatement(told) && isInPeriod(asked, told))
  return [...unended(changes), ...selfAsked(changes), ...refusals(changes)]
}

function unended(changes: readonly Told[]): ReportFinding[] {
  const those = changes.filter(({ end }) =>
    ['failed', 'partial', 'found not done', 'found partial'].includes(end?.result ?? ''),
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
