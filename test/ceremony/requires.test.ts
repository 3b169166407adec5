// What a script requires before it begins: a row each, with the rules that it breaks, by ours and by the independent reader.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { wrongBeginning } from '../../src/ceremony/verify/people.ts'
import { rehearsalMessage } from '../../src/domain/ceremony-marks.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import { keyIdOf } from '../../src/domain/record.ts'
import { inRepo } from '../support/paths.ts'

const SCRIPT = 'a1'.repeat(32)
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const spki = publicKey.export({ format: 'der', type: 'spki' })
const key = { id: keyIdOf(spki), alg: 'EdDSA', spki: toBase64url(spki) }

function rehearsed(ended: string, more: object = {}) {
  const told = {
    ...{ format: 'keyrite.rehearsal/1', name: 'q4', script: SCRIPT, partition: 'a twin', journal: 'j', ended },
    ...{ exceptions: 0, key, ...more },
  } as Parameters<typeof rehearsalMessage>[0]
  return { rehearsal: told, value: toBase64url(sign(null, rehearsalMessage(told), privateKey)) }
}

const clock = (wall: string) => ({ host: '2027-03-01T08:00:00.000Z', wall })
const people = (...roles: string[][]) => roles.map((own, i) => ({ name: `${i}`, roles: own }))
const APART = { separate: [['operator', 'witness']] }

/** [what it is, requires, people, of line 0, rules that are broken]. */
const rows: readonly (readonly [string, object, object[], object, string[]])[] = [
  ['nothing', {}, [], {}, []],
  ['apart', APART, people(['operator'], ['witness', 'auditor']), {}, []],
  ['both', APART, people(['auditor', 'witness', 'operator']), {}, ['CEREMONY-SEPARATE']],
  ['near', { clock: 'PT1M30S' }, [], { clock: clock('2027-03-01T08:01:30.000Z') }, []],
  ['far off', { clock: 'PT1M30S' }, [], { clock: clock('2027-03-01T07:58:29.999Z') }, ['CEREMONY-CLOCK']],
  ['unread', { clock: 'PT60S' }, [], {}, ['CEREMONY-CLOCK']],
  ['unread in a rehearsal', { clock: 'PT60S', rehearsal: 'P1D' }, [], { mode: 'rehearsal' }, []],
  ['none', { rehearsal: 'P14D' }, [], {}, ['CEREMONY-REHEARSED']],
  ['one', { rehearsal: 'P14D' }, [], { rehearsal: rehearsed('2027-02-15T08:00:00.000Z') }, []],
  ['too old', { rehearsal: 'P14D' }, [], { rehearsal: rehearsed('2027-02-15T07:59:59.999Z') }, ['CEREMONY-REHEARSED']],
  ['a month ago', { rehearsal: 'P1M' }, [], { rehearsal: rehearsed('2027-02-01T08:00:00.000Z') }, []],
  ['at the end of a month', { rehearsal: 'P1M1D' }, [], { rehearsal: rehearsed('2027-01-31T08:00:00.000Z') }, []],
  ['before it', { rehearsal: 'P1M' }, [], { rehearsal: rehearsed('2027-01-31T07:59:00.000Z') }, ['CEREMONY-REHEARSED']],
  ['weeks', { rehearsal: 'P2W' }, [], { rehearsal: rehearsed('2027-02-15T08:00:00.000Z') }, []],
  ['years', { rehearsal: 'P1Y' }, [], { rehearsal: rehearsed('2026-03-01T08:00:00.000Z') }, []],
  ['later', {}, [], { rehearsal: rehearsed('2027-03-01T08:00:00.001Z') }, ['CEREMONY-REHEARSED']],
  [
    'of another',
    {},
    [],
    { rehearsal: rehearsed('2027-03-01T07:00:00.000Z', { script: 'b2'.repeat(32) }) },
    ['CEREMONY-REHEARSED'],
  ],
]

test('who is kept apart, the clock and the age of a rehearsal', () => {
  const cases = rows.map(([, requires, all, opened]) => ({
    script: { requires },
    site: { people: all },
    opened: { mode: 'real', script: SCRIPT, partition: 'real', time: '2027-03-01T08:00:00.000Z', ...opened },
  }))
  const wanted = rows.map(([what, , , , rules]) => [what, ...rules])
  const ours = cases.map((one, i) => [rows[i]![0], ...wrongBeginning(one as never, () => true).map(({ code }) => code)])
  assert.deepEqual(ours, wanted)
  const program =
    'import json, sys; from formats import requires; print(json.dumps([list(requires.broken(c["script"], c["site"], c["opened"], [sys.argv[1]])) for c in json.load(sys.stdin)]))'
  const theirs = execFileSync('python3', ['-B', '-c', program, key.id], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: inRepo('test/independent') },
  })
  assert.deepEqual(
    JSON.parse(theirs).map((rules: string[], i: number) => [rows[i]![0], ...rules]),
    wanted,
  )
})
