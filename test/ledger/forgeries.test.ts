// Ledgers signed anew by somebody who has keys that he should not use so: every rule of the verifier finds what it is there for.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { auditText, ruleOf, verifyByCommand } from '../support/audit.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { type Forgery, forgeries } from '../support/forgeries.ts'
import { Story } from '../support/story.ts'

let cast: Cast

before(async () => {
  cast = await newCast()
})

const forge = ({ cast: recast, changes }: Forgery): Story => Story.forge(recast?.(cast) ?? cast, changes)

for (const forgery of forgeries) {
  test(`${forgery.rule}: ${Object.keys(forgery.changes)
    .at(-1)!
    .replace(/plan:|said:/, '')}: ${forgery.what}`, () => {
    assert.equal(
      ruleOf(() => auditText(forge(forgery).text)),
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
    const { code, json, stderr } = await verifyByCommand(
      forge(forgeries.find((forgery) => forgery.rule === rule)!).text,
    )
    assert.equal(code, 5, stderr)
    assert.deepEqual(
      { ok: json.ok, code: json.error.code, changed: json.error.changed },
      { ok: false, code: rule, changed: false },
    )
  }
})
