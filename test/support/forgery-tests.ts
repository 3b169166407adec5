// Forgeries of a story: each is found by its rule, and the independent reader takes none of them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { auditText, ruleOf } from './audit.ts'
import type { Forgery } from './bending.ts'
import { sample } from './full.ts'
import { readAll } from './independent.ts'

/** `tell`: the text of a bent story. `whole`: of the true one. Both are asked for once the tests run. */
export function testForgeries(
  forgeries: readonly Forgery[],
  tell: (forgery: Forgery) => string,
  whole: () => string,
): void {
  const texts = new Map<Forgery, string>()

  /** Told once, for both readers. */
  function forged(forgery: Forgery): string {
    const text = texts.get(forgery) ?? tell(forgery)
    texts.set(forgery, text)
    return text
  }

  describe('forgeries', () => {
    for (const forgery of forgeries) {
      const { rule, what, changes } = forgery
      test(`${rule}: ${Object.keys(changes)[0]}: ${what}`, () => {
        assert.equal(
          ruleOf(() => auditText(forged(forgery))),
          rule,
        )
      })
    }
  })

  /** Its arithmetic takes time: of each rule the first, or all. */
  const forSome = sample(forgeries, ({ rule }, i) => forgeries.findIndex((one) => one.rule === rule) === i)

  test('the independent reader takes the whole, and none of the forgeries', async () => {
    const [taken, ...verdicts] = await readAll([whole(), ...forSome.map(forged)])
    assert.equal(taken, 'none')
    const missed = forSome.filter((_, i) => verdicts[i] === 'none')
    assert.deepEqual(
      missed.map(({ rule, what }) => `${rule}: ${what}`),
      [],
    )
  })
}
