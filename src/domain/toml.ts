// TOML that people write, as a value. The parser refuses what stands twice; what else is wrong is said with its line.
import { parse, TomlError } from 'smol-toml'
import { usage } from './errors.ts'
import { areMembers } from './newer.ts'

/** TOML: plain objects, arrays, texts, numbers and booleans. A date is a text then, and no number is cut. */
export function parseToml(text: string): unknown {
  try {
    const value = parse(text)
    if (isDeep(value)) throw usage('it is nested too deeply', undefined, 'TOML')
    return JSON.parse(JSON.stringify(value))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [first = ''] = error.message.replace('Invalid TOML document: ', '').split('\n')
    throw usage(`line ${error.line}: ${first}`, undefined, 'TOML')
  }
}

/** No file that people write goes so far, and what looks at one later goes as deep as it is. */
const MOST_LEVELS = 64

const isDeep = (value: unknown, level = 0): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (level > MOST_LEVELS || Object.values(value).some((one) => isDeep(one, level + 1)))

/** The line of a member, from 1, in TOML that is laid out as people do: tables, and one member a line. Undefined where it is not to be seen. A number in the path is a place in a list of tables. */
export function lineInToml(text: string, path: readonly (string | number)[]): number | undefined {
  const wanted = JSON.stringify(path)
  const above = JSON.stringify(path.slice(0, -1))
  const counts = new Map<string, number>()
  let table: (string | number)[] = []
  let found: number | undefined
  for (const [i, line] of text.split('\n').entries()) {
    const [, list, header, member] = /^\s*(?:\[\[(.*)\]\]|\[([^[\]].*)\]|([^=#]+?)\s*=)/.exec(line) ?? []
    if (header !== undefined) table = namesIn(`[${header}]`)
    if (list !== undefined) {
      const names = namesIn(`[${list}]`)
      const at = counts.get(JSON.stringify(names)) ?? 0
      counts.set(JSON.stringify(names), at + 1)
      table = [...names, at]
    }
    const here = member === undefined ? table : [...table, ...namesIn(`${member} = 0`)]
    if (JSON.stringify(here) === wanted) return i + 1
    if ((header ?? list) !== undefined && JSON.stringify(table) === above) found = i + 1
  }
  return found
}

/** `[keys."a"]`: keys, a. */
function namesIn(line: string): string[] {
  try {
    const names: string[] = []
    for (let value: unknown = parse(line); areMembers(value); value = value[names.at(-1)!]) {
      const [name] = Object.keys(value)
      if (name === undefined) break
      names.push(name)
    }
    return names
  } catch {
    return []
  }
}
