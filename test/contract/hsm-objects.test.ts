// What a token may hold that nobody made whole: objects cut off by a crash are seen, never taken for keys, and go away.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { KeyType, Usage } from '../../src/domain/keys.ts'
import type { KeySpec } from '../../src/hsm/port.ts'
import type { Bench } from './hsm-bench.ts'
import { loggedIn, makeToken, spec } from './hsm-bench.ts'

let bench: Bench
before(async () => {
  bench = await makeToken()
})
after(() => bench.folder.dispose())

const folder = () => {
  const tokens = join(bench.folder.dir, 'tokens')
  return join(tokens, readdirSync(tokens)[0]!)
}
const objects = () => readdirSync(folder()).filter((file) => file.endsWith('.object') && file !== 'token.object')

/** How SoftHSM writes an attribute: type, kind, and a flag, a number, or bytes with their length; all numbers of 8 bytes. */
function attributesOf(file: Buffer): { type: number; bytes: Buffer }[] {
  const found = []
  for (let at = 8; at < file.length; ) {
    const [type, kind] = [Number(file.readBigUInt64BE(at)), Number(file.readBigUInt64BE(at + 8))]
    const value = kind === 1 ? 1 : kind === 2 ? 8 : 8 + Number(file.readBigUInt64BE(at + 16))
    found.push({ type, bytes: file.subarray(at, at + 16 + value) })
    at += 16 + value
  }
  return found
}

/** What a SIGKILL in the middle of C_GenerateKey leaves: the object without the attributes that come last. */
function cut(name: string, ...types: number[]): void {
  const path = join(folder(), name)
  const file = readFileSync(path)
  const kept = attributesOf(file).filter(({ type }) => !types.includes(type))
  writeFileSync(path, Buffer.concat([file.subarray(0, 8), ...kept.map(({ bytes }) => bytes)]))
}

/** Makes a key, and cuts attributes off each of its objects that has the first of them. */
async function incomplete(type: KeyType, usages: Usage[], ...types: number[]): Promise<KeySpec> {
  const [key, before] = [spec(type, usages), objects()]
  await loggedIn(bench, (session) => session.generateKeys([key]))
  for (const name of objects().filter((file) => !before.includes(file))) cut(name, ...types)
  return key
}

const [VALUE, LABEL, KEY_TYPE, ID, EC_PARAMS, CLASS, VALUE_LEN] = [0x11, 0x3, 0x100, 0x102, 0x180, 0x0, 0x161]
const [TOKEN, LOCAL] = [0x1, 0x163]

describe('an object that was cut off', () => {
  const cases: [string, KeyType, Usage[], number[]][] = [
    ['a secret key without a value', 'aes-256', ['encrypt'], [VALUE, LOCAL]],
    ['a secret key without a value, as it is born', 'aes-256', ['sign'], [VALUE, LOCAL]],
    ['an HMAC key without a value', 'hmac-sha256', ['sign'], [VALUE, LOCAL]],
    ['a secret key without a label, a length and a value', 'aes-256', ['encrypt'], [LABEL, VALUE_LEN, VALUE, LOCAL]],
    ['a pair without parameters', 'ec-p256', ['sign'], [VALUE, EC_PARAMS]],
  ]
  for (const [name, type, usages, types] of cases) {
    test(`${name} is no key, is seen, and goes`, async () => {
      const key = await incomplete(type, usages, ...types)
      await loggedIn(bench, async (session) => {
        assert.deepEqual(await session.readKeys([key.id]), [])
        const seen = (await session.scan()).private.filter(({ id }) => Buffer.compare(id, key.id) === 0)
        assert.equal(seen.length, type.startsWith('ec') ? 2 : 1)
        if (types.includes(LABEL)) assert.equal(seen[0]!.label, '')
        assert.equal(await session.destroyKeys([key.id]), seen.length)
        assert.deepEqual(await session.scan(), { private: [], public: [] })
      })
    })
  }

  test('so early that nothing can be read of it goes by its id, among others too', async () => {
    for (const others of [[], [spec('aes-256', ['encrypt'])]]) {
      const key = await incomplete('ec-p256', ['sign'], CLASS, KEY_TYPE)
      await loggedIn(bench, async (session) => {
        await session.generateKeys(others)
        const ids = [...others, key].map(({ id }) => id)
        assert.deepEqual(
          (await session.readKeys(ids)).map(({ label }) => label),
          others.map(({ label }) => label),
        )
        const seen = (await session.scan()).private.map((object) => object.class)
        assert.deepEqual(seen.sort(), ['other', 'other', ...others.map(() => 'secret')])
        assert.equal(await session.destroyKeys(ids), ids.length + 1)
        assert.deepEqual(await session.scan(), { private: [], public: [] })
      })
    }
  })

  test('without an id is seen still, and does not disturb the others', async () => {
    const [key, nameless] = [
      spec('aes-256', ['encrypt']),
      await incomplete('aes-256', ['encrypt'], ID, LABEL, VALUE, LOCAL, TOKEN),
    ]
    await loggedIn(bench, async (session) => {
      await session.generateKeys([key])
      assert.deepEqual(
        (await session.readKeys([key.id, nameless.id])).map(({ label }) => label),
        [key.label],
      )
      const seen = (await session.scan()).private.map(({ label, id }) => [label, id.length])
      assert.deepEqual(seen.sort(), [
        ['', 0],
        [key.label, 16],
      ])
    })
  })
})
