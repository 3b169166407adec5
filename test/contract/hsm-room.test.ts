// A library that lets go of no key before C_Logout, in front of a device with room for three: nothing is ever one too many, and no login is spent on others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Binding } from '../../src/host/native/binding.ts'
import { CKM } from '../../src/host/native/constants.ts'
import { Native } from '../../src/host/native/native.ts'
import type { ObjectHandle, Session } from '../../src/host/native/values.ts'

const ROOM = 3
const session = Buffer.alloc(8, 1) as unknown as Session
const keyNamed = (number: number) => Buffer.from([number, 0, 0, 0, 0, 0, 0, 0]) as unknown as ObjectHandle

/** As much of a library as this takes; what it holds it lets go at C_Logout alone. */
class Device {
  readonly held = new Set<string>()
  readonly logins: string[] = []
  #last = 100
  #user = false
  #used = ''

  constructor(readonly libraryDescription: string) {}

  C_Initialize() {}
  C_GetInfo = () => ({ libraryDescription: this.libraryDescription })
  C_Login(_: Buffer, __: number, pin: string) {
    assert.ok(!this.#user)
    this.#user = true
    this.logins.push(pin)
  }
  C_Logout() {
    assert.ok(this.#user)
    this.#user = false
    this.held.clear()
  }
  #load(key: Buffer) {
    assert.ok(this.#user, 'nobody is logged in')
    this.held.add(key.toString('hex'))
    if (this.libraryDescription.startsWith('TPM')) assert.ok(this.held.size <= ROOM, 'there is no room')
  }
  C_GenerateKeyPair() {
    const [publicKey, privateKey] = [keyNamed(++this.#last), keyNamed(++this.#last)]
    for (const key of [publicKey, privateKey]) this.#load(key)
    return { publicKey, privateKey }
  }
  C_GenerateKeyPairAsync = async () => this.C_GenerateKeyPair()
  C_SignInit(_: Buffer, __: object, key: Buffer) {
    this.#load(key)
    this.#used = key.toString('hex')
  }
  C_Sign(_: Buffer, __: Buffer, out: Buffer) {
    assert.ok(this.held.has(this.#used))
    return out.subarray(0, 64)
  }
  C_DestroyObject(_: Buffer, key: Buffer) {
    if (this.libraryDescription.startsWith('TPM')) assert.ok(!this.held.has(key.toString('hex')), 'it is held for good')
  }
}

async function life(description: string): Promise<Device> {
  const device = new Device(description)
  const lib = new Native(device as unknown as Binding)
  lib.initialize()
  const sign = (key: ObjectHandle) => lib.sign(session, { mechanism: CKM.ECDSA }, key, Buffer.alloc(32), 64)
  lib.login(session, 'USER', 'pin')
  const audit = keyNamed(1)
  for (let i = 0; i < 5; i++) {
    sign(audit)
    const beside = await lib.generateKeyPairBeside(session, CKM.EC_KEY_PAIR_GEN, [], [])
    sign(beside.privateKey)
    const { privateKey, publicKey } = lib.generateKeyPair(session, CKM.EC_KEY_PAIR_GEN, [], [])
    sign(privateKey)
    for (const key of [privateKey, publicKey]) lib.destroy(session, key)
  }
  for (let i = 2; i < 20; i++) sign(keyNamed(i))
  for (let i = 0; i < 20; i++) sign(audit)
  lib.logout(session)
  return device
}

test('a TPM is logged in to again before it has one key too many, and before a key that it holds is destroyed', async () => {
  const { logins } = await life('TPM2.0 Cryptoki')
  assert.ok(logins.length > 10 && logins.length < 40, `${logins.length}`)
  assert.deepEqual(new Set(logins), new Set(['pin']))
})

test('any other is logged in to once', async () => {
  assert.deepEqual((await life('SoftHSM')).logins, ['pin'])
})
