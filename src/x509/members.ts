// A profile that people wrote, taken member by member: each fault is told with the file, the member and its line, and a member that nobody asked for is one.
import { KeyriteError, usage } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import { isTime, quoted } from '../domain/names.ts'
import { areMembers } from '../domain/newer.ts'
import { orMeant } from '../domain/words.ts'
import { parseWritten, placeOf } from '../domain/written.ts'

type Table = { readonly [name: string]: unknown }

interface Place {
  file: string
  text: string
  /** Of `keyrite cert`: its help tells what such a profile has. */
  verb: string
  path: readonly (string | number)[]
  /** What was found wrong so far. */
  problems: { why: string }[]
}

/** CERT-PROFILE: what is wrong with it, and where. */
const faulty = ({ file, verb }: Pick<Place, 'file' | 'verb'>, problems: Place['problems']): KeyriteError =>
  usage(
    `${quoted(file)}: ${problems.map(({ why }) => why).join('; ')}`,
    keyrite('cert', verb, '--help'),
    'CERT-PROFILE',
  ).with({ data: { problems } })

/** CERT-PROFILE: what `read` makes of the members of a file with this text; all that is wrong with it is told at once, in `data.problems` too. */
export function readProfile<T>(text: string, file: string, verb: string, read: (members: Members) => T): T {
  const members = membersOf(text, file, verb)
  const profile = read(members)
  members.end()
  members.checkRight()
  return profile
}

function membersOf(text: string, file: string, verb: string): Members {
  const place: Place = { file, text, verb, path: [], problems: [] }
  checkDays(text, place)
  try {
    const value = parseWritten(text)
    if (areMembers(value)) return new Members(value, place)
  } catch (error) {
    if (error instanceof KeyriteError)
      throw faulty(place, [{ why: error.message.replace(/trying to redefine .*/, TWICE) }])
    throw error
  }
  throw faulty(place, [{ why: 'it is no table of members' }])
}

const TWICE = 'what is set there was set before'

/** The parser takes the 30th of February for the 2nd of March. */
function checkDays(text: string, place: Place): void {
  for (const [at, line] of text.split('\n').entries()) {
    const day = /^[^#"']*=\s*(\d{4}-\d{2}-\d{2})/.exec(line)?.[1]
    if (day !== undefined && !isTime(`${day}T00:00:00.000Z`))
      throw faulty(place, [{ why: `line ${at + 1}: no day is ${day}` }])
  }
}

export class Members {
  readonly #taken = new Set<string>()
  readonly #table: Table
  readonly #place: Place

  constructor(table: Table, place: Place) {
    this.#table = table
    this.#place = place
  }

  /** Whoever reads on has no value of it, and none is used in the end. */
  tell(name: string, why: string): undefined {
    const { path, text, problems } = this.#place
    problems.push({ why: `${placeOf([...path, name], text)}: ${why}` })
  }

  /** CERT-PROFILE. */
  checkRight(): void {
    const { problems } = this.#place
    if (problems.length > 0) throw faulty(this.#place, problems)
  }

  has = (name: string): boolean => this.#table[name] !== undefined

  #take(name: string): unknown {
    this.#taken.add(name)
    return this.#table[name]
  }

  /** What `read` makes of a text; what it refuses is refused with the member's name. */
  text<T>(name: string, read: (text: string) => T): T | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    if (typeof value !== 'string') return this.tell(name, 'it is a text, and stands in quotes')
    return this.#parsed(name, value, read)
  }

  #parsed<T>(name: string, text: string, read: (text: string) => T): T | undefined {
    try {
      return read(text)
    } catch (error) {
      if (!(error instanceof KeyriteError)) throw error
      return this.tell(name, error.message)
    }
  }

  /** In ascending order, each once; undefined where there is none. */
  texts(name: string, read: (text: string) => string): string[] | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    if (!Array.isArray(value) || value.length === 0 || value.some((one) => typeof one !== 'string'))
      return this.tell(name, 'it is a list of texts in quotes, one at least')
    const all = value.flatMap((one: string) => this.#parsed(name, one, read) ?? [])
    const twice = all.find((one, i) => all.indexOf(one) !== i)
    if (twice !== undefined) return this.tell(name, `${quoted(twice)} stands there twice`)
    return all.toSorted()
  }

  flag(name: string): boolean | undefined {
    const value = this.#take(name)
    if (value === undefined || typeof value === 'boolean') return value
    return this.tell(name, 'it is true or false')
  }

  number(name: string, least: number, most: number): number | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value
    return this.tell(name, `it is a whole number from ${least} to ${most}`)
  }

  /** A moment, to the second, as plans have it. */
  time(name: string): string | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    const text = typeof value === 'string' ? value : ''
    if (!MOMENT.test(text) || Number.isNaN(Date.parse(text)))
      return this.tell(name, 'it is a time with its zone, such as 2046-12-01T00:00:00Z')
    const time = new Date(text).toISOString()
    if (!isTime(time) || (text.endsWith('Z') && time.slice(0, 19) !== text.slice(0, 19)))
      return this.tell(name, `there is no time ${quoted(text)}`)
    if (!time.endsWith('.000Z')) return this.tell(name, 'certificates know no fractions of a second')
    return time
  }

  inner(name: string): Members | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    if (!areMembers(value)) return this.tell(name, `it is a table: [${name}]`)
    return this.#inside(value, name)
  }

  all(name: string): Members[] {
    const value = this.#take(name) ?? []
    if (Array.isArray(value) && value.every(areMembers))
      return value.map((one: Table, i) => this.#inside(one, name, i + 1))
    this.tell(name, `it is a list of tables: [[${name}]]`)
    return []
  }

  #inside = (table: Table, ...below: (string | number)[]): Members =>
    new Members(table, { ...this.#place, path: [...this.#place.path, ...below] })

  /** CERT-PROFILE: it has no member that is not known: who wrote it meant something by it. */
  end(): void {
    for (const unknown of Object.keys(this.#table).filter((name) => !this.#taken.has(name))) {
      const known = orMeant(unknown, this.#taken) || `; there are ${[...this.#taken].join(', ')}`
      this.tell(unknown, `no such member is known here${known}`)
    }
  }
}

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/

/** A member that has to be there. Of one that is there and wrong that is told already; what is not there is of no use, and ends in checkRight. */
export function owed<T>(members: Members, name: string, value: T | undefined): T {
  if (value === undefined && !members.has(name)) members.tell(name, 'it is missing')
  return value as T
}
