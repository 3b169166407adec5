// Which keys are one: by a hash or 40 bits the ledger tells, by 24 bits the token does, and what nobody can tell apart for sure is two.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noneAbsent } from '../../src/change/key-targets.ts'
import { KnownKeys } from '../../src/change/known-keys.ts'
import { checkDistinct } from '../../src/change/operations/generate-keys.ts'
import type { KeyEntry } from '../../src/domain/key-history.ts'
import type { KeyTarget, Origin } from '../../src/domain/shapes.ts'
import type { KeyFacts, UserSession } from '../../src/hsm/port.ts'

const SHORT = 'ecb3:939574'
const LONG = 'cmac5:08793e25ab'
const components = (...all: string[]): Origin => ({ kind: 'components', components: all, clearOnHost: true }) as Origin
const key = (name: string, id: string, fingerprint: string, more: object = {}): KeyEntry =>
  ({ name, version: 1, id, fingerprint, state: 'active', origin: { kind: 'generated' }, ...more }) as KeyEntry
const answering = (isOne: boolean | undefined) => {
  const asked: string[][] = []
  const session = {
    readKeys: async () => [],
    areOne: async (...ids: Uint8Array[]) => {
      asked.push(ids.map((id) => Buffer.from(id).toString('hex')))
      return isOne
    },
  } as unknown as UserSession
  return { session, asked }
}

test('24 bits decide nothing: the token does, and where it can not tell, two keys are two', async () => {
  for (const [isOne, found] of [
    [true, 'old#1'],
    [false, undefined],
    [undefined, undefined],
  ] as const) {
    const { session, asked } = answering(isOne)
    const known = new KnownKeys([], [key('old', '01', SHORT), key('gone', '02', SHORT, { state: 'destroyed' })])
    assert.equal(await known.provedAs(key('new', '03', SHORT), session), found)
    assert.deepEqual(asked, [['03', '01']], 'what is destroyed is asked for nothing')
    assert.equal(await known.provedAs(key('new', '03', 'ecb3:000000'), session), undefined)
    assert.equal(asked.length, 1)
  }
})

test('40 bits and hashes decide without the token, also of what is destroyed', async () => {
  const { session, asked } = answering(false)
  const known = new KnownKeys([{ id: '04' }], [key('old', '01', LONG, { state: 'destroyed' }), key('new', '04', SHORT)])
  assert.equal(await known.provedAs(key('new', '03', LONG), session), 'old#1')
  assert.equal(await known.provedAs(key('new', '03', ''), session), undefined)
  assert.equal(known.sameAs(LONG, { kind: 'generated' }), 'old#1')
  assert.deepEqual([known.mayBe(LONG), known.mayBe(SHORT)], [[], []], 'what is just being made is not known')
  assert.deepEqual(asked, [])
})

test('the same components, in any order, and the same file are the same key', () => {
  const known = new KnownKeys(
    [],
    [
      key('joined', '01', SHORT, { origin: components('ecb3:111111', 'ecb3:222222') }),
      key('filed', '02', SHORT, { origin: { kind: 'file', sha256: 'aa', clearOnHost: true } }),
    ],
  )
  assert.equal(known.sameAs(SHORT, components('ecb3:222222', 'ecb3:111111')), 'joined#1')
  assert.equal(known.sameAs(`${SHORT}8288`, components('ecb3:222222', 'ecb3:111111')), 'joined#1')
  assert.equal(known.sameAs(SHORT, components('ecb3:222222', 'ecb3:333333')), undefined)
  assert.equal(known.sameAs(SHORT, { kind: 'file', sha256: 'aa', clearOnHost: true }), 'filed#1')
  assert.equal(known.sameAs(SHORT, { kind: 'file', sha256: 'bb', clearOnHost: true }), undefined)
  assert.equal(known.sameAs(SHORT, { kind: 'file', clearOnHost: true } as Origin), undefined)
  assert.deepEqual(known.mayBe(`${SHORT}8288`), ['joined#1', 'filed#1'])
})

test('of many DES keys that the token makes two may have one check value', async () => {
  const targets = ['01', '02'].map((id) => ({ name: `k-${id}`, version: 1, id })) as unknown as KeyTarget[]
  const facts = targets.map(() => ({ fingerprint: SHORT })) as KeyFacts[]
  const history = { keys: [] } as never
  await checkDistinct(targets, facts, history, answering(false).session)
  await assert.rejects(() => checkDistinct(targets, facts, history, answering(true).session), { code: 'KEY-DISTINCT' })
})

test('KEY-ABSENT: a key that can never leave its token is not looked for in backups', () => {
  const absent = (name: string, EXTRACTABLE: boolean) => ({ name, version: 1, attributes: { EXTRACTABLE } })
  const hint = (...keys: ReturnType<typeof absent>[]) => JSON.stringify(noneAbsent(keys)!.hint)
  assert.match(hint(absent('in', false)), /"compromise","in#1".*no backup can hold it/)
  assert.doesNotMatch(hint(absent('in', false)), /BACKUP/)
  assert.match(hint(absent('in', false), absent('out', true)), /"restore","out#1","--in","BACKUP"/)
})
