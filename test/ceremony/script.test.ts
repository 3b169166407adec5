// The shapes of scripts and site files: what is taken, and how each fault is told.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { isBroken, type Placeholder, placeholderIn } from '../../src/ceremony/fill-in.ts'
import { inOneLine, type Problem, problemText } from '../../src/ceremony/read-shape.ts'
import {
  type CeremonyMedium,
  type CeremonyRole,
  type CeremonyScript,
  fileSha256,
  mediaOf,
  parseScript,
  rolesOf,
  scriptCode,
} from '../../src/ceremony/script.ts'
import { secondsOf } from '../../src/ceremony/shapes.ts'
import { type CeremonyPerson, type CeremonySite, parseSite, peopleIn, siteValue } from '../../src/ceremony/site.ts'
import type { CeremonyStep, StepKind, StepOf } from '../../src/ceremony/step.ts'
import { canonical } from '../../src/domain/canonical.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { parseEntry } from '../../src/domain/journal.ts'

const SCRIPT = `format = "keyrite.ceremony/1"
name = "2026-q4-rotation"
version = 3
title = "Yearly rotation"
partition = "pay"
basis = ["CHG-1410"]
[requires]
rehearsal = "P14D"
separate = [["operator", "custodian"]]
clock = "PT60S"
[roles]
operator = "the only person at the keyboard"
custodian = { about = "holds a share", people = 3, shares = true }
[blanks]
bag = { ask = "number of the bag", like = "^[0-9]{7}$" }
[media]
stick = { about = "the stick for the backup", holds = ["backup"] }
hsm = "the HSM"
[begins]
"card#1" = "active"
[[steps]]
id = "1"
act = "Beginning"
kind = "media"
by = ["operator"]
takes = "PT1M30S"
text = "Open the bag."
medium = "hsm"
bag = "opened"
blank = "bag"
[[steps]]
id = "2.10"
kind = "run"
by = ["operator"]
takes = "PT10M"
text = "Rotate."
run = ["key", "rotate", "card"]
quorum = true
[steps.expect]
exit = 0
state = { "card#2" = "active" }
`

const SITE = `format = "keyrite.ceremony-site/1"
place = "Vault 2"
clock = "radio clock on the north wall"
module = "/usr/lib/hsm.so"
[values]
backup = "/media/stick/pay.backup"
[[people]]
name = "אבי כהן"
roles = ["operator"]
[[people]]
name = "Alice"
roles = ["custodian"]
custodian = "alice"
key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJQ8mN1TjB9Yp6Vb1O2v3c4d5e6f7g8h9i0jklmnopqr alice@example"
`

const told = (parse: () => unknown): string[] => {
  try {
    parse()
    return []
  } catch (error) {
    assert.ok(error instanceof KeyriteError, `${error}`)
    const { problems } = (error.data ?? { problems: [{ why: error.message }] }) as { problems: Problem[] }
    if (error.data) assert.equal(error.message, inOneLine(problems))
    return problems.map(problemText).map((text) => text.replace(/^step /, ''))
  }
}

test('a script and a site are read as they stand', () => {
  const script: CeremonyScript = parseScript(SCRIPT)
  const [first, last]: CeremonyStep[] = script.steps
  const kinds: StepKind[] = ['media', 'run']
  assert.deepEqual([first!.kind, last!.kind], kinds)
  assert.equal((last as StepOf<'run'>).quorum, true)
  assert.equal(secondsOf(first!.takes), 90)
  const roles: CeremonyRole[] = [...rolesOf(script).values()]
  const media: [string, CeremonyMedium][] = [...mediaOf(script)]
  assert.deepEqual(
    roles.map(({ people, shares }) => [people, shares]),
    [
      [1, false],
      [3, true],
    ],
  )
  assert.deepEqual(media, [
    ['stick', { about: 'the stick for the backup', holds: ['backup'] }],
    ['hsm', { about: 'the HSM', holds: [] }],
  ])
  const hex = createHash('sha256').update(SCRIPT).digest('hex')
  assert.equal(fileSha256(SCRIPT), hex)
  assert.match(scriptCode(SCRIPT), /^([0-9A-Z]{4} ){4}[0-9A-Z]{4}$/)
  const site: CeremonySite = parseSite(SITE)
  const people: readonly CeremonyPerson[] = peopleIn(site, 'custodian')
  assert.equal(people.length, 1)
  const values = ['module', 'backup', 'custodian', 'operator', 'slot', 'constructor'].map((name) =>
    siteValue(site, name),
  )
  assert.deepEqual(values, ['/usr/lib/hsm.so', '/media/stick/pay.backup', 'alice', undefined, undefined, undefined])
})

test('a journal keeps what was entered into a blank, whatever the blank is called', () => {
  const time = '2026-11-28T10:00:00.000Z'
  const values = { bag: 'A-1', constructor: 'A-2' }
  const taken = { type: 'step', step: '1', kind: 'enter', began: time, by: [], values }
  const entry = { format: 'keyrite.journal/1', seq: 2, prev: 'A'.repeat(43), time, ...taken }
  const signature = { key: 'a'.repeat(16), alg: 'ES256', value: 'AAAA' }
  assert.deepEqual(parseEntry(canonical({ entry, signature })).entry, entry)
  const wrong = { ...entry, values: { constructor: 1 } }
  assert.throws(() => parseEntry(canonical({ entry: wrong, signature })), { code: 'JOURNAL-LINE' })
})

/** [what stands there, what stands there instead, what is told]. */
const faults: [from: string, to: string, told: string | string[]][] = [
  ['keyrite.ceremony/1', 'keyrite.ceremony/2', 'format, line 1: not keyrite.ceremony/1'],
  ['partition = "pay"', 'partition = "constructor"', 'partition, line 5: a reserved word: choose another name'],
  ['version = 3', 'version = "3"', 'version, line 3: not a number'],
  [
    '"CHG-1410"',
    '1410',
    'basis.0, line 6: 1410 stands without quotes: write it as "1410", with every zero that it has',
  ],
  ['"P14D"', '"14 days"', 'requires.rehearsal, line 8: not a period such as P14D'],
  ['"operator", "custodian"]]', '"operator", "operator"]]', 'requires.separate.0, line 9: one role, twice'],
  ['people = 3', 'people = 0', 'roles.custodian.people: less than 1'],
  ['[roles]', '[roles]\nconstructor = 5', 'it has a name that none can have'],
  ['"card#1" =', '"card" =', 'begins.card, line 20: not a version of a key, such as payments/card-dek#2'],
  [
    'kind = "media"',
    'kind = "medium"',
    /** of a variant */ '1: kind, line 24: "medium" is not "read" | "check" | "enter" | "compare" | "media" | "run" | "attach" | "pause" | "sign"',
  ],
  ['id = "2.10"', 'id = 2.10', '(the 2. of the file): id, line 32: not a text in quotes: "2.10" is not "2.1"'],
  [
    'id = "2.10"',
    'id = "2/1"',
    '(the 2. of the file): id, line 32: not an id of up to 16 letters, digits, dots and dashes',
  ],
  ['blank = "bag"', '', '1: steps.0.blank, line 21: it is missing'],
  ['quorum = true', 'quorums = true', '2.10: quorums, line 38: no member is called so'],
  ['quorum = true', 'quorum = "yes"', '2.10: quorum, line 38: not true or false'],
  ['"PT10M"', '"10 min"', '2.10: takes, line 35: not a length of time such as PT90S, PT10M or PT1H30M'],
  ['["key", "rotate", "card"]', '"key rotate card"', '2.10: run, line 37: not a list of words'],
  ['"Rotate."', '"Rot\\u001bate."', '2.10: text, line 36: the text holds U+001B, a control character'],
  [
    '"Rotate."',
    '"Rot\\u202eate."',
    '2.10: text, line 36: the text holds U+202E, which is no printable character of Unicode 14.0',
  ],
  ['"Rotate."', '" "', '2.10: text, line 36: empty'],
  [
    '[steps.expect]\nexit = 0',
    '[steps.expect]\nexit = 7',
    '2.10: expect.exit, line 40: 7 is not 0 | 1 | 2 | 3 | 4 | 5 | 6 | 130',
  ],
  [
    'Yearly rotation"',
    'Yearly rotation"\ntitle = "Again"',
    'line 5: trying to redefine an already defined table or value',
  ],
]

describe('what is wrong with a script', () => {
  for (const [from, to, said] of faults)
    test(`${to}`, () => {
      assert.ok(SCRIPT.includes(from))
      assert.deepEqual(
        told(() => parseScript(SCRIPT.replace(from, () => to))),
        [said].flat(),
      )
    })
  test('all of it at once', () => {
    const worse = SCRIPT.replace('"pay"', '"PAY"').replace('"PT10M"', '"x"').replace('"opened"', '"ajar"')
    assert.deepEqual(told(() => parseScript(worse)).length, 3)
  })
})

test('what is wrong with a site', () => {
  const faulty = SITE.replace('AAAAC3', 'AAAAB3').replace('"alice"', '"Alice"').replace('place', 'plaice')
  assert.deepEqual(
    told(() => parseSite(faulty)),
    [
      'place: it is missing',
      'people.1.custodian, line 13: not a name of a-z, 0-9 and -',
      'people.1.key, line 14: not an SSH public key, as ssh-keygen writes it into a .pub file',
      'plaice, line 2: no member is called so',
    ],
  )
})

test('a whole word stands for a value, and a part of one for itself', () => {
  const out: Placeholder = { from: 'site', name: 'out' }
  assert.deepEqual(placeholderIn('{site.out}'), out)
  assert.deepEqual(placeholderIn('{blank.bag-1}'), { from: 'blank', name: 'bag-1' })
  for (const word of ['{site.out}/a', '{site.}', '{env.HOME}', '{{site.out}}', '{site.out}\n'])
    assert.equal(placeholderIn(word), undefined)
  assert.deepEqual(['{site.out}/a', '{site.out}', '{env.HOME}', 'x={blank.bag}'].map(isBroken), [
    true,
    false,
    false,
    true,
  ])
})
