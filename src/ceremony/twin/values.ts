// What the values of a site are, by the flags that take them: on a twin a library, a slot, a token and a file are others.
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { placeholderIn } from '../fill-in.ts'
import { outputs } from '../lint/commands.ts'
import { type CeremonySite, isFact, siteValue } from '../site.ts'
import { inToml } from '../templates/template.ts'

/** `folder`: has to be there. `backup`: is read as one before the script makes it. `input`: any other file that is. `path`: what is made. */
export type ValueKind = 'module' | 'slot' | 'token' | 'folder' | 'backup' | 'input' | 'path'

const BY_FLAG: { readonly [long: string]: ValueKind } = {
  '--module': 'module',
  '--slot': 'slot',
  '--token': 'token',
  '--erase-token': 'token',
  '--shares-dir': 'folder',
  '--copy': 'folder',
}

const READS_BACKUP = ['backup verify', 'backup show', 'backup test', 'backup restore', 'quorum replace', 'key restore']

/** `files`: values that are attached. What stands nowhere as a device or a file is a word, and stays as it is. */
export function kindsOf(lines: readonly ParsedLine[], files: readonly string[]): Map<string, ValueKind> {
  const kinds = new Map<string, ValueKind>()
  const take = (word: string, kind: ValueKind) => {
    const found = placeholderIn(word)
    if (found?.from === 'site' && !kinds.has(found.name)) kinds.set(found.name, kind)
  }
  for (const line of lines) {
    for (const word of outputs(line)) take(word, 'path')
    for (const { long, values, isLocal } of line.options)
      for (const word of values) if (isLocal) take(word, BY_FLAG[long] ?? inputOf(line))
    for (const { value, isLocal } of line.operands) if (isLocal) take(value, inputOf(line))
  }
  for (const name of files) if (!kinds.has(name)) kinds.set(name, 'input')
  return kinds
}

const inputOf = ({ path }: ParsedLine): ValueKind => (READS_BACKUP.includes(path) ? 'backup' : 'input')

/** `alice=/media/alice`: the file or folder of a value, and what stands before it. */
export function pathIn(value: string): { lead: string; path: string } {
  const [, lead = '', path = value] = /^([a-z][a-z0-9-]{0,31}=)?(.*)$/s.exec(value) ?? []
  return { lead, path }
}

/** The site of a rehearsal: the people of the day, and the values of the twin. */
export function twinSite(
  site: CeremonySite,
  names: readonly string[],
  replace: (name: string, value: string) => string,
): string {
  const told = names.flatMap((name) => {
    const value = siteValue(site, name)
    return value === undefined || !hasValue(site, name) ? [] : [[name, replace(name, value)] as const]
  })
  const facts = told.filter(([name]) => isFact(name))
  const values = told.filter(([name]) => !isFact(name))
  const people = site.people.map((person) => `[[people]]\n${membersOf(Object.entries(person))}`)
  return `# Of a REHEARSAL: its library, token and files are those of a twin.
format = ${inToml(site.format)}
${membersOf([['place', `REHEARSAL: ${site.place}`], ['clock', site.clock], ...facts])}
${values.length > 0 ? `\n[values]\n${membersOf(values)}\n` : ''}
${people.join('\n\n')}
`
}

/** It is no role that stands for a person. */
const hasValue = (site: CeremonySite, name: string): boolean => isFact(name) || Object.hasOwn(site.values ?? {}, name)

const membersOf = (members: readonly (readonly [string, unknown])[]): string =>
  members.map(([name, value]) => `${name} = ${inToml(value)}`).join('\n')
