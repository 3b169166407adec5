// What keys have in common stands once in a line: there and back, and no other spelling, for ours and for the independent reader.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonical } from '../../src/domain/canonical.ts'
import { planInMemory, recordInMemory, recordText } from '../../src/domain/templates.ts'
import { auditText, ruleOf } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { readAll } from '../support/independent.ts'
import { type Loose, textOf } from '../support/ledger.ts'
import { Story } from '../support/story.ts'

const common = fc.record({
  class: fc.constantFrom('secret', 'pair'),
  usage: fc.constantFrom(['encrypt'], ['sign']),
  attributes: fc.constantFrom({ TOKEN: true }, { TOKEN: true, SIGN: false }),
})
const own = fc.record({ name: fc.string(), version: fc.nat() }, { requiredKeys: ['name'] })
const keysOf = fc.array(fc.tuple(common, own).map(([shared, its]) => ({ ...shared, ...its })))

test('any keys come back as they were, in the order in which they stood', () => {
  fc.assert(
    fc.property(keysOf, (keys) => {
      const record = { type: 'outcome', keys, changed: true }
      assert.deepEqual(recordInMemory(JSON.parse(recordText(record))), JSON.parse(canonical(record)))
    }),
  )
})

type Keys = { keys: Loose[]; templates: Loose[] }

/** Each of these would say the same, or something that nobody was shown. */
const spellings: Record<string, (told: Keys) => void> = {
  'a key that is written whole': (told) => {
    const whole = (planInMemory(told) as Keys).keys
    told.keys = whole
    delete (told as Partial<Keys>).templates
  },
  'a template twice': ({ keys, templates }) => {
    templates.push(structuredClone(templates[0]!))
    keys.at(-1)!.template = templates.length - 1
  },
  'a template that no key has': ({ templates }) => templates.push({ ...templates[0]!, state: 'suspended' }),
  'templates in another order': ({ keys, templates }) => {
    templates.unshift({ ...templates[0]!, state: 'suspended' })
    for (const key of keys) key.template++
  },
  'a number of no template': ({ keys }) => (keys[0]!.template = 7),
  'a key without a number': ({ keys }) => delete keys[0]!.template,
  'a number that is text': ({ keys }) => (keys[0]!.template = '0'),
  'what is common in a key': ({ keys, templates }) => (keys[0]!.state = templates[0]!.state),
  'a name in a template': ({ keys, templates }) => (templates[0]!.version = keys[0]!.version),
  'a number in a template': ({ templates }) => (templates[0]!.template = 0),
  'templates without keys': (told) => (told.keys = []),
  'no templates at all': (told) => (told.templates = []),
  'a template that is none': ({ templates }) => (templates[0] = [] as unknown as Loose),
  'a key that is none': ({ keys }) => (keys[0] = 'card' as unknown as Loose),
}

/** The line with this spelling, and the ledger up to it. */
function bentLine(lines: readonly string[], at: number, bend: (told: Keys) => void): string {
  const line = JSON.parse(lines[at]!)
  bend(line.record.plan ?? line.record)
  return textOf([...lines.slice(0, at), canonical(line)])
}

test('RECORD-SHAPE: one value has one spelling', async () => {
  const { lines } = Story.tell(await newCast(), 0)
  const places = [/"templates".*"type":"outcome"/, /"plan":.*"op":"key\.rotate"/].map((what) =>
    lines.findIndex((line) => what.test(line)),
  )
  const bent = places.flatMap((at) =>
    Object.entries(spellings).map(([what, bend]) => [`${what}, record ${at}`, bentLine(lines, at, bend)] as const),
  )
  const theirs = await readAll(bent.map(([, text]) => text))
  for (const [i, [what, text]] of bent.entries()) {
    assert.equal(
      ruleOf(() => auditText(text)),
      'RECORD-SHAPE',
      what,
    )
    assert.equal(theirs[i], 'SHAPE', what)
  }
})
