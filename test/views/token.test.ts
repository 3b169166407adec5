// What token list says of a token: what it can't do, and what nobody has tried.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LATER_TYPES } from '../../src/domain/keys.ts'
import { wholeProfile } from '../../src/domain/profile.ts'
import { inPlain } from '../../src/terminal/render.ts'
import { slotView } from '../../src/views/token-view.ts'
import { PROFILE } from '../support/story.ts'

test('a type that was not known when the token was taken is not tried, and not called one that it lacks', () => {
  const types = Object.fromEntries(
    Object.entries(PROFILE.types).filter(([type]) => !LATER_TYPES.some((one) => one === type)),
  )
  const profile = wholeProfile({ ...PROFILE, types } as typeof PROFILE)
  const pinLength = { min: 4, max: 255 }
  const token = {
    label: 'pay',
    serial: '0a',
    model: 'm',
    manufacturer: 'x',
    initialised: true,
    userPinSet: true,
    tries: {},
    pinLength,
  }
  const said = inPlain(slotView({ slot: 3, token, profile } as never, { module: '/lib/p.so', address: {} }))
  assert.match(said, new RegExp(`not tried +${LATER_TYPES[0]}, [^:]*: not known when the token was taken`))
  assert.doesNotMatch(said, /can't (make|back up)[^:\n]*not tried/)
})
