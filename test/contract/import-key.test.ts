// A key that was made elsewhere, in the clear here, comes to a real token: as the key that was announced, or not at all.
import assert from 'node:assert/strict'
import { createCipheriv, createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { bringValue } from '../../src/change/bring-value.ts'
import type { OperationContext } from '../../src/change/operation.ts'
import { importKey, planImport } from '../../src/change/operations/import-key.ts'
import { SamplePartition } from '../../src/docs/sample-partition.ts'
import { fromHex } from '../../src/domain/encoding.ts'
import { type KeyName, parseKeyName } from '../../src/domain/names.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { KeyReport } from '../../src/domain/shapes.ts'
import { cmac5 } from '../../src/host/keys/fingerprint.ts'
import type { Hsm, UserSession } from '../../src/hsm/port.ts'
import { here, makeToken, open, USER } from './hsm-bench.ts'

let hsm: Hsm
let session: UserSession
const partition = new SamplePartition()
const origin = { kind: 'file' as const, sha256: 'ab'.repeat(32), clearOnHost: true as const }
const source = { path: '/srv/zmk.jwk', bytes: 80, sha256: origin.sha256 }
const random = (length: number) => Uint8Array.from(randomBytes(length))

before(async () => {
  const { folder, serial } = here(await makeToken('import'))
  hsm = await open(folder)
  session = await hsm.login({ serial }, USER())
})
after(async () => {
  await session?.[Symbol.asyncDispose]()
  await hsm?.[Symbol.asyncDispose]()
})

const kcvOf = (key: Uint8Array): string =>
  cmac5((block) => {
    const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
    return Buffer.concat([cipher.update(block), cipher.final()])
  })

const planned = (name: string, type: 'aes-256' | 'ec-p256', check: string) =>
  planImport(
    { name: parseKeyName(name) as KeyName, type, backup: true, origin, check, source },
    partition.history,
    partition.inputs(),
  )

const count = async (id: string) => (await session.countObjects([fromHex(id)]))[0]

test('a secret key, and then what is wrong with another', async () => {
  const value = random(32)
  const fingerprint = kcvOf(value)
  const plan = planned('partner/zmk', 'aes-256', fingerprint.slice(0, 12))
  partition.begin(plan)
  const context = { session, history: partition.history } as OperationContext
  const bring = (key: Uint8Array, told = kcvOf(key)) =>
    bringValue(plan.keys[0], { value: new Secret(Uint8Array.from(key)), fingerprint: told }, session, { random })
  const other = importKey(plan, () => bring(random(32)))
  await assert.rejects(async () => other.run(context), { code: 'IMPORT-CHECK' })
  assert.equal((await other.determineOutcome!(context)).changed, false)
  assert.equal(await count(plan.keys[0].id), 0, 'what came as another key is gone')
  await assert.rejects(() => bring(value.subarray(0, 16), fingerprint), { code: 'IMPORT-CHECK' })
  assert.equal(await count(plan.keys[0].id), 0, 'what is shorter than its type goes again')

  const operation = importKey(plan, () => bring(value))
  await operation.check!(session, partition.history)
  const { keys, changed } = await operation.run(context)
  assert.equal(keys[0]!.fingerprint, fingerprint)
  assert.equal((keys[0]!.attributes as { LOCAL: boolean }).LOCAL, false)
  await assert.rejects(async () => operation.check!(session, partition.history), { code: 'KEY-NEW-ID' })
  assert.deepEqual((await operation.determineOutcome!(context)).keys, keys, 'what is there, whole and right, stays')
  partition.tell({
    type: 'outcome',
    intent: partition.history.leaf,
    result: 'done',
    changed,
    keys: keys as KeyReport[],
  })

  assert.throws(() => planned('partner/again', 'aes-256', fingerprint), { code: 'KEY-DISTINCT' })
  const again = planned('partner/again', 'aes-256', fingerprint.slice(0, 12))
  partition.begin(again)
  const twice = importKey(again, () =>
    bringValue(again.keys[0], { value: new Secret(Uint8Array.from(value)), fingerprint }, session, { random }),
  )
  await assert.rejects(async () => twice.run(context), { code: 'KEY-DISTINCT' })
  assert.deepEqual(await twice.determineOutcome!(context), { changed: false, keys: [] })
  assert.equal(await count(again.keys[0].id), 0)
  partition.tell({
    type: 'outcome',
    intent: partition.history.leaf,
    result: 'failed',
    changed: false,
    keys: [],
    error: { code: 'KEY-DISTINCT', message: 'it is known' },
  })
})

test('a pair answers under its own public key, and no other', async () => {
  const made = () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const spki = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }))
    const value = new Secret(Uint8Array.from(privateKey.export({ format: 'der', type: 'pkcs8' })))
    return { value, spki, fingerprint: `sha256:${createHash('sha256').update(spki).digest('hex')}` }
  }
  const [own, other] = [made(), made()]
  const plan = planned('partner/signer', 'ec-p256', own.fingerprint)
  partition.begin(plan)
  const context = { session, history: partition.history } as OperationContext
  const foreign = importKey(plan, () => bringValue(plan.keys[0], { ...own, value: other.value }, session, { random }))
  await assert.rejects(async () => foreign.run(context), { code: 'IMPORT-CHECK' })
  assert.equal(await count(plan.keys[0].id), 0)
  const operation = importKey(plan, () => bringValue(plan.keys[0], own, session, { random }))
  const { keys } = await operation.run(context)
  assert.equal(keys[0]!.fingerprint, own.fingerprint)
  assert.deepEqual((await operation.determineOutcome!(context)).keys, keys)
})
