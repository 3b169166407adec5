// Any member of any record changed and signed anew: our verdict is a rule with a name, and the independent reader's is the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditText, ruleOf } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { readAll } from '../support/independent.ts'
import type { Change, Loose } from '../support/ledger.ts'
import { Story } from '../support/story.ts'

const STEPS = [
  'created',
  'note',
  'drill',
  'denied 2',
  'generate',
  'generate pair done',
  'batch',
  'batch done 2',
  'fail done',
  'verify',
]
const MORE = [
  'verify done',
  'crash',
  'recovered',
  'recover done',
  'rotate',
  'rotate done',
  'suspend',
  'destroy',
  'destroy done',
]
const LATE = ['backup', 'backup done', 'restore', 'token', 'restore done']
/** Before the approvals: custodians would sign it. */
const PLANS = ['generate', 'batch', 'verify', 'rotate', 'suspend', 'destroy', 'backup', 'restore', 'recover'].map(
  (step) => `plan:${step}`,
)

const OTHERS: Loose[] = [
  0,
  1,
  2 ** 53,
  -1,
  1.5,
  true,
  false,
  '',
  'x',
  'active',
  'done',
  '\u202e',
  [],
  {},
  [1],
  { a: 1 },
  null,
]

/** Every place in a value, as the names that lead there. */
function* placesOf(value: Loose, path: string[] = []): Generator<string[]> {
  for (const name of typeof value === 'object' && value !== null ? Object.keys(value) : []) {
    yield [...path, name]
    yield* placesOf(value[name], [...path, name])
  }
}

/** Changes, drops, doubles or adds a member at a place that the number chooses. */
const mutation =
  (number: number): Change =>
  (record) => {
    const places = [...placesOf(record)]
    const path = places[(number * 7919) % places.length]!
    const parent = path.slice(0, -1).reduce((value, name) => value[name], record)
    const name = path.at(-1)!
    const kind = number % 4
    if (kind === 0 && Array.isArray(parent)) parent.push(structuredClone(parent[Number(name)]))
    else if (kind === 0) delete parent[name]
    else if (kind === 1 && !Array.isArray(parent)) parent[`${name}x`] = parent[name]
    else parent[name] = OTHERS[(number * 31) % OTHERS.length]
  }

/** Signing and approving ask the canonical text: what has none can't be signed by anybody. */
function forged(cast: Awaited<ReturnType<typeof newCast>>, step: string, number: number): string | undefined {
  try {
    return Story.forge(cast, { [step]: mutation(number) }).text
  } catch {
    return undefined
  }
}

test('mutations of every record: a rule with a name, and one verdict', async () => {
  const cast = await newCast()
  const steps = [...STEPS, ...MORE, ...LATE, ...PLANS]
  const count = 80
  const told = Array.from({ length: count }, (_, i) => ({ step: steps[i % steps.length]!, number: 3 + i * 13 }))
    .map((one) => ({ ...one, text: forged(cast, one.step, one.number) }))
    .filter(({ text }) => text !== undefined)
  assert.ok(told.length > count / 2)
  const theirs = await readAll(told.map(({ text }) => text!))
  const differ = told.flatMap(({ step, number, text }, i) => {
    const ours = ruleOf(() => auditText(text!))
    return (ours === 'none') === (theirs[i] === 'none') ? [] : [`${step} ${number}: ours ${ours}, theirs ${theirs[i]}`]
  })
  assert.deepEqual(differ, [])
})
