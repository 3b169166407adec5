// What the manifest in force asks people to do again and again, and what is overdue of it.
import type { DutyState } from '../../domain/duties.ts'
import type { Duty } from '../../domain/manifest.ts'
import { isOf, type Source, section } from './rows.ts'
import type { ReportFinding, ReportKind, Section } from './shape.ts'

/** Which duties a report tells of; `evidence` of all. */
const OF: { readonly [kind in ReportKind]?: readonly Duty[] } = {
  'dual-control': ['partition.check', 'app.check'],
  custodians: ['quorum.drill'],
  backups: ['backup.create', 'backup.test'],
  access: ['app.check', 'app.pin'],
}

function dutiesIn({ asked: { kind, key }, judged, history }: Source) {
  const all = judged?.duties ?? []
  if (kind === 'evidence') return all
  const those = all.filter(({ duty }) => OF[kind]?.includes(duty))
  if (key === undefined) return those
  // Of the applications that have the key.
  const apps = history.applications.live.filter(({ copies }) => [...copies.values()].some(isOf(key)))
  return those.filter(({ of }) => apps.some(({ name }) => name === of))
}

export function dutySections(source: Source): Section[] {
  const duties = dutiesIn(source)
  if (duties.length === 0) return []
  return [
    section(
      'duties',
      'Duties of the manifest in force',
      ['duty', 'of', 'last', 'due', 'standing'],
      duties.map((one) => ({
        duty: one.duty,
        of: one.of ?? '',
        last: one.never ? `never, counted from ${one.last}` : one.last,
        due: one.due,
        standing: standingOf(one),
      })),
      'Before a duty was first done its time runs from the beginning of what it is about.',
    ),
  ]
}

const standingOf = ({ never, isDue }: DutyState): string => {
  if (isDue) return never ? 'overdue, never done' : 'overdue'
  return never ? 'not done yet, and not due' : 'done in time'
}

export const dutyFindings = (source: Source): ReportFinding[] =>
  source.history.retired
    ? []
    : dutiesIn(source)
        .filter(({ isDue }) => isDue)
        .map(({ duty, of, last, never, due }) => ({
          severity: 'warning',
          message: `overdue since ${due}: ${duty}${of === undefined ? '' : ` of ${of}`}, ${never ? `never done, counted from ${last}` : `last ${last}`}`,
        }))
