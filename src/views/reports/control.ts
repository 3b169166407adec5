// Dual control: every change with the people who approved it, how many had to, what was refused, and what weakens the rule.
import { changeFindings } from './change-findings.ts'
import { groupsSection } from './people.ts'
import { changesSection, isInPeriod, isStatement, periodInWords, SAID, type Source, section } from './rows.ts'
import type { ReportFinding, Section } from './shape.ts'

export function controlSections(source: Source): Section[] {
  const { history, all, asked } = source
  const changes = all.filter((told) => !isStatement(told) && isInPeriod(asked, told))
  return [
    groupsSection('groups', 'Who must agree', source),
    changesSection(
      'changes',
      `Every change and refusal, ${periodInWords(asked)}`,
      changes,
      `Each approval is a signature over the plan whose code stands beside it, by the share of the person named. ${SAID}`,
    ),
    section(
      'stations',
      'The machines that may make changes, and those that could',
      ['station', 'key', 'since record', 'until record'],
      history.stations.all.map(({ name, key, since, until }) => ({
        station: name,
        key: key.id,
        'since record': since,
        'until record': until,
      })),
    ),
  ]
}

export function controlFindings(source: Source): ReportFinding[] {
  const { history, all } = source
  return [
    ...history.accepted.map(
      (word): ReportFinding => ({
        severity: 'warning',
        message: `a weakness of the token was accepted when it was taken: ${word}`,
      }),
    ),
    ...history.groups
      .filter(({ threshold, custodians }) => custodians.length >= 2 * threshold)
      .map(
        ({ name, threshold, custodians }): ReportFinding => ({
          severity: 'note',
          message: `${threshold} of ${custodians.length} of ${name}: two sets of people, of whom none is in both, can each act alone`,
        }),
      ),
    ...changeFindings(all, source),
  ]
}
