// Ledgers signed anew by somebody who has keys that he should not use so: every rule of the verifier finds what it is there for.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fromAfar } from '../support/afar-forgeries.ts'
import { auditText, ruleOf, verifyByCommand } from '../support/audit.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { contradictions } from '../support/contradictions.ts'
import { type Forgery, forgeries } from '../support/forgeries.ts'
import { readAll } from '../support/independent.ts'
import { textOf } from '../support/ledger.ts'
import { Story } from '../support/story.ts'

let cast: Cast

before(async () => {
  cast = await newCast()
})

const texts = new Map<Forgery, string>()

/** Told once, for both readers. */
function forged(forgery: Forgery): string {
  const { cast: recast, changes } = forgery
  const text = texts.get(forgery) ?? Story.forge(recast?.(cast) ?? cast, changes).text
  texts.set(forgery, text)
  return text
}

for (const forgery of forgeries) {
  test(`${forgery.rule}: ${Object.keys(forgery.changes)
    .at(-1)!
    .replace(/plan:|said:/, '')}: ${forgery.what}`, () => {
    assert.equal(
      ruleOf(() => auditText(forged(forgery))),
      forgery.rule,
    )
  })
}

test('the steps as they are break no rule', () => {
  const steps = forgeries.flatMap(({ changes }) => Object.keys(changes))
  const { text } = Story.forge(cast, Object.fromEntries(steps.map((step) => [step, () => {}])))
  assert.equal(
    ruleOf(() => auditText(text)),
    'none',
  )
})

test('the program names the same rules, with exit 5', async () => {
  const named = [
    'SIGNER-MAY',
    'QUORUM-MET',
    'NEEDS-RECOMPUTED',
    'AUDIT-KEY-APPROVED',
    'ROSTER-THRESHOLD',
    'OUTCOME-PLANNED',
  ]
  for (const rule of named) {
    const { code, json, stderr } = await verifyByCommand(forged(forgeries.find((forgery) => forgery.rule === rule)!))
    assert.equal(code, 5, stderr)
    assert.deepEqual(
      { ok: json.ok, code: json.error.code, changed: json.error.changed },
      { ok: false, code: rule, changed: false },
    )
  }
})

/** Of each rule the first forgery, and every contradiction. */
const sample = forgeries.filter(
  (forgery, i) => contradictions.includes(forgery) || forgeries.findIndex(({ rule }) => rule === forgery.rule) === i,
)

/** Whole ledgers that are taken, and some that are bent in other ways. */
function others(): [name: string, text: string][] {
  const { lines } = Story.tell(cast, 20)
  const swapped = [...lines.slice(0, 8), lines[9]!, lines[8]!, ...lines.slice(10)]
  return [
    ['whole', textOf(lines)],
    ['from afar', forged(fromAfar)],
    ['shorter', textOf(lines.slice(0, -1))],
    ['swapped', textOf(swapped)],
    ['dropped', textOf(lines.toSpliced(4, 1))],
    ['doubled', textOf([...lines, lines.at(-1)!])],
  ]
}

test('a verifier that shares no line with ours refuses what ours refuses, and takes what ours takes', async () => {
  const told = others()
  const theirs = await readAll([...sample.map(forged), ...told.map(([, text]) => text)])
  const forgeriesTaken = sample.filter((_, i) => theirs[i] === 'none').map(({ rule, what }) => `${rule}: ${what}`)
  assert.deepEqual(forgeriesTaken, [])
  const ours = told.map(([name, text]) => [name, ruleOf(() => auditText(text)) === 'none'])
  assert.deepEqual(
    told.map(([name], i) => [name, theirs[sample.length + i] === 'none']),
    ours,
  )
  assert.deepEqual(ours.slice(0, 2), [
    ['whole', true],
    ['from afar', true],
  ])
})
