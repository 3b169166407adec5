// What is due of a manifest, in counts and names: many keys of a policy are one line.
import type { Due, Judgement, Remark } from '../domain/due-shapes.ts'
import type { DutyState } from '../domain/duties.ts'
import { groupedBy } from '../domain/grouped.ts'
import { label, labelOf } from '../domain/names.ts'
import { telling } from '../domain/numbered.ts'
import { counted, isListed, listed } from '../domain/words.ts'
import { marked, type Part, type Run } from '../terminal/text.ts'
import { dayOf } from './words.ts'

/** What is alike, and when the first of it is due. */
interface DueGroup {
  policy: string
  action: Due['action']
  what: string
  names: string
  due: string
  waits?: string
}

export function groupsOf(due: readonly Due[]): DueGroup[] {
  const alike = groupedBy(due, ({ policy, action, waits = '' }) => `${policy} ${action} ${waits}`)
  return [...alike.values()].map((all) => {
    const { policy, action, waits } = all[0]!
    const due = all.reduce((first, one) => (one.due < first ? one.due : first), all[0]!.due)
    return { policy, action, what: amountOf(all), names: namesOf(all), due, ...(waits === undefined ? {} : { waits }) }
  })
}

function amountOf(all: readonly Due[]): string {
  const apps = new Set(all.flatMap(({ app }) => app ?? []))
  if (apps.size === 0) return counted(all.length, 'key')
  return `${counted(all.length, 'copy', 'copies')} at ${listed([...apps].sort())}`
}

/** First and last where the others follow from them; of many others few are told. */
export function namesOf(all: readonly { name: string; version: number }[]): string {
  const versions = new Set(all.map(({ version }) => version))
  const [first, ...more] = telling([...new Set(all.map(({ name }) => name))].sort())
  if (versions.size === 1 && more.length === 0) {
    const [version] = versions
    return first!.includes(' to ') ? `${first}, #${version}` : label(first!, version!)
  }
  return listed([...new Set(all.map(labelOf))])
}

/** No name is left out by `namesOf`. */
export function areAllNamed(all: readonly { name: string; version: number }[]): boolean {
  const isOne = new Set(all.map(({ version }) => version)).size === 1
  const names = telling([...new Set(all.map(({ name }) => name))].sort())
  return isListed(isOne && names.length === 1 ? names : all)
}

export const remarkInWords = ({ name, version, what }: Remark): string =>
  `${version === undefined ? name : label(name, version)}: ${what}`

/** The same of many keys is said once. */
export function remarksInWords(remarks: readonly Remark[]): string[] {
  const alike = groupedBy(remarks, ({ what, version }) => `${version === undefined} ${what}`)
  return [...alike.values()].map((all) => {
    const names = all.map(({ name, version }) => (version === undefined ? name : label(name, version)))
    return `${listed(names)}: ${all[0]!.what}`
  })
}

export const dutyInWords = ({ duty, of, last, never, due, isDue }: DutyState): string => {
  const when = never ? `never, counted from ${dayOf(last)}` : `last ${dayOf(last)}`
  return `${duty}${of === undefined ? '' : ` of ${of}`}: ${when}, ${isDue ? 'due since' : 'due'} ${dayOf(due)}`
}

/** All of it: a table of what is due, and lines of everything else. */
export function judgementView({ due, differs, remarks, unmanaged, duties }: Judgement, when: string): Part[] {
  const overdue = duties.filter(({ isDue }) => isDue)
  const nothing = due.length + differs.length + remarks.length + overdue.length === 0
  return [
    ...(due.length > 0 ? [dueTable(groupsOf(due))] : []),
    ...differs.map((one): Part => ({ line: [marked('differs: ', 'warning'), remarkInWords(one)] })),
    ...remarksInWords(remarks).map((text): Part => ({ line: [marked('note: ', 'warning'), text] })),
    ...overdue.map((one): Part => ({ line: [marked('duty: ', 'warning'), dutyInWords(one)] })),
    ...(unmanaged.length > 0 ? [`not in the manifest, and let be: ${listed(unmanaged.map(labelOf))}`] : []),
    ...(nothing ? [`nothing is due by ${when}`] : []),
  ]
}

const dueTable = (groups: readonly DueGroup[]): Part => ({
  head: [
    'policy',
    'due',
    { name: 'of', give: 'wrap' },
    'since',
    { name: 'keys', give: 'wrap' },
    { name: 'waits', give: 'wrap' },
  ],
  rows: groups.map(({ policy, action, what, names, due, waits }): Run[] => [
    policy,
    marked(action, waits === undefined ? 'warning' : 'dim'),
    what,
    dayOf(due),
    names,
    waits ?? '',
  ]),
})

/** For programs. */
export const judgementData = ({ due, differs, remarks, unmanaged, duties }: Judgement) => ({
  due,
  differs,
  remarks,
  unmanaged: unmanaged.map(labelOf),
  duties,
})
