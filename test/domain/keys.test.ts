// Key types, states and usages: every transition of SP 800-57, and the attributes that follow from a state.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  attributesFor,
  classOf,
  type Flags,
  isPair,
  KEY_STATES,
  KEY_TYPES,
  type KeyState,
  mayBecome,
  possibleUsages,
  transitionsFrom,
  USAGES,
  type Usage,
  usageAttributes,
  usagesIn,
  usualUsages,
} from '../../src/domain/keys.ts'

const TRANSITIONS: Record<KeyState, KeyState[]> = {
  'pre-active': ['active', 'compromised', 'destroyed'],
  active: ['suspended', 'deactivated', 'compromised'],
  suspended: ['active', 'deactivated', 'compromised', 'destroyed'],
  deactivated: ['compromised', 'destroyed'],
  compromised: ['destroyed'],
  destroyed: [],
}

for (const from of KEY_STATES) {
  test(`${from} may become ${TRANSITIONS[from].join(', ') || 'nothing'}, and nothing else`, () => {
    for (const to of KEY_STATES) assert.equal(mayBecome(from, to), TRANSITIONS[from].includes(to), `${from} -> ${to}`)
    assert.deepEqual(transitionsFrom(from), TRANSITIONS[from])
  })
}

test('secret keys and pairs', () => {
  const secret = KEY_TYPES.filter((type) => classOf(type) === 'secret')
  assert.deepEqual(secret, [
    'aes-256',
    'aes-192',
    'aes-128',
    'hmac-sha256',
    'hmac-sha384',
    'hmac-sha512',
    'tdes-168',
    'tdes-112',
  ])
})

test('what a type does by default is something that it can do', () => {
  for (const type of KEY_TYPES) {
    assert.ok(usualUsages(type).length > 0)
    for (const usage of usualUsages(type)) assert.ok(possibleUsages(type).includes(usage), `${type} ${usage}`)
  }
  assert.deepEqual(usualUsages('aes-256'), ['encrypt', 'decrypt'])
  assert.deepEqual(possibleUsages('ed25519'), ['sign', 'verify'])
})

const ALL: Usage[] = [...USAGES]
const OLD: Usage[] = ['decrypt', 'verify', 'unwrap']

test('a state leaves of the usages what old data needs, or nothing', () => {
  assert.deepEqual(usagesIn('active', ALL), ALL)
  for (const state of ['suspended', 'deactivated'] as const) assert.deepEqual(usagesIn(state, ALL), OLD)
  for (const state of ['pre-active', 'compromised', 'destroyed'] as const) assert.deepEqual(usagesIn(state, ALL), [])
  assert.deepEqual(usagesIn('compromised', ALL, true), OLD)
  assert.deepEqual(usagesIn('pre-active', ALL, true), [])
  assert.deepEqual(usagesIn('deactivated', ['encrypt', 'sign']), [])
})

const on = (flags: Flags) => Object.keys(flags).filter((name) => flags[name])

test('the usage attributes of a secret key are all stated', () => {
  const flags = usageAttributes('aes-256', ['encrypt', 'decrypt']) as Flags
  assert.deepEqual(Object.keys(flags), ['ENCRYPT', 'DECRYPT', 'SIGN', 'VERIFY', 'WRAP', 'UNWRAP', 'DERIVE'])
  assert.deepEqual(on(flags), ['ENCRYPT', 'DECRYPT'])
})

test('of a pair the public half encrypts, verifies and wraps; the private half does the rest', () => {
  const flags = usageAttributes('rsa-2048', ALL)
  assert.ok(isPair(flags))
  assert.deepEqual(on(flags.public), ['ENCRYPT', 'VERIFY', 'WRAP'])
  assert.deepEqual(on(flags.private), ['DECRYPT', 'SIGN', 'UNWRAP', 'DERIVE'])
  const none = usageAttributes('rsa-2048', [])
  assert.ok(isPair(none))
  assert.deepEqual([...on(none.public), ...on(none.private)], [])
})

test('every key is private, sensitive and never copied; what can be backed up is wrapped with a trusted key only', () => {
  for (const type of KEY_TYPES) {
    for (const backup of [true, false]) {
      const made = attributesFor(type, usualUsages(type), backup)
      const flags = isPair(made) ? made.private : made
      const { TOKEN, PRIVATE, SENSITIVE, COPYABLE, EXTRACTABLE, WRAP_WITH_TRUSTED } = flags
      assert.deepEqual(
        { TOKEN, PRIVATE, SENSITIVE, COPYABLE },
        { TOKEN: true, PRIVATE: true, SENSITIVE: true, COPYABLE: false },
      )
      assert.deepEqual({ EXTRACTABLE, WRAP_WITH_TRUSTED }, { EXTRACTABLE: backup, WRAP_WITH_TRUSTED: backup })
      if (isPair(made)) assert.equal(made.public.PRIVATE, true)
    }
  }
})
