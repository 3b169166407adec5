// A manifest as people write it: what is taken, what is wrong and where; and periods by the calendar.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeyriteError } from '../../src/domain/errors.ts'
import { managedKeys, parseManifest } from '../../src/domain/manifest.ts'
import { after, before, isPeriod } from '../../src/domain/period.ts'

const GOOD = `format = "keyrite.manifest/1"

[policies.dek-1y]
type = "aes-256"
rotate-every = "P1Y"
publish-before = "P14D"
process-for = "P2Y"
destroy-after = "P30D"

[keys."payments/card-dek"]
policy = "dek-1y"
deliver = ["cards-1", {app = "web", usage = ["encrypt"]}]

[keys."terminals/tmk"]
policy = "dek-1y"
count = 12

[duties]
"partition.check" = "P92D"
`

/** The line to be changed, what stands there then, and what is said. */
const WRONG: [from: string, to: string, said: RegExp][] = [
  ['format = "keyrite.manifest/1"', 'format = "keyrite.manifest/2"', /^format, line 1: not keyrite\.manifest\/1$/],
  ['type = "aes-256"', 'type = "aes-257"', /^policies\.dek-1y\.type, line 4: "aes-257" is not "aes-256" \| /],
  ['type = "aes-256"', 'usage = ["encrypt"]', /^policies\.dek-1y\.type, line 3: it is missing$/],
  [
    'type = "aes-256"',
    'type = "aes-256"\nrotate = "P1Y"',
    /^policies\.dek-1y\.rotate, line 5: no member is called so$/,
  ],
  ['type = "aes-256"', 'type = "aes-256"\ntype = "aes-128"', /^line 5: trying to redefine/],
  ['"P1Y"', '"1Y"', /^policies\.dek-1y\.rotate-every, line 5: not a period such as P1Y/],
  ['"P14D"', '"P1Y"', /^policies\.dek-1y, line 3: publish-before is not shorter than rotate-every$/],
  ['process-for = "P2Y"', '', /^policies\.dek-1y, line 3: destroy-after says nothing without process-for$/],
  ['type = "aes-256"', 'type = "aes-256"\nusage = ["wrap", "decrypt"]', /line 3: it may both wrap and decrypt$/],
  [
    'policy = "dek-1y"\ndeliver',
    'policy = "dek"\ndeliver',
    /^keys\.payments\/card-dek\.policy, line 11: no policy is called dek; did you mean dek-1y\?$/,
  ],
  ['["encrypt"]}]', '["wrap"]}]', /^keys\.payments\/card-dek\.deliver, line 12: the policy says nothing of wrap$/],
  ['{app = "web", usage = ["encrypt"]}', '"cards-1"', /line 12: cards-1 stands twice$/],
  ['count = 12', 'count = 12.5', /^keys\.terminals\/tmk\.count, line 16: not a whole number$/],
  ['count = 12', 'count = 0', /^keys\.terminals\/tmk\.count, line 16: "?0"? is not >=1$/],
  [
    '[keys."payments/card-dek"]',
    '[keys."terminals/tmk-03"]',
    /^keys\.terminals\/tmk, line 14: terminals\/tmk-03 is named by terminals\/tmk-03 too$/,
  ],
  [
    '[keys."payments/card-dek"]',
    '[keys."payments/card dek"]',
    /^keys\.payments\/card dek, line 10: not the name of a key$/,
  ],
  ['[duties]', '[duties]\n"app.init" = "P1D"', /^duties\.app\.init, line 19: no member is called so$/],
  ['[duties]', '[duties', /^line 18: /],
]

describe('what is wrong in a manifest is named by its member and its line', () => {
  test('a good one', () => {
    const keys = managedKeys(parseManifest(GOOD))
    assert.equal(keys.size, 13)
    assert.deepEqual(
      [...keys.get('payments/card-dek')!.deliver!],
      [
        ['cards-1', ['encrypt', 'decrypt']],
        ['web', ['encrypt']],
      ],
    )
    assert.equal(keys.get('terminals/tmk-07')!.deliver, undefined)
  })
  for (const [from, to, said] of WRONG)
    test(`${from.split('\n')[0]} becomes ${to.split('\n').at(-1) || 'nothing'}`, () => {
      assert.ok(GOOD.includes(from))
      assert.throws(
        () => parseManifest(GOOD.replace(from, to)),
        (error: Error & { exit: number }) => {
          assert.match(error.message, said)
          return error.exit === 2
        },
      )
    })
  test('the same as JSON, in which no member stands twice, however it is spelled', () => {
    const json = JSON.stringify(parseManifest(GOOD), null, 2)
    assert.deepEqual(parseManifest(json), parseManifest(GOOD))
    const twice = json.replace('"type": "aes-256",', '"type": "aes-256",\n"t\\u0079pe": "aes-128",')
    assert.throws(() => parseManifest(twice), /^Error: line 6: "type" stands twice$/)
    assert.throws(() => parseManifest('{"format":'), /it is not JSON/)
    assert.throws(() => parseManifest('{"keys":{"constructor":{"policy":1}}}'), /it is missing|not as it/)
  })
})

describe('periods', () => {
  const known: [time: string, period: string, then: string][] = [
    ['2026-01-31T10:00:00.000Z', 'P1M', '2026-02-28T10:00:00.000Z'],
    ['2024-02-29T10:00:00.000Z', 'P1Y', '2025-02-28T10:00:00.000Z'],
    ['2024-02-29T10:00:00.000Z', 'P4Y', '2028-02-29T10:00:00.000Z'],
    ['2026-12-31T23:59:59.999Z', 'P1D', '2027-01-01T23:59:59.999Z'],
    ['2026-01-31T00:00:00.000Z', 'P1M1D', '2026-03-01T00:00:00.000Z'],
    ['2026-11-28T00:00:00.000Z', 'P18M', '2028-05-28T00:00:00.000Z'],
    ['2026-11-28T00:00:00.000Z', 'P2W', '2026-12-12T00:00:00.000Z'],
  ]
  for (const [time, period, then] of known) test(`${time} and ${period}`, () => assert.equal(after(time, period), then))
  test('before', () => {
    assert.equal(before('2026-03-31T08:00:00.000Z', 'P1M'), '2026-02-28T08:00:00.000Z')
    assert.equal(before('2026-01-10T08:00:00.000Z', 'P14D'), '2025-12-27T08:00:00.000Z')
  })
  test('which texts are periods', () => {
    for (const one of ['P1Y', 'P1Y2M3D', 'P14D', 'P2W', 'P18M']) assert.ok(isPeriod(one), one)
    for (const one of ['', 'P', 'P0D', 'P1D1M', 'PT1H', 'P1', '1Y', 'p1y', 'P1W1D', 'P-1D', 'P1.5Y', 'P1Y ', 'P99999Y'])
      assert.ok(!isPeriod(one), one)
  })
})

test('millions of names are refused before they are made', () => {
  const many = Array.from({ length: 500 }, (_, i) => `[keys.k${i}]\npolicy = "p"\ncount = 100000`).join('\n')
  const text = `format = "keyrite.manifest/1"\n[policies.p]\ntype = "aes-256"\n${many}`
  assert.throws(() => parseManifest(text), /^Error: keys.*: more than 100000 keys$/)
})

test('TOML that is nested too deeply is refused, however it is written', () => {
  const deep = 'a.'.repeat(30_000)
  for (const text of [`${deep}a = 1\n`, `[${deep}a]\nb = 1\n`, `[[${deep}a]]\n`, `${'a.'.repeat(70)}a = 1\n`])
    assert.throws(
      () => parseManifest(text),
      (error) => error instanceof KeyriteError && error.code === 'TOML' && /nested too deeply/.test(error.message),
      text.slice(0, 8),
    )
})
