// A sample of the forgeries, and of ledgers that are bent in other ways, before two verifiers that share no line: one verdict.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromAfar } from '../support/afar-forgeries.ts'
import { auditText, ruleOf } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { contradictions } from '../support/contradictions.ts'
import { forgeries } from '../support/forgeries.ts'
import { readAll } from '../support/independent.ts'
import { textOf } from '../support/ledger.ts'
import { Story } from '../support/story.ts'

/** Of each rule the first forgery, and every contradiction. */
const sample = forgeries.filter(
  (forgery, i) => contradictions.includes(forgery) || forgeries.findIndex(({ rule }) => rule === forgery.rule) === i,
)

test('the independent reader refuses what ours refuses, and takes what ours takes', async () => {
  const cast = await newCast()
  const forged = sample.map(({ cast: recast, changes }) => Story.forge(recast?.(cast) ?? cast, changes).text)
  const { lines } = Story.tell(cast, 20)
  const swapped = [...lines.slice(0, 8), lines[9]!, lines[8]!, ...lines.slice(10)]
  const bent = [lines, lines.slice(0, -1), swapped, lines.toSpliced(4, 1), [...lines, lines.at(-1)!]].map(textOf)
  const afar = Story.forge(fromAfar.cast!(cast), fromAfar.changes).text
  const texts = [...forged, ...bent, afar]
  const theirs = await readAll(texts)
  const words = [
    ...sample.map(({ rule, what }) => `${rule}: ${what}`),
    'whole',
    'shorter',
    'swapped',
    'dropped',
    'doubled',
    'from afar',
  ]
  const differ = texts.flatMap((text, i) => {
    const ours = ruleOf(() => auditText(text))
    return (ours === 'none') === (theirs[i] === 'none') ? [] : [`${words[i]} (ours ${ours}, theirs ${theirs[i]})`]
  })
  assert.deepEqual(differ, [])
  assert.equal(theirs[sample.length], 'none')
  assert.equal(theirs.at(-1), 'none')
})
