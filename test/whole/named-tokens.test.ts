// A PIN goes to a token that the custodians' signatures name, and what a token says of itself is no reason to fail half way.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { toBase64url } from '../../src/domain/encoding.ts'
import { leafOf } from '../../src/domain/record.ts'
import { blank, by, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

/** The ledger names another token, its chain is made anew, and no signature is right. */
function rename(place: TestPartition, serial: string): void {
  const own = place.records()[0].token.serial
  const leaves = new Map<string, string>()
  const leafOfText = (line: string) => toBase64url(leafOf(line))
  const lines = readFileSync(place.ledger, 'utf8').trimEnd().split('\n')
  const renamed = lines.map((line) => {
    let text = line.replaceAll(own, serial)
    for (const [before, after] of leaves) text = text.replaceAll(before, after)
    leaves.set(leafOfText(line), leafOfText(text))
    return text
  })
  writeFileSync(place.ledger, `${renamed.join('\n')}\n`)
}

test('PIN goes to a token nobody approved: the ledger that names it is refused before anything is sent', async () => {
  using place = await partition()
  rename(place, '0123456789abcdef')
  for (const args of [
    ['key', 'generate', 'more', '--type', 'aes-256', ...by(place)],
    ['partition', 'check', ...by(place)],
  ]) {
    const { code, json } = await place.keyrite(args)
    assert.deepEqual([code, json.error.code, json.error.changed], [5, 'APPROVAL-SIGNED', false])
  }
})

test('NFD dead end: a module in a folder whose name is decomposed is recorded composed, and used where it lies', async () => {
  using place = blank()
  const folder = place.path('mo\u0308d')
  mkdirSync(folder)
  const module = join(folder, 'module.so')
  copyFileSync(softhsm, module)
  await place.data(...initArgs(place).map((word) => (word === softhsm ? module : word)))
  assert.equal(place.records()[0].plan.module.path, place.path('m\u00f6d', 'module.so').normalize('NFC'))
  await place.data('key', 'generate', 'card', '--type', 'aes-256', ...by(place))
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
})

test('hint removes the ledger: a note that is damaged is set aside beside a ledger, and what was open goes on', async () => {
  using place = await partition()
  const pending = place.path('home', 'pay', 'pending.json')
  writeFileSync(pending, '{', { mode: 0o600 })
  const { code, json } = await place.keyrite(['key', 'suspend', 'card', '--reason', 'a test', ...by(place)])
  assert.deepEqual([code, json.error.code, json.error.changed], [3, 'PENDING', false])
  assert.equal(json.error.hint, `mv -n ${pending} ${pending}.damaged`)
})
