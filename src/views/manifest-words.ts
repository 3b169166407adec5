// What a manifest says, in words: its policies, its entries and its duties, and beside whatever it changes what that was before.
import { canonical } from '../domain/canonical.ts'
import { sha256, toHex, utf8 } from '../domain/encoding.ts'
import { groupedBy } from '../domain/grouped.ts'
import { type Manifest, usageOf } from '../domain/manifest.ts'
import { type Changed, manifestChanges } from '../domain/manifest-changes.ts'
import { telling } from '../domain/numbered.ts'
import { counted, isListed, listed } from '../domain/words.ts'
import { type Field, marked, type Run } from '../terminal/text.ts'

export const manifestDigest = (manifest: Manifest): string => toHex(sha256(utf8(canonical(manifest))))

/** Policies and duties each in full; of the entries those that are new or not what they were, together where they say the same. */
export function manifestRows(manifest: Manifest, before: Manifest | undefined): Field[] {
  const { policies, keys, duties } = manifestChanges(manifest, before)
  const isFirst = before === undefined
  return [
    ...rowsOf('policy', manifest.policies, policies, policyInWords, isFirst),
    ...alikeIn(keys).map((all): Field => ['keys', changeRuns(entriesOf(all), all[0]!, entryInWords, isFirst)]),
    ...rowsOf('duties', manifest.duties ?? {}, duties, everyInWords, isFirst),
  ]
}

const alikeIn = (keys: readonly Changed<Manifest['keys'][string]>[]) => [
  ...groupedBy(keys, ({ now, was }) => canonical([now ?? null, was ?? null])).values(),
]

/** No entry that is new, or not what it was, is left out there. */
export const areEntriesNamed = (manifest: Manifest, before: Manifest | undefined): boolean =>
  alikeIn(manifestChanges(manifest, before).keys).every((all) => isListed(telling(all.map(({ name }) => name))))

/** Every entry, and those that are gone. */
export function entryRows(manifest: Manifest, before: Manifest | undefined): Field[] {
  const { keys } = manifestChanges(manifest, before)
  return rowsOf('entry', manifest.keys, keys, entryInWords, before === undefined)
}

/** Each member as it is, with what it was where it changed, and those that are gone. */
function rowsOf<T>(
  row: string,
  all: Readonly<Partial<Record<string, T>>>,
  changes: readonly Changed<T>[],
  words: (one: T) => string,
  isFirst: boolean,
): Field[] {
  const changed = new Map(changes.map((one) => [one.name, one]))
  const gone = changes.filter(({ now }) => now === undefined)
  return [
    ...Object.entries(all).map(([name, now]): Field => {
      const change = changed.get(name)
      return [row, change ? changeRuns(name, change, words, isFirst) : `${name}: ${words(now as T)}`]
    }),
    ...gone.map((one): Field => [row, changeRuns(one.name, one, words, isFirst)]),
  ]
}

function changeRuns<T>(names: string, { now, was }: Changed<T>, words: (one: T) => string, isFirst: boolean): Run[] {
  if (now === undefined) return [marked(`${names}: not in it any more; it was ${words(was!)}`, 'warning')]
  const is = `${names}: ${words(now)}`
  if (was !== undefined) return [`${is}  `, marked(`CHANGED: it was ${words(was)}`, 'warning')]
  return isFirst ? [is] : [`${is}  `, marked('NEW', 'warning')]
}

function entriesOf(all: readonly Changed<unknown>[]): string {
  const names = all.map(({ name }) => name)
  return names.length === 1 ? names[0]! : `${counted(names.length, 'entry', 'entries')}, ${listed(telling(names))}`
}

const everyInWords = (period: string): string => `every ${period}`

function policyInWords(policy: Manifest['policies'][string]): string {
  const {
    type,
    backup = true,
    'rotate-every': every,
    'publish-before': lead,
    'process-for': processing,
    'destroy-after': end,
  } = policy
  return [
    `${type} to ${usageOf(policy).join(', ')}`,
    ...(backup ? [] : ['in no backup']),
    every ? `a new version every ${every}${lead ? `, at its readers ${lead} before` : ''}` : 'no new versions',
    ...(processing ? [`read with for ${processing} after that`] : []),
    ...(end ? [`to be destroyed ${end} later`] : []),
  ].join('; ')
}

function entryInWords({ policy, count, deliver }: Manifest['keys'][string]): string {
  const apps = deliver?.map((one) => (typeof one === 'string' ? one : `${one.app} to ${one.usage.join(', ')}`))
  const where = apps === undefined ? '' : apps.length === 0 ? ', at no application' : `, at ${apps.join(', ')}`
  return `${policy}${count === undefined ? '' : `, ${counted(count, 'key')}`}${where}`
}
