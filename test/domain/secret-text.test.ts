// What is taken for a secret in a text, and what only looks a little like one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyriteError } from '../../src/domain/errors.ts'
import { holdsSecret, maySecretBegin, maySecretStart, withoutSecrets } from '../../src/domain/secret-text.ts'
import { recordable } from '../../src/domain/texts.ts'

const SHARE = 'krs13dc9fetz29j9mltyyvm4nnnxgtw9wf3eu6ut2uf909vx4pdd77vmq68ta3q3pgy5f6w5f6d52ppse6cjqempy'
const AGE = 'AGE-SECRET-KEY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0S5Z6UK4'
const groups = (gap: string) => SHARE.match(/.{1,4}/g)!.join(gap)

const hidden: [text: string, shown: string][] = [
  [`there is no share file ${SHARE}`, 'there is no share file (hidden)'],
  [`"${SHARE}" is no key type`, '"(hidden)" is no key type'],
  [`shares/${SHARE.toUpperCase()} is gone`, 'shares/(hidden) is gone'],
  [`"${groups('-')}"`, '"(hidden)"'],
  [`reason: ${groups(' ')}`, 'reason: (hidden)'],
  ...['_', '.', '  ', ' - ', '\u2013', '\u200b', '/', ', '].map((gap): [string, string] => [groups(gap), '(hidden)']),
  [`reason: ${SHARE.match(/.{1,5}/g)!.join(' ')}`, 'reason: (hidden)'],
  [`reason: ${[...SHARE].join('_')}`, 'reason: (hidden)'],
  [groups('_').slice(5), '(hidden)'],
  [`${SHARE.slice(0, 30)}b${SHARE.slice(31)}`, '(hidden)'],
  [`${SHARE.slice(0, 40)}: cut`, '(hidden): cut'],
  [`x ${SHARE.slice(4)}`, 'x (hidden)'],
  [SHARE.slice(4), '(hidden)'],
  [`identity ${AGE} of alice`, 'identity (hidden) of alice'],
  [AGE.toLowerCase(), '(hidden)'],
  [`Alice-${SHARE}`, 'Alice-(hidden)'],
  [`Alice_K${SHARE.slice(1)}`, 'Alice_(hidden)'],
  [`K${SHARE.slice(1)} of Alice`, '(hidden) of Alice'],
  [`aliceKRS1${SHARE.slice(4).toUpperCase()}`, 'alice(hidden)'],
]
for (const [text, shown] of hidden)
  test(`hidden: ${text}`, () => {
    assert.equal(withoutSecrets(text), shown)
    assert.ok(holdsSecret(text))
    assert.equal(recordable(text), withoutSecrets(text))
  })

const seen = [
  'this is not a keyrite share: those begin with krs1',
  'krs1-legacy-keys is taken',
  'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kn5sfmcaqjjqe8d',
  'carol=age1tag1q2ysmt86cz26s70srad3fjnpwawq4eakahq44xh64vxfejaxkmxe2qpspk6 --passphrase-cost 14 --card x.so',
  'a3c4d5e6f7a8c9d0e2f3a4c5d6e7f8a9c0d2e3f4a5c6d7e8f9a0c2d3e4f5a6c7',
  'JV80 VSDN F8K5 3X5Y B5HD',
  '/nix/store/sqy3ppzfyl3ysn5m5ckn3jksm5fn5smv-softhsm/libsofthsm2.so',
  'a line of it looks like AGE-SECRET-',
  // Of base64 and base64url some has the start of a share.
  '06LGYZIKrS1zQ7ex9MfTn3YwUc0hJkd8vGapls2E4Dr',
  'MIIBojkRs1AqpZRY9x8gf2Tvdw0S3jn54Khce6mua7lQ/zry9x8+dE==',
]
for (const text of seen) test(`seen: ${text}`, () => assert.equal(withoutSecrets(text), text))

test('a failure repeats none, in its message or its hint', () => {
  const { message, hint } = new KeyriteError(2, 'USAGE', `no ${SHARE}`, `ls ${AGE}`)
  assert.deepEqual([message, hint], ['no (hidden)', 'ls (hidden)'])
})

test('a line is hidden while it is typed before there is much of it', () => {
  const longest = (text: string) => [...text].findIndex((_, i) => maySecretBegin(text.slice(0, i)))
  assert.ok(longest(SHARE) <= 4)
  assert.ok(longest(groups(' ').slice(2)) <= 22)
  assert.ok(longest(AGE) <= 10)
  // Public, and to be compared: a recipient, and where one is asked for, a code.
  assert.equal(longest('age1ywk8rqu82mux8thaxnymd4xc27dvjpterrpqhfg57dedaq0kvqtqp3z84g'), -1)
  for (const [text, hidden] of [
    ['6FAT2 VRVGY 9K5SJ 7BWX3 0FQFA', false],
    [SHARE, true],
    [groups(' '), true],
    [AGE, true],
  ] as const)
    assert.equal(maySecretStart(text), hidden, text)
  for (const text of ['the laptop was stolen', 'payments/card-dek#3', '/usr/lib/softhsm/libsofthsm2.so'])
    assert.equal(maySecretBegin(text), false, text)
})
