// Subjects and names of certificates: what is taken, in which one spelling, and what is refused.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeyriteError } from '../../src/domain/errors.ts'
import { addressBytes, formatSubject, parseCertName, parseSubject } from '../../src/domain/subject.ts'

const TAKEN: readonly (readonly [text: string, spelled: string])[] = [
  ['CN=pay.example.com', 'CN=pay.example.com'],
  ['cn = pay , o=Example Bank ,C=DE', 'CN=pay,O=Example Bank,C=DE'],
  ['CN=Smith\\, Jones \\+ Co', 'CN=Smith\\, Jones \\+ Co'],
  ['CN=\\#1\\=one', 'CN=\\#1=one'],
  ['CN=\\ a\\ ', 'CN=\\ a\\ '],
  ['CN=a\\\\', 'CN=a\\\\'],
  ['CN=Zoë \u{1f511}', 'CN=Zoë \u{1f511}'],
  [`CN=${'\u{1f511}'.repeat(64)}`, `CN=${'\u{1f511}'.repeat(64)}`],
  ['UID=7,DC=example,DC=com', 'UID=7,DC=example,DC=com'],
]

const REFUSED = [
  '',
  'pay',
  'CN=',
  'CN= ',
  'CN=a,',
  ',CN=a',
  'CN=a\\',
  'CN=a\\b',
  'CN=a+OU=b',
  'CN="a"',
  'XX=a',
  'C=de',
  'C=DEU',
  `CN=${'a'.repeat(65)}`,
  'CN=a\u202eb',
  'SERIALNUMBER=ä',
]

describe('subjects', () => {
  for (const [text, spelled] of TAKEN)
    test(text, () => {
      const parts = parseSubject(text)
      assert.equal(formatSubject(parts), spelled)
      assert.deepEqual(parseSubject(spelled), parts)
    })
  for (const text of REFUSED) test(`refused: ${text}`, () => isRefused(() => parseSubject(text), 'CERT-SUBJECT'))
})

describe('other names', () => {
  const names = [
    'DNS:*.example.com',
    'DNS:localhost',
    'IP:10.0.0.1',
    'IP:2001:db8::1',
    'EMAIL:a@b.example',
    'URI:urn:x:y',
  ]
  for (const text of names)
    test(text, () => assert.equal(parseCertName(text.replace(/^\w+/, (w) => w.toLowerCase())), text))
  const wrong = [
    'DNS:',
    'DNS:a b',
    'DNS:-a',
    'IP:10.0.0.256',
    'IP:1..2.3',
    'IP:1::2::3',
    'IP:fe',
    'X:a',
    'EMAIL:a',
    'pay',
  ]
  for (const text of wrong) test(`refused: ${text}`, () => isRefused(() => parseCertName(text), 'CERT-NAME'))
  test('an address is of 4 or 16 bytes', () => {
    assert.deepEqual(addressBytes('10.0.0.255'), Uint8Array.of(10, 0, 0, 255))
    assert.equal(Buffer.from(addressBytes('2001:db8::ff:1')!).toString('hex'), `20010db8${'0'.repeat(16)}00ff0001`)
    assert.equal(Buffer.from(addressBytes('::')!).toString('hex'), '0'.repeat(32))
  })
})

function isRefused(parse: () => unknown, rule: string): void {
  assert.throws(parse, (error: unknown) => error instanceof KeyriteError && error.code === rule && error.exit === 2)
}
