// On its way out a key is in the clear nowhere: not in a call of the library, in neither direction, nor in the memory of the program that people type to.
import assert from 'node:assert/strict'
import { constants, createDecipheriv, privateDecrypt } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { sharesOpenssl } from '../support/host-here.ts'
import { scripted } from '../support/module.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import { holds, recorded } from '../support/recorded.ts'
import { owners } from '../support/wrapping-keys.ts'

let ready: TestPartition
before(async () => {
  ready = await partition()
  mkdirSync(ready.path('out'))
  writeFileSync(ready.path('key.der'), owners[2048].spki)
})

const exporting = (place: TestPartition, ...more: string[]) => {
  const how = ['--for', 'rsa-aes', '--method', 'sha1', '--wrapping-key', place.path('key.der')]
  return ['key', 'export', 'card#1', ...how, '--out', place.path('out', 'blob'), ...more, ...by(place)]
}

/** The AES key between, and the key, as the other side alone can have them. */
function secretsIn(place: TestPartition): [between: Buffer, key: Buffer] {
  const blob = readFileSync(place.path('out', 'blob'))
  const how = { key: owners[2048].privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }
  const between = privateDecrypt(how, blob.subarray(0, 256))
  const unwrap = createDecipheriv('id-aes256-wrap-pad', between, Buffer.from('a65959a6', 'hex'))
  return [between, Buffer.concat([unwrap.update(blob.subarray(256)), unwrap.final()])]
}

for (const ephemeral of [false, true])
  test(`no call of the library has the key${ephemeral ? '; the one that wraps is made here, and goes in' : ', nor the one that wraps it'}`, {
    skip: sharesOpenssl && 'node and the library share one OpenSSL',
  }, async () => {
    using place = ready.copy()
    const calls = await recorded(() => place.data(...exporting(place, ...(ephemeral ? ['--ephemeral', 'host'] : []))))
    const [between, key] = secretsIn(place)
    assert.ok(calls.length > 100)
    assert.ok(holds(calls, Buffer.from('keyrite/export')), 'the calls of the export are among them')
    assert.deepEqual([holds(calls, between), holds(calls, key)], [ephemeral, false])
  })

/** What a process may write to, as it is now. */
function memoryOf(pid: number): Buffer[] {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')
  const file = openSync(`/proc/${pid}/mem`, 'r')
  try {
    return maps.flatMap((line) => {
      const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      const piece = Buffer.alloc(Number.parseInt(to || '0', 16) - Number.parseInt(from || '0', 16))
      try {
        return [piece.subarray(0, readSync(file, piece, 0, piece.length, Number.parseInt(from, 16)))]
      } catch {
        return []
      }
    })
  } finally {
    closeSync(file)
  }
}

test('nor is either in the memory of the program itself, while the file is there and the command is still at work', async () => {
  using place = ready.copy()
  const { module, env } = scripted(['C_SignInit * sleep 1500'])
  place.useModule(module)
  let memory: Buffer[] = []
  const watch = (pid: number) => {
    const look = () => {
      if (existsSync(place.path('out', 'blob'))) memory = memoryOf(pid)
      else setTimeout(look, 5)
    }
    look()
  }
  const { code, stderr } = await place.keyrite(exporting(place), { env, watch })
  assert.equal(code, 0, stderr)
  const blob = readFileSync(place.path('out', 'blob'))
  const [between, key] = secretsIn(place)
  assert.ok(holds(memory, owners[2048].spki) || holds(memory, blob), 'it is the memory of this very command')
  assert.deepEqual([holds(memory, between), holds(memory, key)], [false, false])
})
