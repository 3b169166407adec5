// What people write by hand for Keyrite: TOML, or JSON of the same members, in which nothing stands twice.
import { usage } from './errors.ts'
import { quoted } from './names.ts'
import { lineInToml, parseToml } from './toml.ts'

/** TOML, JSON. A text that begins with a brace is JSON. */
export function parseWritten(text: string): unknown {
  if (!isJson(text)) return parseToml(text)
  const value = parseJson(text)
  const twice = repeatedMember(text)
  if (twice) throw usage(`line ${twice.line}: ${quoted(twice.name)} stands twice`, undefined, 'JSON')
  return value
}

const isJson = (text: string): boolean => /^\s*\{/.test(text)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw usage(`it is not JSON: ${(error as Error).message}`, undefined, 'JSON')
  }
}

/** `keys.payments/card-dek.policy, line 12`: a member, and where it stands if that is to be seen. */
export function placeOf(path: readonly (string | number)[], text: string): string {
  const line = isJson(text) ? undefined : lineOf(path, text)
  const where = line === undefined ? '' : `, line ${line}`
  return `${path.join('.') || 'the file'}${where}`
}

/** A list may be of tables, each with lines of its own, or stand in one line. */
function lineOf(path: readonly (string | number)[], text: string): number | undefined {
  const names = path.filter((one) => typeof one === 'string')
  return lineInToml(text, path) ?? lineInToml(text, names) ?? insideList(path, text)
}

function insideList(path: readonly (string | number)[], text: string): number | undefined {
  const at = path.findLastIndex((one) => typeof one === 'number')
  return at === -1 ? undefined : lineInToml(text, path.slice(0, at))
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/** Of a text that is JSON: the first member that its object has already, and its line. */
function repeatedMember(text: string): { name: string; line: number } | undefined {
  const objects: (Set<string> | undefined)[] = []
  let word: string | undefined
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{') objects.push(new Set())
    else if (token === '[') objects.push(undefined)
    else if (token === '}' || token === ']') objects.pop()
    else if (token === ':' && word !== undefined) {
      const names = objects.at(-1)!
      const name: string = JSON.parse(word)
      if (names.has(name)) return { name, line: text.slice(0, index).split('\n').length }
      names.add(name)
    }
    word = token.startsWith('"') ? token : undefined
  }
  return undefined
}
