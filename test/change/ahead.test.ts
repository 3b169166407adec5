// What is asked ahead comes in its order, and a failure is told where its turn is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedAhead } from '../../src/change/ahead.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

async function asked(count: number, fails = Number.POSITIVE_INFINITY) {
  const [began, got]: [number[], number[]] = [[], []]
  const ask = async (some: readonly number[], before: number) => {
    assert.equal(some[0] ?? 0, before)
    began.push(some.length)
    if (before >= fails) throw new Error(`at ${before}`)
    return some.map((one) => one * 2)
  }
  let error: unknown
  try {
    for await (const [one, twice] of askedAhead(numbers(count), ask)) {
      assert.equal(twice, one * 2)
      got.push(one)
    }
  } catch (thrown) {
    error = thrown
  }
  return { began, got: got.length, inOrder: got.every((one, i) => one === i), error }
}

test('a hundred at a time, each with its own, in order', async () => {
  for (const [count, began] of [
    [0, [0]],
    [1, [1]],
    [100, [100]],
    [250, [100, 100, 50]],
  ] as const)
    assert.deepEqual(await asked(count), { began, got: count, inOrder: true, error: undefined })
})

test('the next are under way while those before are taken; what came before a failure is given', async () => {
  const { began, got, error } = await asked(250, 100)
  assert.deepEqual([began, got, `${error}`], [[100, 100], 100, 'Error: at 100'])
})
