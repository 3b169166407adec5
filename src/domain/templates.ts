// Keys as a plan or a record is written: what they have in common stands once, as a template (docs/formats.md, 6). In memory each key is whole.
import { ofAKind } from './alike.ts'
import { canonical } from './canonical.ts'
import { notVerified } from './errors.ts'
import { areMembers, memberOf } from './newer.ts'

type Members = { [name: string]: unknown }

/** What a key has for itself alone; all else stands in its template. */
const ITS_OWN = ['fingerprint', 'id', 'name', 'spki', 'version']
const TEMPLATE = 'template'

/** The records that tell of keys. */
const tellsOfKeys = ({ type }: Members): boolean => type === 'outcome' || type === 'recovered'

export const planAsWritten = (plan: object): object => withTemplates(plan as Members)

/** In a line, as its signature is made over it. */
export const recordText = (record: object): string => canonical(recordAsWritten(record))

function recordAsWritten(record: object): object {
  const { plan } = record as Members
  if (areMembers(plan)) return { ...record, plan: withTemplates(plan) }
  return tellsOfKeys(record as Members) ? withTemplates(record as Members) : record
}

/** What comes from a file may be so already. */
function withTemplates(of: Members): Members {
  const { keys, templates: has } = of
  if (has !== undefined || !Array.isArray(keys) || keys.length === 0 || !keys.every(areMembers)) return of
  const templates = new Templates()
  const rows = keys.map((key) => {
    const row: Members = {}
    for (const name of ITS_OWN) if (key[name] !== undefined) row[name] = key[name]
    row[TEMPLATE] = templates.numberOf(key)
    return row
  })
  return { ...of, keys: rows, templates: templates.all }
}

/** In the order in which they are met. */
class Templates {
  readonly all: Members[] = []
  readonly #numbers = new Map<string, number>()
  #last = 0

  numberOf(key: Members): number {
    const template = Object.fromEntries(Object.entries(key).filter(([name]) => !ITS_OWN.includes(name)))
    if (!isSame(template, this.all[this.#last])) this.#last = this.#find(template)
    return this.#last
  }

  #find(template: Members): number {
    const text = canonical(template)
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.all.length)
    return this.all.push(template) - 1
  }
}

/** Its very members: keys of one kind mostly share them. */
function isSame(one: Members, other: Members | undefined): boolean {
  if (other === undefined || Object.keys(one).length !== Object.keys(other).length) return false
  for (const name in one) if (one[name] !== other[name]) return false
  return true
}

/** RECORD-SHAPE: each key is whole again. What was never written so has one spelling all the same. */
export const planInMemory = (plan: unknown): unknown => (areMembers(plan) ? withKeysWhole(plan) : plan)

/** RECORD-SHAPE. The value, with what it has by this name in memory: a record, or what has a plan. */
export function memberInMemory(value: unknown, member: string): unknown {
  const its = memberOf(value, member)
  return its === undefined ? value : { ...(value as object), [member]: recordInMemory(its) }
}

/** RECORD-SHAPE. */
export function recordInMemory(record: unknown): unknown {
  if (!areMembers(record)) return record
  if ('plan' in record) return { ...record, plan: planInMemory(record.plan) }
  return tellsOfKeys(record) ? withKeysWhole(record) : record
}

function withKeysWhole(of: Members): Members {
  const { keys, templates } = of
  if (templates === undefined && !(Array.isArray(keys) && keys.length > 0)) return of
  if (!areTemplates(templates) || !Array.isArray(keys)) throw notAsWritten()
  const kinds = templates.map(ofAKind)
  const orders = kinds.map((template) => [...Object.keys(template), ...ITS_OWN].sort())
  let met = 0
  const whole = keys.map((row) => {
    const number = numberIn(row)
    if (number === undefined || number > met || number >= templates.length) throw notAsWritten()
    if (number === met) met++
    return merged(row, kinds[number]!, orders[number]!)
  })
  if (met !== templates.length) throw notAsWritten()
  const { templates: _, ...others } = of
  // Its members stay in their order.
  return { ...others, keys: whole }
}

/** No two are alike, and none has what is a key's own. */
const areTemplates = (value: unknown): value is Members[] =>
  Array.isArray(value) &&
  value.every((one) => areMembers(one) && !(TEMPLATE in one) && !ITS_OWN.some((name) => name in one)) &&
  new Set(value.map(canonical)).size === value.length

/** Undefined of what has other members. */
function numberIn(row: unknown): number | undefined {
  if (!areMembers(row)) return undefined
  for (const name in row) if (name !== TEMPLATE && !ITS_OWN.includes(name)) return undefined
  const number = row[TEMPLATE]
  return typeof number === 'number' && number >= 0 ? number : undefined
}

/** In the order of its members' names, as everything that is read. */
function merged(row: Members, template: Members, names: readonly string[]): Members {
  const key: Members = {}
  for (const name of names) {
    const value = row[name] ?? template[name]
    if (value !== undefined) key[name] = value
  }
  return key
}

const notAsWritten = () =>
  notVerified('RECORD-SHAPE', 'keys is missing a template, or is not as docs/formats.md has it')
