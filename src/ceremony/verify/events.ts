// What the journal says beside its steps: who was there, which code was read again, and what its last line counts.
import { sameJson } from '../../domain/canonical.ts'
import { type EntryOf, exceptionsIn, type JournalLine, stepsIn } from '../../domain/journal.ts'
import { inRoles } from '../site.ts'
import type { Fault, Given } from './given.ts'

/** CEREMONY-PEOPLE, JOURNAL-READ, JOURNAL-COUNT. */
export const wrongEvents = (given: Given): Fault[] =>
  given.lines.flatMap(({ entry }): Fault[] => {
    if (entry.type === 'opened') return wrongPresent(entry, given)
    if (entry.type === 'resumed') return [...wrongPresent(entry, given), ...wrongRead(entry, given.lines)]
    if (entry.type === 'paused') return wrongStaying(entry, given)
    return entry.type === 'closed' ? wrongCounts(entry, given.lines) : []
  })

/** All of the site file, in their roles. */
function wrongPresent({ seq, people }: EntryOf<'opened' | 'resumed'>, { site, script }: Given): Fault[] {
  const wanted = inRoles(site.people, Object.keys(script.roles))
  if (sameJson(people, wanted)) return []
  return [{ code: 'CEREMONY-PEOPLE', message: `line ${seq} names others than the site file does` }]
}

function wrongStaying({ seq, stay }: EntryOf<'paused'>, { site: { people } }: Given): Fault[] {
  const strange = stay.filter((name) => !people.some((one) => one.name === name))
  return strange.map((name) => ({
    code: 'CEREMONY-PEOPLE',
    message: `line ${seq} says that ${name} stayed, whom the site file does not name`,
  }))
}

/** The last line, but for what was found not to be as it should while people came back. */
function wrongRead({ seq, read }: EntryOf<'resumed'>, lines: readonly JournalLine[]): Fault[] {
  const last = lines.slice(0, seq).findLastIndex(({ entry }) => entry.type !== 'exception')
  if (lines.slice(last, seq).some(({ leaf }) => leaf === read)) return []
  return [
    { code: 'JOURNAL-READ', message: `line ${seq} says that a code was read again which was not that of the journal` },
  ]
}

function wrongCounts({ seq, steps, exceptions }: EntryOf<'closed'>, lines: readonly JournalLine[]): Fault[] {
  const so = lines.slice(0, seq)
  if (steps === stepsIn(so) && exceptions === exceptionsIn(so)) return []
  return [{ code: 'JOURNAL-COUNT', message: 'the last line of the journal counts other steps, or other exceptions' }]
}
