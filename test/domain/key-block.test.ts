// The envelope of a key block: each length in it is held against the others, and what does not hold is named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cmac } from '@noble/ciphers/aes.js'
import fc from 'fast-check'
import { blockHeaderIn, blockUsage, isAsBlockSays } from '../../src/domain/block-meaning.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { parseKeyBlock } from '../../src/domain/key-block.ts'
import { keyBlockFacts } from '../../src/domain/key-block-words.ts'
import { derivationInputs, openBlock } from '../../src/domain/open-block.ts'
import { optionalOddity } from '../../src/domain/optional-blocks.ts'
import { keyBlocks } from '../support/key-blocks.ts'

const blocks = keyBlocks().map(({ block }) => block)
/** AES-CTR (ISO 20038), from the same public test file as others. */
const E = 'E0084B0TV16N0000B2AE5E26BBA7F246E84D5EA24167E208A6B66EF2E27E55A52DB52F0AEACB94C57547'

/** A block of this header and these optional blocks, with its length. */
function made(version: string, optional: string, count: string, rest: string): string {
  const text = `${version}____P0AE00E${count}00${optional}${rest}`
  return text.replace('____', `${text.length}`.padStart(4, '0'))
}
const REST = 'AB'.repeat(32 + 16)

test('what is whole, with optional blocks short and long', () => {
  for (const block of [...blocks, E]) assert.equal(parseKeyBlock(block).header.length % 8, 0)
  const { optional, mac } = parseKeyBlock(blocks.find((block) => block.startsWith('D3776'))!)
  assert.deepEqual(
    optional.map(({ id }) => id),
    ['CT', 'KP', 'TS', 'PB'],
  )
  assert.equal(optional[0]!.data.slice(0, 8), '00MIIDsz')
  assert.equal(mac.length, 32)
  assert.equal(parseKeyBlock(E).encrypted.length, 36)
})

test('what no standard has is shown as it is', () => {
  const text = made('D', 'Z910HELLOworld!!', '01', REST).replace('P0AE00E', '91AEc2E')
  const { usage, keyVersion, optional1 } = keyBlockFacts(parseKeyBlock(text))
  assert.deepEqual(
    [usage, keyVersion, optional1],
    ['91, in no standard', 'c2, component 2 of a key', 'Z9, in no standard: HELLOworld!!'],
  )
})

const D = blocks.find((block) => block.startsWith('D0144'))!
for (const [text, said] of [
  ['', /version is ""/],
  ['F0016', /version is "F"/],
  ['D0144', /ends within its header, after 5/],
  [`${D}00`, /says that it has 144 characters, and has 146/],
  [D.slice(0, -2), /has 144 characters, and has 142/],
  [D.replace('D0144', 'D01x4'), /length is "01x4"/],
  [D.replace('D0144', 'D-144'), /length is "-144"/],
  [`${D.slice(0, 20)}é${D.slice(21)}`, /other characters/],
  [`${D.slice(0, 20)}\u001b${D.slice(21)}`, /other characters/],
  [`${D.slice(0, -1)}g`, /not hex/],
  [`${D.slice(0, 12)}x1${D.slice(14)}`, /number of optional blocks is "x1"/],
  [made('D', '', '01', REST), /an optional block is called|the length of its optional block|longer than all/],
  [made('D', 'ks10____________', '01', REST), /called "ks"/],
  [made('D', 'KSzz____________', '01', REST), /optional block KS is "zz"/],
  [made('D', 'KS02____________', '01', REST), /KS is shorter/],
  [made('D', 'KSFF____________', '01', REST), /KS is longer/],
  [made('D', 'KS0000__________', '01', REST), /KS has 0 digits/],
  [made('D', 'KS000500010_____', '01', REST), /KS has 5 digits/],
  [made('D', 'KS00040004______', '01', REST), /KS is shorter/],
  [made('D', 'LB06abLB06cdPB04', '03', REST), /LB is there twice/],
  [made('D', 'PB06abLB06cdKV04', '03', REST), /follows the optional block PB/],
  [made('D', 'KS0CHELLOwor', '01', REST), /28 characters, which are not whole blocks of 16/],
  [made('D', '', '00', 'AB'.repeat(31 + 16)), /key has 31 bytes/],
  [made('D', '', '00', 'AB'.repeat(16)), /key has 0 bytes|not hex/],
  [made('D', '', '00', 'AB'), /no room for its MAC/],
] as const)
  test(`damaged: ${said.source}: ${text.slice(0, 24)}`, () => {
    assert.throws(
      () => parseKeyBlock(text),
      (error: unknown) => error instanceof KeyriteError && error.code === 'KEY-BLOCK' && said.test(error.message),
    )
  })

test('whatever comes, it is a block or is told what is wrong', () => {
  const bent = fc
    .tuple(fc.constantFrom(...blocks.slice(0, 8), E), fc.nat(), fc.string({ maxLength: 3 }))
    .map(([block, at, more]) => {
      const from = at % block.length
      return block.slice(0, from) + more + block.slice(from + more.length)
    })
  fc.assert(
    fc.property(bent, (text) => {
      try {
        keyBlockFacts(parseKeyBlock(text))
      } catch (error) {
        assert.ok(error instanceof KeyriteError && error.code === 'KEY-BLOCK', String(error))
      }
    }),
    { numRuns: 200 },
  )
})

test('published blocks of version D open to the keys that they say, and to none when anything is changed', async () => {
  const of = keyBlocks().filter(({ block, kbpk }) => block.startsWith('D') && kbpk.length === 64)
  assert.equal(of.length, 2)
  for (const { block, kbpk, key } of of) {
    const own = Buffer.from(kbpk, 'hex')
    const opened = (text: string, by = own) =>
      openBlock(
        parseKeyBlock(text),
        derivationInputs(32).map((input) => cmac(input, by)),
        32,
      )
    using value = await opened(block)
    assert.equal(Buffer.from(value.reveal()).toString('hex').toUpperCase(), key)
    const other = Buffer.from(own)
    other[31]! ^= 1
    await assert.rejects(opened(block, other), { code: 'BLOCK-OPENS' })
    for (const at of [9, 11, block.length - 40, block.length - 1]) {
      const bent = `${block.slice(0, at)}${block[at] === 'E' ? 'D' : 'E'}${block.slice(at + 1)}`
      await assert.rejects(opened(bent), { code: 'BLOCK-OPENS' }, `character ${at}`)
    }
  }
})

test('what a header makes of its key: each use with its modes, and nothing for PINs, cards or derivation', () => {
  const use = (text: string) => blockUsage(blockHeaderIn(text))
  assert.deepEqual(use('D0000D0AB00E0000'), ['encrypt', 'decrypt'])
  assert.deepEqual(use('D0000D0AE00E0000'), ['encrypt'])
  assert.deepEqual(use('D0000K0TD00E0000'), ['unwrap'])
  assert.deepEqual(use('D0000K1AN00E0000'), ['wrap', 'unwrap'])
  assert.deepEqual(use('D0000M7HC00E0000'), ['sign', 'verify'])
  assert.deepEqual(use('D0000M6AV00E0000'), ['verify'])
  for (const text of ['P0AE', 'B0TX', 'K0AC', 'D0HB', 'M7AC', 'M3TC', 'E0TX', 'V2AE', 'D0AX'])
    assert.equal(use(`D0000${text}00E0000`), undefined, text)
})

test('what stands in an optional block is of such a key, and written as X9.143 has it', () => {
  const odd = (algorithm: string, ...blocks: [string, string][]) =>
    optionalOddity(
      blocks.map(([id, data]) => ({ id, data })),
      algorithm,
    )
  const rows: [algorithm: string, id: string, data: string, why: RegExp | undefined][] = [
    ['A', 'KC', '010A00E3', undefined],
    ['A', 'KC', '000A00E3', undefined],
    ['A', 'KC', '000A00E3AA', /"000A00E3AA" in its optional block KC/],
    ['A', 'KC', '020A00E3', /KC/],
    ['A', 'KP', '01', /KP/],
    ['A', 'PK', '010A00E3FF00', undefined],
    ['A', 'TS', '20200818221218Z', undefined],
    ['A', 'TC', '2020-08-18T22:12:18.50Z', undefined],
    ['A', 'TC', '2020-08-18 22:12:18', /TC/],
    ['A', 'WP', '001', undefined],
    ['A', 'WP', '004', /WP/],
    ['A', 'LB', 'whatever it is', undefined],
    ['A', '10', 'IBMC', undefined],
    ['A', 'KS', '00604B120F9292800000', /KS, which is for keys that are derived/],
    ['A', 'CT', '00MII', /CT, which is for pairs/],
    ['A', 'HM', '21', /holds no HMAC key/],
    ['H', 'HM', '21', undefined],
    ['I', 'HM', '23', undefined],
    ['H', 'HM', '31', /hash 31, which no key here has/],
    ['H', 'HM', '99', /"99" in its optional block HM/],
    ['H', 'LB', 'no hash', /does not say the hash/],
    ['I', 'LB', 'no hash', undefined],
  ]
  for (const [algorithm, id, data, why] of rows) {
    const found = odd(algorithm, [id, data])
    if (why === undefined) assert.equal(found, undefined, `${id} ${data}`)
    else assert.match(found ?? '', why, `${id} ${data}`)
  }
})

test('KEY-ORIGIN: a key that came in a block is known by no check value that its block contradicts', () => {
  const header = 'D0160D0AB00E0100KC10010A00E3FF00'
  const key = { type: 'aes-256', usage: ['encrypt', 'decrypt'], extractable: true } as const
  const says = (text: string, check: string) => isAsBlockSays(text, { ...key, check })
  assert.equal(says(header, 'cmac5:0a00e3'), true)
  assert.equal(says(header, 'cmac5:0a00e3ff00'), true)
  assert.equal(says(header, 'ecb3:123456'), true)
  assert.equal(says(header, 'cmac5:0a00e4'), false)
  assert.equal(says(header.replace('KC', 'KS'), 'cmac5:0a00e3'), false)
})
