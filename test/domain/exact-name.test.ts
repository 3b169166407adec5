// Names of CAs as others write them: a text for people and a text that gives the very bytes, of which none is taken for another.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type BaseBlock,
  BitString,
  BmpString,
  IA5String,
  ObjectIdentifier,
  PrintableString,
  Sequence,
  Set as SetOf,
  TeletexString,
  UniversalString,
  Utf8String,
} from 'asn1js'
import { der, nameOf } from '../../src/domain/certificate-request.ts'
import { parseSubject } from '../../src/domain/subject.ts'
import { exactInWords, exactName, isExact, isSameName, textOfExact } from '../../src/domain/x509/exact-name.ts'

const pair = (oid: string, value: unknown) =>
  new Sequence({ value: [new ObjectIdentifier({ value: oid }), value as BaseBlock] as never })
const name = (...sets: Sequence[][]) =>
  der(new Sequence({ value: sets.map((pairs) => new SetOf({ value: pairs })) as never }))
const [C, CN, O, OU, ORG_ID] = ['2.5.4.6', '2.5.4.3', '2.5.4.10', '2.5.4.11', '2.5.4.97']
const german = pair(C, new PrintableString({ value: 'DE' }))

const NAMES: readonly (readonly [what: string, name: Uint8Array, exact: string, words: string])[] = [
  ['as it is written here', der(nameOf(parseSubject('CN=Zoë\\, A,C=DE'))), 'CN=Zoë\\, A,C=DE', 'CN=Zoë\\, A,C=DE'],
  [
    'PrintableString',
    name([german], [pair(CN, new PrintableString({ value: 'Root, 1' }))]),
    'CN=#1307526f6f742c2031,C=DE',
    'CN=Root\\, 1,C=DE',
  ],
  ['BMPString', name([pair(O, new BmpString({ value: 'Zë' }))]), 'O=#1e04005a00eb', 'O=Zë'],
  ['UniversalString', name([pair(O, new UniversalString({ value: 'Z' }))]), 'O=#1c040000005a', 'O=Z'],
  ['T61String', name([pair(OU, new TeletexString({ value: 'a (b)' }))]), 'OU=#14056120286229', 'OU=a (b)'],
  [
    'T61String of letters that mean two things',
    name([pair(OU, new TeletexString({ value: 'Zë' }))]),
    'OU=#14025aeb',
    'OU=#14025aeb',
  ],
  [
    'several values, and a type without letters',
    name([german], [pair(O, new Utf8String({ value: 'a+b' })), pair(ORG_ID, new Utf8String({ value: 'VATDE-1' }))]),
    'O=a\\+b+2.5.4.97=#0c0756415444452d31,C=DE',
    'O=a\\+b+organizationIdentifier=VATDE-1,C=DE',
  ],
  [
    'an e-mail address',
    name([pair('1.2.840.113549.1.9.1', new IA5String({ value: 'a@b' }))]),
    '1.2.840.113549.1.9.1=#1603614062',
    'emailAddress=a@b',
  ],
  [
    'a type of nobody, no string',
    name([pair('1.2.3', new BitString({ valueHex: Uint8Array.of(5) }))]),
    '1.2.3=#03020005',
    '1.2.3=#03020005',
  ],
  [
    'signs that steer a screen',
    name([pair(CN, new Utf8String({ value: 'a\u202eb' }))]),
    'CN=#0c0561e280ae62',
    'CN=#0c0561e280ae62',
  ],
  ['a hash that is a letter', name([pair(CN, new Utf8String({ value: '#0c0161' }))]), 'CN=\\#0c0161', 'CN=\\#0c0161'],
  [
    'longer than X.520 has it',
    name([pair(CN, new Utf8String({ value: 'a'.repeat(65) }))]),
    `CN=#0c41${'61'.repeat(65)}`,
    `CN=${'a'.repeat(65)}`,
  ],
  ['a country that is none', name([pair(C, new PrintableString({ value: 'de' }))]), 'C=#13026465', 'C=de'],
  ['an empty value', name([pair(CN, new Utf8String({ value: '' }))]), 'CN=#0c00', 'CN='],
]

for (const [what, bytes, exact, words] of NAMES)
  test(what, () => {
    assert.equal(textOfExact(bytes), exact)
    assert.deepEqual(Buffer.from(der(exactName(exact))), Buffer.from(bytes))
    assert.equal(exactInWords(exact), words)
    assert.ok(isExact(exact))
    assert.ok(isSameName(exact, exact))
  })

test('what is no name, or not in DER, is none', () => {
  const [, long] = NAMES[0]!
  for (const bytes of [
    Uint8Array.of(0x30, 0),
    Uint8Array.of(),
    name([]),
    Uint8Array.of(...long, 0),
    Uint8Array.of(0x30, 0x81, long[1]!, ...long.subarray(2)),
    der(new Sequence({ value: [german] })),
    name([new Sequence({ value: [german, german] })]),
  ])
    assert.equal(textOfExact(bytes), undefined)
})

test('a name has one spelling', () => {
  for (const text of [
    '',
    'CN=',
    'CN=#0c0161',
    'CN=#0C0161',
    'CN=#',
    'CN=#1',
    'CN=#0c',
    'CN=#0c0161ff',
    '2.5.4.3=#0c0161',
    '2.5.4.97=a',
    'cn=a',
    'CN=a ',
    'CN=a, O=b',
    'XX=#0c0161',
    'CN=a+',
    '1=#0c0161',
  ])
    assert.ok(!isExact(text), text)
})

test('names are the same in whatever strings they stand', () => {
  assert.ok(isSameName('CN=Root CA,C=DE', 'CN=#1307526f6f74204341,C=DE'))
  assert.ok(isSameName('CN=root  ca', 'CN=#1307526f6f74204341'))
  assert.ok(isSameName('CN=#1e04005a00eb', 'CN=Zë'))
  assert.ok(!isSameName('CN=Root CA', 'O=#1307526f6f74204341'))
  assert.ok(!isSameName('CN=a+O=b', 'CN=a,O=b'))
  assert.ok(isSameName('O=b+CN=a', 'CN=a+O=b'))
})
