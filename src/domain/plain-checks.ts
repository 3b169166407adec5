// A shape as plain comparisons, for what is read a million times: true of the JSON that valibot takes, and of no other. Why something is not taken is asked of
// valibot, which says it in words.
import type * as v from 'valibot'

type Check = (value: unknown) => boolean

/** What is read here of a shape of valibot's: schemas and actions are plain data, with their kind and what they ask for. */
interface Described {
  type: string
  kind: 'schema' | 'validation'
  pipe?: readonly [Described, ...Described[]]
  requirement?: unknown
  literal?: unknown
  options?: readonly unknown[]
  wrapped?: Described
  item?: Described
  items?: readonly Described[]
  rest?: Described
  entries?: Readonly<Record<string, Described>>
  /** Of a variant the member that tells, of a record the shape of its names. */
  key?: string | Described
  value?: Described
  check?: Check
  /** Of what is made when it is first met. */
  getter?: () => Described
}

const made = new WeakMap<Described, Check>()
/** Shapes of which everything was made. */
const whole = new WeakSet<Described>()

/**
 * Made once of each shape, and only of what shapes here are made of: another kind, however deep, is an error of the programmer. It is told before any value is looked
 * at, and of every shape of domain and ceremony by test/domain/plain-checks.test.ts.
 */
export function plainCheck(schema: v.GenericSchema): Check {
  const root = schema as unknown as Described
  if (!whole.has(root)) makeAll(root, new Set())
  whole.add(root)
  return plainCheckInParts(schema)
}

/** The same, but what a variant may be is made when one is met: few ledgers have all that there is, and a start makes what it reads. */
export const plainCheckInParts = (schema: v.GenericSchema): Check => checkOf(schema as unknown as Described)

function makeAll(schema: Described, seen: Set<Described>): void {
  if (seen.has(schema)) return
  seen.add(schema)
  checkOf(schema)
  for (const one of within(schema)) makeAll(one, seen)
}

/** The schemas that it is made of. */
function within({
  pipe,
  options = [],
  wrapped,
  item,
  items = [],
  rest,
  entries = {},
  key,
  value,
  getter,
}: Described): Described[] {
  const all = [
    ...(pipe ?? []),
    ...options,
    wrapped,
    item,
    rest,
    ...items,
    ...Object.values(entries),
    key,
    value,
    getter?.(),
  ]
  return all.filter((one): one is Described => (one as Described | undefined)?.kind === 'schema')
}

function checkOf(schema: Described): Check {
  const known = made.get(schema)
  if (known) return known
  const check = schema.pipe ? inTurn(schema, schema.pipe) : bareCheck(schema)
  made.set(schema, check)
  return check
}

/** The first of a pipe is the schema itself, as it was before the pipe. */
function inTurn(schema: Described, [first, ...rest]: readonly [Described, ...Described[]]): Check {
  const one = first === schema ? bareCheck(first) : checkOf(first)
  const checks = rest.map((action) => (action.kind === 'schema' ? checkOf(action) : actionCheck(action)))
  return (value) => one(value) && checks.every((check) => check(value))
}

const lengthOf = (value: unknown): number => (value as string | unknown[]).length

function actionCheck({ type, requirement }: Described): Check {
  const wanted = requirement as number
  switch (type) {
    case 'regex':
      return (value) => (requirement as RegExp).test(value as string)
    case 'check':
      return requirement as Check
    case 'integer':
      return Number.isInteger
    case 'safe_integer':
      return Number.isSafeInteger
    case 'length':
      return (value) => lengthOf(value) === wanted
    case 'min_length':
      return (value) => lengthOf(value) >= wanted
    case 'max_length':
      return (value) => lengthOf(value) <= wanted
    case 'min_value':
      return (value) => (value as number) >= wanted
    case 'max_value':
      return (value) => (value as number) <= wanted
    case 'max_bytes':
      return (value) => Buffer.byteLength(value as string) <= wanted
    case 'min_entries':
      return (value) => Object.keys(value as object).length >= wanted
    case 'readonly':
      return () => true
    default:
      throw new TypeError(`no plain check for ${type}`)
  }
}

function bareCheck(schema: Described): Check {
  switch (schema.type) {
    case 'string':
    case 'boolean':
      return (value) => typeof value === schema.type
    case 'number':
      return (value) => typeof value === 'number' && !Number.isNaN(value)
    case 'null':
      return (value) => value === null
    case 'literal':
      return (value) => value === schema.literal
    case 'picklist':
      return oneOf(schema.options!)
    case 'nullable':
      return orNull(checkOf(schema.wrapped!))
    case 'optional':
    case 'exact_optional':
      return checkOf(schema.wrapped!)
    case 'array':
      return arrayOf(checkOf(schema.item!))
    case 'strict_tuple':
      return tupleOf(schema.items!.map(checkOf))
    case 'tuple_with_rest':
      return tupleAndRest(schema.items!.map(checkOf), checkOf(schema.rest!))
    case 'custom':
      return schema.check!
    case 'strict_object':
      return objectOf(schema.entries!)
    case 'record':
      return recordOf(checkOf(schema.key as Described), checkOf(schema.value!))
    case 'variant':
      return variantOf(schema.key as string, schema.options as readonly Described[])
    case 'union':
      return anyOf((schema.options as readonly Described[]).map(checkOf))
    case 'lazy':
      return (value) => checkOf(schema.getter!())(value)
    default:
      throw new TypeError(`no plain check for ${schema.type}`)
  }
}

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)

const anyOf =
  (checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value))

function oneOf(options: readonly unknown[]): Check {
  const set = new Set(options)
  return (value) => set.has(value)
}

const arrayOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)

const tupleOf =
  (checks: readonly Check[]): Check =>
  (value) =>
    Array.isArray(value) && value.length === checks.length && checks.every((check, i) => check(value[i]))

const tupleAndRest =
  (checks: readonly Check[], rest: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length >= checks.length && value.every((one, i) => (checks[i] ?? rest)(one))

type Members = Readonly<Record<string, unknown>>

const areMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null

function objectOf(entries: Readonly<Record<string, Described>>): Check {
  const members = Object.entries(entries).map(([name, schema]) => ({
    name,
    check: checkOf(schema),
    optional: schema.type.endsWith('optional'),
  }))
  const known = new Set(Object.keys(entries))
  return (value) => {
    if (!areMembers(value)) return false
    for (const name in value) if (!known.has(name)) return false
    for (const { name, check, optional } of members) {
      const member = value[name]
      if (member === undefined ? !optional : !check(member)) return false
    }
    return true
  }
}

/** Of any name that fits. */
const recordOf =
  (name: Check, check: Check): Check =>
  (value) =>
    areMembers(value) &&
    !Array.isArray(value) &&
    Object.entries(value).every(([one, member]) => name(one) && check(member))

/** By the member that tells the options apart. */
function variantOf(key: string, options: readonly Described[]): Check {
  const checks = new Map<unknown, Check>()
  // Few ledgers have all that there is: the check of an option is made when one is met.
  const atFirst = (name: unknown, option: Described) => (value: unknown) => {
    const check = checkOf(option)
    checks.set(name, check)
    return check(value)
  }
  for (const option of options) for (const name of namesIn(key, option)) checks.set(name, atFirst(name, option))
  return (value) => areMembers(value) && checks.get(value[key])?.(value) === true
}

function namesIn(key: string, { type, entries, options }: Described): readonly unknown[] {
  if (type === 'variant') return (options as readonly Described[]).flatMap((one) => namesIn(key, one))
  const member = entries![key]!
  return member.type === 'literal' ? [member.literal] : member.options!
}
