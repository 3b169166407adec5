// Each line of an export, of every record of a ledger that tells of everything, held against the published part of its format.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import type { ExportFormat } from '../../src/cli/options.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import { leafOf, parseLine } from '../../src/domain/record.ts'
import { type Event, Events } from '../../src/views/export/events.ts'
import { exportLine } from '../../src/views/export/formats.ts'
import { Known } from '../../src/views/known.ts'
import { newCast } from '../support/cast.ts'
import { inRepo } from '../support/paths.ts'
import { Story } from '../support/story.ts'

const vector = (name: string) => JSON.parse(readFileSync(inRepo('test', 'vectors', name), 'utf8'))
/** What escapes are for. */
const ODD = 'a|b=c "d" ]e\\f'

let lines: string[]
let events: Event[]
before(async () => {
  const cast = await newCast()
  const odd = (plan: object) => void Object.assign(plan, { ticket: ODD, requestedBy: ODD, reason: ODD })
  lines = [...Story.tell(cast).lines, Story.forge(cast, { 'plan:suspend': odd }).lines.at(-1)!]
  const all = new Events(new Known())
  events = lines.map((text) => all.of({ line: parseLine(text), leaf: toBase64url(leafOf(text)) })())
})

const inFormat = (format: ExportFormat): string[] => events.map((event) => exportLine(event, format))

// biome-ignore lint/suspicious/noExplicitAny: any JSON
type Json = any

test('jsonl: the leaf can be computed from the record in it, and each names the one before', () => {
  const told = inFormat('jsonl').map((line) => JSON.parse(line))
  for (const [i, { leaf, prev, seq, record }] of told.slice(0, -1).entries()) {
    assert.equal(createHash('sha256').update('\0').update(lines[i]!).digest('base64url'), leaf)
    assert.deepEqual([seq, prev, record.seq], [i, i === 0 ? null : told[i - 1].leaf, i])
  }
  const rotated = told.filter(({ op }) => op === 'key.rotate')
  assert.deepEqual(
    rotated.slice(0, 3).map(({ type, result, error }) => [type, result, error]),
    [
      ['denied', 'refused', 'SHARE-RETIRED'],
      ['denied', 'refused', 'QUORUM-MET'],
      ['denied', 'refused', 'SHARE-RETIRED'],
    ],
  )
  const { custodians, keys, result, title } = rotated.find(({ type }) => type === 'outcome')
  assert.deepEqual(
    [custodians.length > 1, keys, result, title],
    [true, ['payments/card-dek#1', 'payments/card-dek#2'], 'done', 'key.rotate done'],
  )
})

describe('ocsf', () => {
  const schema = vector('ocsf.json')
  const PLAIN: { [type: string]: string } = {
    string_t: 'string',
    hostname_t: 'string',
    integer_t: 'number',
    long_t: 'number',
    timestamp_t: 'number',
  }

  function faults(value: Json, { attributes, constraints }: Json, at: string): string[] {
    const lacks = Object.entries<Json>(attributes).flatMap(([name, { requirement }]) =>
      requirement === 'required' && !(name in value) ? [`${at}.${name} is required`] : [],
    )
    const one = constraints?.at_least_one
    const none = one && !one.some((name: string) => name in value) ? [`${at} has none of ${one}`] : []
    return [
      ...lacks,
      ...none,
      ...Object.entries<Json>(value).flatMap(([name, member]) =>
        memberFaults(member, attributes[name], `${at}.${name}`),
      ),
    ]
  }

  function memberFaults(value: Json, rule: Json, at: string): string[] {
    if (!rule) return [`${at} is not in the schema`]
    if (rule.array)
      return Array.isArray(value)
        ? value.flatMap((one) => memberFaults(one, { ...rule, array: false }, at))
        : [`${at} is no list`]
    if (rule.type === 'object') return typeof value === 'object' ? [] : [`${at} is no object`]
    if (schema.objects[rule.type]) return faults(value, schema.objects[rule.type], at)
    if (typeof value !== PLAIN[rule.type]) return [`${at} is a ${typeof value}`]
    return rule.enum && !rule.enum.includes(value) ? [`${at} is ${value}`] : []
  }

  /** Category and class are what the schema's own numbers are. */
  const CLASS = {
    ...schema.class,
    attributes: {
      ...schema.class.attributes,
      category_uid: { type: 'integer_t', enum: [schema.class.category.uid] },
      class_uid: { type: 'integer_t', enum: [schema.class.uid] },
    },
  }

  test('every event is one of the class, by its schema', () => {
    const told = inFormat('ocsf').map((line) => JSON.parse(line))
    const found = told.flatMap((event, i) => faults(event, CLASS, `record ${i}`))
    assert.deepEqual(found, [])
    for (const { type_uid, class_uid, activity_id, metadata } of told)
      assert.deepEqual([type_uid, metadata.version], [class_uid * 100 + activity_id, schema.version])
    assert.deepEqual(new Set(told.map(({ status_id }) => status_id)), new Set([0, 1, 2, 99]))
  })
  test('what is wrong is found', () => {
    const [line] = inFormat('ocsf')
    const { api: _, ...event } = JSON.parse(line!)
    assert.deepEqual(faults({ ...event, severity_id: 8, actor: {}, colour: 'red' }, CLASS, 'it'), [
      'it.api is required',
      'it.severity_id is 8',
      'it.actor has none of process,user,invoked_by,session,app_name,app_uid',
      'it.colour is not in the schema',
    ])
  })
})

test('cef: headers and names of its dictionary, escaped, and none too long', () => {
  const { extension, header } = vector('cef.json')
  for (const line of inFormat('cef')) {
    const [, head = '', members = ''] = /^((?:(?:[^|\\]|\\[|\\])*\|){7})(.*)$/.exec(line) ?? []
    const fields = head.split(/(?<!\\)\|/)
    assert.equal(fields.length, header.length + 1, line)
    assert.match(fields[6]!, /^(\d|10)$/)
    const pairs = members.split(/ (?=\w+=)/).map((pair) => /^(\w+)=((?:[^=\\]|\\[=\\rn])*)$/.exec(pair))
    for (const found of pairs) {
      assert.ok(found, line)
      const [, name, value] = found as unknown as [string, string, string]
      const rule = extension[name]
      assert.ok(rule, `${name} is not in the dictionary`)
      if (rule.type === 'string') assert.ok([...value.replaceAll(/\\(.)/g, '$1')].length <= rule.length, name)
      else assert.match(value, /^\d{1,19}$/)
    }
  }
  assert.match(inFormat('cef').at(-1)!, /cs6=ticket a\|b\\=c "d" \]e\\\\f, asked by/)
})

test('rfc5424: the grammar of its section 6', () => {
  // Printable ASCII without the equals sign, the bracket and the quote.
  const NAME = '[!#-<>-\\\\^-~]{1,32}'
  const PARAM = ` ${NAME}="(?:[^"\\\\\\]]|\\\\["\\\\\\]])*"`
  const MESSAGE = new RegExp(
    `^<(\\d{1,3})>1 (\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{1,6}Z) [!-~]{1,255} [!-~]{1,48} [!-~]{1,128} [!-~]{1,32} \\[${NAME}(?:${PARAM})*\\] \uFEFF[^\\n]+$`,
  )
  for (const line of inFormat('rfc5424')) {
    const [, priority] = MESSAGE.exec(line) ?? []
    assert.ok(priority && Number(priority) >= 104 && Number(priority) <= 111, line)
  }
  assert.match(inFormat('rfc5424').at(-1)!, / ticket="a\|b=c \\"d\\" \\\]e\\\\f"/)
})
