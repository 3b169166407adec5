// A slot that can't be read may hold the token that is looked for: whoever is told that none is there is told of it, too.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyriteError } from '../../src/domain/errors.ts'
import type { SlotFacts } from '../../src/hsm/port.ts'
import { chooseTarget, type TargetOptions } from '../../src/session/choose-token.ts'
import { slotOf } from '../support/slots.ts'

const other = slotOf(3, { serial: 'bb', label: 'other' })
const sick: SlotFacts = { slot: 7, description: '', manufacturer: '', fault: 'C_GetTokenInfo: CKR_DEVICE_ERROR (0x30)' }
const named = /; slot 7 can't be read: C_GetTokenInfo: CKR_DEVICE_ERROR \(0x30\)/

const cases: [what: string, options: TargetOptions, code: string, beside: boolean][] = [
  ['a blank token', {}, 'TOKEN-PRESENT', false],
  ['a blank token, and another is there', {}, 'TOKEN-BLANK', true],
  ['the token in that slot', { slot: 7 }, 'TOKEN-PRESENT', false],
  ['a blank token by its serial', { token: 'aa' }, 'TOKEN-PRESENT', true],
  ['a token that is to be erased', { eraseToken: 'aa' }, 'TOKEN-PRESENT', true],
]
for (const [what, options, code, beside] of cases)
  test(`${what}: the sick slot is named`, () => {
    const slots = beside ? [other, sick] : [sick]
    assert.throws(
      () => chooseTarget(slots, options, undefined, 'pay', {}),
      (error: KeyriteError) => error.code === code && named.test(error.message),
    )
  })
