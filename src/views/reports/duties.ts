// What the manifest in force asks people to do again and again, and what is overdue of it.
import type { Duty } from '../../domain/manifest.ts'
import { judgedIn } from './keys.ts'
import { type Source, section } from './rows.ts'
import type { ReportFinding, ReportKind, Section } from './shape.ts'

/** Which duties a report tells of; `evidence` of all. */
const OF: { readonly [kind in ReportKind]?: readonly Duty[] } = {
  'dual-control': ['partition.check', 'app.check'],
  custodians: ['quorum.drill'],
  backups: ['backup.create', 'backup.test'],
  access: ['app.check', 'app.pin'],
}

const dutiesIn = (source: Source) => {
  const { kind } = source.asked
  const all = judgedIn(source)?.duties ?? []
  return kind === 'evidence' ? all : all.filter(({ duty }) => OF[kind]?.includes(duty))
}

export function dutySections(source: Source): Section[] {
  const { kind } = source.asked
  if (!source.history.conducted.manifest || (kind !== 'evidence' && OF[kind] === undefined)) return []
  return [
    section(
      'duties',
      'Duties of the manifest in force',
      ['duty', 'of', 'last', 'due', 'standing'],
      dutiesIn(source).map(({ duty, of, last, due, isDue }) => ({
        duty,
        of: of ?? '',
        last,
        due,
        standing: isDue ? 'overdue' : 'done in time',
      })),
      'Before a duty was first done its time runs from the beginning of what it is about.',
    ),
  ]
}

export const dutyFindings = (source: Source): ReportFinding[] =>
  source.history.retired
    ? []
    : dutiesIn(source)
        .filter(({ isDue }) => isDue)
        .map(({ duty, of, last, due }) => ({
          severity: 'warning',
          message: `overdue since ${due}: ${duty}${of === undefined ? '' : ` of ${of}`}, last ${last}`,
        }))
