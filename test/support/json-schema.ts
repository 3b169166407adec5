// As much of JSON Schema as docs/answers.schema.json needs. Stricter than the published page: a member that it does not name is a fault.
import { readFileSync } from 'node:fs'
import { inRepo } from './paths.ts'

// biome-ignore lint/suspicious/noExplicitAny: a schema is any JSON
type Schema = any

export const answers: Schema = JSON.parse(readFileSync(inRepo('docs', 'answers.schema.json'), 'utf8'))

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value

/** What is wrong with a value, one line each; nothing where it is as the schema says. */
export function faults(value: unknown, schema: Schema, at = '$'): string[] {
  if (schema.$ref) return faults(value, answers.$defs[schema.$ref.slice('#/$defs/'.length)], at)
  if (schema.anyOf) {
    const each: string[][] = schema.anyOf.map((one: Schema) => faults(value, one, at))
    return each.some((found) => found.length === 0) ? [] : (each[0] ?? [])
  }
  if ('const' in schema && value !== schema.const) return [`${at} is not ${schema.const}`]
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is ${JSON.stringify(value)}`]
  if (schema.type && typeOf(value) !== schema.type) return [`${at} is of type ${typeOf(value)}, not ${schema.type}`]
  if (schema.pattern && !new RegExp(schema.pattern).test(`${value}`)) return [`${at} is ${value}`]
  if (typeof value === 'number' && value < (schema.minimum ?? value)) return [`${at} is ${value}`]
  if (schema.type === 'array')
    return (value as unknown[]).flatMap((item, i) => faults(item, schema.items ?? {}, `${at}.${i}`))
  return schema.type === 'object' ? members(value as Record<string, unknown>, schema, at) : []
}

function members(
  value: Record<string, unknown>,
  { required = [], properties = {}, additionalProperties: more }: Schema,
  at: string,
) {
  const missing = required.filter((name: string) => !(name in value)).map((name: string) => `${at} lacks ${name}`)
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    if (name in properties) return faults(member, properties[name], `${at}.${name}`)
    if (more === undefined) return [`${at}.${name} is not described`]
    return more === true ? [] : faults(member, more, `${at}.${name}`)
  })
  return [...missing, ...wrong]
}

/** Of a whole answer; `command`: such as `key list`. */
export function answerFaults(answer: { ok?: boolean; data?: unknown }, command: string): string[] {
  const found = faults(answer, answers)
  if (answer.ok !== true) return found
  const described = answers.$defs[`data of ${command}`]
  return described ? [...found, ...faults(answer.data, described, 'data')] : [...found, `${command} is not described`]
}
