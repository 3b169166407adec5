// A key of one byte all over is known by its fingerprint, and no other key is taken for one.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { checkValueOf, olderCheckValue } from '../../src/domain/check-values.ts'
import { isTdes, KEY_TYPES, secretLength } from '../../src/domain/keys.ts'
import { isOfUniform } from '../../src/host/import/uniform.ts'

for (const type of KEY_TYPES.filter((one) => secretLength(one) !== undefined && !isTdes(one)))
  test(type, async () => {
    const length = secretLength(type)!
    for (const byte of [0, 0x41, 0xff]) {
      const value = Buffer.alloc(length, byte)
      const told = [await checkValueOf(type, value), olderCheckValue(type, value)].filter((one) => one !== undefined)
      for (const fingerprint of told) assert.ok(isOfUniform(type, fingerprint), `${byte} ${fingerprint}`)
    }
    assert.ok(!isOfUniform(type, await checkValueOf(type, randomBytes(length))))
  })
