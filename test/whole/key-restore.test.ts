// One key that the token has lost comes back from a backup: the same key, and nothing else is touched.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { idOf, pkcs11Tool } from '../support/foreign.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { testModule } from '../support/module.ts'
import { backedUp, by, isWhole, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { leaveOutRsa, loseTokens, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const because = ['--reason', 'the token lost it']
const restoring = (place: TestPartition, key: string, file = 'backup') =>
  ['key', 'restore', key, '--in', place.path(file), ...because, ...by(place)] as const

const lose = async (place: TestPartition, name: string, ...types: string[]) => {
  for (const type of types) await pkcs11Tool(place, ['--delete-object', '--type', type, '--id', idOf(place, name)])
}

/** `card`, and a pair that is suspended since, in the backup; `late` is in none. */
let ready: TestPartition
before(async () => {
  ready = await backedUp()
  await ready.data('key', 'generate', 'sign', '--type', 'ec-p256', ...by(ready))
  await ready.data('backup', 'create', ready.path('both'), ...by(ready))
  await ready.data('key', 'generate', 'late', '--type', 'aes-256', ...by(ready))
  await ready.data('key', 'suspend', 'sign', '--reason', 'a pause', ...by(ready))
})

for (const [name, lost] of [
  ['card', ['secrkey']],
  ['sign', ['privkey', 'pubkey']],
  ['sign', ['pubkey']],
  ['sign', ['privkey']],
] as const)
  test(`${name}, of which the token has lost ${lost.join(' and ')}, comes back as the ledger has it`, async () => {
    using place = ready.copy()
    const known = await place.data('key', 'show', name)
    await lose(place, name, ...lost)
    if (lost.length === 1 && lost[0] !== 'privkey') {
      const { json } = await place.keyrite(['partition', 'check', ...by(place)])
      assert.equal(json.error.hint, `keyrite key restore '${name}#1' --in ${ready.path('both')}`)
    }
    const { plan, keys } = await place.data(...restoring(place, name, 'both'))
    assert.equal(plan.op, 'key.restore')
    assert.deepEqual([keys[0].fingerprint, keys[0].state], [known.fingerprint, known.state])
    const half = keys[0].attributes.private ?? keys[0].attributes
    assert.deepEqual(
      [half.LOCAL, half.SIGN],
      [false, false],
      'it was made elsewhere, and is not lent for a proof any more',
    )
    const { history } = await place.data('key', 'show', name)
    assert.deepEqual([history.at(-1).op, history.at(-1).reason], ['key.restore', because[1]])
    await isWhole(place)
  })

test('what is on the token, in another backup or in none, or destroyed is refused, and nothing was changed', async () => {
  using place = ready.copy()
  await place.data('key', 'deactivate', 'late', ...because, ...by(place))
  await place.data('key', 'destroy', 'late#1', '--confirm', 'late#1', ...by(place))
  const records = place.records()
  for (const [key, file, code, rule, hint] of [
    ['card', 'backup', 3, 'KEY-LOST', /^keyrite key show 'card#1'$/],
    ['sign', 'backup', 3, 'BACKUP-HOLDS', /^keyrite key restore 'sign#1' --in \S+\/both {2}#/],
    ['late', 'both', 3, 'KEY-STATE', /^keyrite key show 'late#1'$/],
    ['nobody', 'both', 3, 'KEY-EXISTS', /./],
  ] as const) {
    const refused = await place.keyrite(restoring(place, key, file))
    const { code: told, changed, message } = refused.json.error
    assert.deepEqual([refused.code, told, changed], [code, rule, false], message)
    assert.match(refused.json.error.hint, hint)
  }
  assert.deepEqual(place.records(), records)
})

/** The pair is on the token, and nothing says so yet. */
const brought = (): ((event: ProbeEvent) => boolean) => {
  let [announced, unwrapped] = [false, false]
  return (event) => {
    announced ||= onDisk(event)
    unwrapped ||= announced && event.name === 'C_UnwrapKey'
    return unwrapped && event.name === 'C_CreateObject'
  }
}

for (const [when, killed, found] of [
  ['announced', onDisk, 'not done'],
  ['on the token', brought(), 'done'],
] as const)
  test(`killed when it was ${when}: a recovery says that it was ${found}, and it can be begun again`, async () => {
    using place = ready.copy()
    await lose(place, 'sign', 'privkey')
    place.useModule(testModule())
    await killedAfter(place, (own) => restoring(own, 'sign', 'both'), killed)
    place.useModule(softhsm)
    const told = await place.data('partition', 'recover', ...by(place))
    assert.equal(told.found, found)
    if (found !== 'done') await place.data(...restoring(place, 'sign', 'both'))
    await isWhole(place)
  })

test('a key that the last restore did not bring comes from a newer backup, and is there for everything else then', async () => {
  using place = ready.copy()
  loseTokens(place.folder)
  const how = ['--module', softhsm, '--no-checkpoint', '--confirm', 'pay']
  const part = await place.keyrite(['backup', 'restore', place.path('backup'), ...how, ...by(place)])
  assert.deepEqual([part.code, part.json.error.code], [6, 'RESTORE-COMPLETE'])
  assert.match(part.json.error.hint, /keyrite key restore '?\w+#1'? --in BACKUP/)
  await place.data(...restoring(place, 'sign', 'both'))
  await place.data('key', 'compromise', 'late', ...because, ...by(place))
  const shown = await place.data('key', 'show', 'sign')
  assert.match(shown.uri, /^pkcs11:/)
  await place.data('key', 'resume', 'sign', ...because, ...by(place))
  await place.data('backup', 'create', place.path('third'), ...by(place))
  await isWhole(place)
})
