// A key that comes in a key block: the token derives the keys of the block by the key that protects it, and the header decides what its key may.
import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { checkValueOf } from '../../src/domain/check-values.ts'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { blockOf, keyBlocks, withOptional } from '../support/key-blocks.ts'
import { filesBelow, spellings } from '../support/leaks.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'

const KBPK = randomBytes(32)
const KEY = randomBytes(32)
/** Data, never to leave. */
let never: { header: string; block: string }
const inBlock = (kcv: string) => `01${kcv.slice('cmac5:'.length).toUpperCase()}`

let ready: TestPartition
let kcv: string
/** Of an HMAC key, with a check value of it, for which X9.143 has no method. */
const macBlock = (key: Buffer, kc: string): string =>
  blockOf(
    KBPK,
    withOptional('D0000M7HC00E0000', [
      ['HM', '21'],
      ['KC', kc.toUpperCase()],
    ]),
    key,
  )
/** What blocks say of the key that protects them. */
let kp: string

/** By the cipher alone, to ten digits, and with another last one. */
const older = (key: Buffer) =>
  `ecb3:${createCipheriv('aes-256-ecb', key, null).update(Buffer.alloc(16)).toString('hex').slice(0, 10)}`
const nearly = (check: string) => `${check.slice(0, -1)}${check.endsWith('0') ? '1' : '0'}`

before(async () => {
  ready = await partition()
  kcv = await checkValueOf('aes-256', KEY)
  kp = inBlock(await checkValueOf('aes-256', KBPK))
  const said = [
    ['KC', inBlock(kcv)],
    ['KP', kp],
    ['LB', 'of the partner'],
  ] as const
  const header = withOptional('D0000D0AN00N0000', said)
  const block = blockOf(KBPK, header, KEY)
  never = { block, header: block.slice(0, header.length) }
  const jwk = { kty: 'oct', k: KBPK.toString('base64url') }
  writeFileSync(ready.path('kbpk.jwk'), JSON.stringify(jwk), { mode: 0o600 })
  const uses = ['--usage', 'wrap', '--usage', 'unwrap', '--type', 'aes-256', '--accept', 'clear-on-host']
  await ready.data('key', 'import', 'kbpk', '--in', ready.path('kbpk.jwk'), ...uses, ...by(ready))
})

const importing = (place: TestPartition, name: string, block: string, ...more: string[]): string[] => {
  writeFileSync(place.path('block'), `${block}\n`)
  const under = more.includes('--under') ? [] : ['--under', 'kbpk']
  const how = ['--in', place.path('block'), ...under, '--accept', 'clear-on-host']
  return ['key', 'import', name, ...how, ...more, ...by(place)]
}

test('a block of AES comes in as its header says, and lives; the key that protects it is as before', async () => {
  using place = ready.copy()
  const args = importing(place, 'data', never.block, '--type', 'aes-256', '--kcv', kcv, '--sender', 'the partner')
  const { stdout } = await perform([...args, '--dry-run'], { home: place.home, env: place.folder.env })
  const seen = stdout.replaceAll(/\s+/g, ' ')
  assert.match(
    seen,
    /key block D0208D0AN00N0400KC\S+01[0-9A-F]{10}KP.* usage D0, symmetric key for data; algorithm A, AES; .* exportable N, never/,
  )
  assert.match(seen, /KC, check value of the key: [0-9A-F]{10}, by CMAC KP, .* LB, label: of the partner/)
  assert.match(
    seen,
    /under kbpk#1 aes-256 kcv cmac5:[0-9a-f]{10} it stays on the token; .* for keys outside PCI PIN alone/,
  )
  const { keys } = await place.data(...args)
  assert.deepEqual([keys[0].fingerprint, keys[0].usage], [kcv, ['encrypt', 'decrypt']])
  assert.deepEqual([keys[0].attributes.EXTRACTABLE, keys[0].attributes.WRAP_WITH_TRUSTED], [false, false])
  assert.deepEqual(keys[0].origin.block, { header: never.header, under: 'kbpk#1' })
  await isWhole(place)
  const { attributes } = await place.data('key', 'show', 'kbpk')
  assert.deepEqual([attributes.SIGN, attributes.UNWRAP], [false, true])
  const hmac = Buffer.alloc(32, 7).fill(9, 0, 9)
  const its = await checkValueOf('hmac-sha256', hmac)
  const mac = macBlock(hmac, `01${its.slice('hmac5:'.length)}`)
  const came = await place.data(...importing(place, 'mac', mac, '--kcv', its))
  assert.deepEqual([came.keys[0].type, came.keys[0].usage], ['hmac-sha256', ['sign', 'verify']])
  assert.equal(came.keys[0].attributes.EXTRACTABLE, true)
  assert.equal((await readAll([readFileSync(place.ledger, 'utf8')]))[0], 'none')
  for (const [name, content] of filesBelow(place.path('home')))
    for (const spelling of [...spellings(KEY), ...spellings(hmac)])
      assert.equal(content.includes(spelling), false, name)
})

test('a key whose owner has the older check value comes in by ten digits of it', async () => {
  using place = ready.copy()
  const args = importing(place, 'data', never.block, '--type', 'aes-256', '--kcv', older(KEY))
  assert.equal((await place.data(...args)).keys[0].fingerprint, kcv)
  assert.equal(place.records().findLast(({ plan }) => plan?.op === 'key.import').plan.check, older(KEY))
})

test('what is another block, or has no place here, is refused, and nothing of it stays', async () => {
  using place = ready.copy()
  const aes = (header: string, value = KEY) => blockOf(KBPK, header, value)
  const good = aes('D0000D0AB00E0000')
  const others = (blocks: [string, string][]) => aes(withOptional('D0000D0AB00E0000', blocks))
  const of256 = ['--type', 'aes-256', '--kcv', kcv]
  const ofHmac = ['--kcv', await checkValueOf('hmac-sha256', KEY)]
  await place.data('key', 'generate', 'weak', '--type', 'aes-128', '--usage', 'unwrap', ...by(place))
  await place.data('key', 'generate', 'other', '--type', 'aes-256', '--usage', 'unwrap', ...by(place))
  const turned = `${good.slice(0, -1)}${good.at(-1) === '0' ? '1' : '0'}`
  for (const [what, block, more, exit, code] of [
    ['its MAC is another', turned, of256, 5, 'BLOCK-OPENS'],
    ['a header that says nothing of whether its key may go on', aes('D0000D0AB00Q0000'), of256, 3, 'BLOCK-TAKEN'],
    ['a component', aes('D0000D0ABc1E0000'), of256, 3, 'BLOCK-TAKEN'],
    ['what is reserved', aes('D0000D0AB00E00XX'), of256, 3, 'BLOCK-TAKEN'],
    ['its header says more', good.replace('D0AB00E', 'D0AB00S'), of256, 5, 'BLOCK-OPENS'],
    ['another key protects it', good, [...of256, '--under', 'other'], 5, 'BLOCK-OPENS'],
    ['another check value', good, ['--type', 'aes-256', '--kcv', 'cmac5:000000'], 5, 'IMPORT-CHECK'],
    ['another last digit', good, ['--type', 'aes-256', '--kcv', nearly(older(KEY))], 5, 'IMPORT-CHECK'],
    ['another length', good, ['--type', 'aes-128', '--kcv', kcv], 5, 'IMPORT-LENGTH'],
    ['a longer key than there is room for', aes('D0000D0AB00E0000', KEY.subarray(0, 16)), of256, 3, 'KEY-FILE'],
    ['zeros', aes('D0000D0AB00E0000', Buffer.alloc(32)), of256, 5, 'KEY-WEAK'],
    ['no check value', good, ['--type', 'aes-256'], 3, 'IMPORT-CHECK'],
    ['no type', good, ['--kcv', kcv], 2, 'USAGE'],
    ['a usage', good, [...of256, '--usage', 'wrap'], 2, 'USAGE'],
    ['its own check value is of another key', others([['KC', `00${'0'.repeat(6)}`]]), of256, 5, 'IMPORT-CHECK'],
    ['an HMAC key with the check value of another', macBlock(KEY, '0100112233'), ofHmac, 5, 'IMPORT-CHECK'],
    ['its check value is not the one that was told', others([['KC', '01AABBCC']]), of256, 3, 'IMPORT-CHECK'],
    ['it names another key that protects it', others([['KP', '0100112233AA']]), of256, 3, 'BLOCK-KEY'],
    ['a life of pairs', others([['AL', '0100']]), of256, 3, 'BLOCK-TAKEN'],
    ['a key for PINs', aes('D0000P0AE00E0000'), of256, 3, 'BLOCK-TAKEN'],
    ['a mode that its use has not', aes('D0000D0AC00E0000'), of256, 3, 'BLOCK-TAKEN'],
    ['version B', keyBlocks().find(({ block }) => block.startsWith('B'))!.block, of256, 3, 'BLOCK-TAKEN'],
    ['a weaker key', good, [...of256, '--under', 'weak'], 3, 'BLOCK-KEY'],
    ['a key that does not unwrap', good, [...of256, '--under', 'card'], 3, 'BLOCK-KEY'],
    ['no such key', good, [...of256, '--under', 'nobody'], 3, 'KEY-EXISTS'],
    ['no block', good.slice(0, 90), of256, 5, 'KEY-BLOCK'],
  ] as const) {
    const args = importing(place, 'data', block, ...more)
    const { code: found, json } = await perform([...args, '--json'], { home: place.home, env: place.folder.env })
    assert.deepEqual([found, json.error.code], [exit, code], `${what}: ${json.error.message}`)
    assert.equal(json.error.changed, false, what)
  }
  const asAes = await place.data(...importing(place, 'mac', macBlock(KEY, inBlock(kcv)), ...ofHmac))
  assert.equal(asAes.keys[0].fingerprint, ofHmac[1], 'the check value of the AES key of its bytes is its own as well')
  const plain = ['key', 'import', 'data', '--in', place.path('block'), '--under', 'kbpk', ...of256, ...by(place)]
  assert.equal((await place.keyrite(plain)).json.error.code, 'CLEAR-ON-HOST')
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
})
