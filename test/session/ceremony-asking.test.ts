// What people said no to in a ceremony is kept, also where the program ends before anybody has said why.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interrupted } from '../../src/domain/errors.ts'
import { askWhy } from '../../src/session/ceremony-asking.ts'
import type { CeremonyWork } from '../../src/session/ceremony-work.ts'

test('no, and then Ctrl-C, is an exception', async () => {
  const kept: unknown[] = []
  const terminal = { ask: () => Promise.reject(interrupted()), show: () => {} }
  const work = { terminal, add: async (entry: unknown) => void kept.push(entry) } as unknown as CeremonyWork
  await assert.rejects(askWhy('what is not as the script has it:', '1.2', work, 'is it the same'), /interrupted/)
  assert.deepEqual(kept, [{ type: 'exception', step: '1.2', text: 'no was said to: is it the same; not why' }])
  await assert.rejects(askWhy('what is not as the script has it:', '1.2', work), /interrupted/)
  assert.equal(kept.length, 1)
})
