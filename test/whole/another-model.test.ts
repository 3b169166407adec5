// A backup of one model of token, on another: keys that it can't open as they are wrapped come to it only where that was accepted, and back.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { runProgram } from '../support/keyrite.ts'
import { ONLY_CBC, scriptEnv, testModule } from '../support/module.ts'
import { by, partition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { softhsm } from '../support/softhsm.ts'

const env = scriptEnv(ONLY_CBC)
const NO_TRUSTED = ['C_GenerateKey,C_CreateObject * return CKR_ATTRIBUTE_TYPE_INVALID if asks=CKA_WRAP_WITH_TRUSTED']

const blobsIn = (file: string): { wrap: string; type: string }[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => JSON.parse(line || '{}').key ?? [])

test('CLEAR-ON-HOST: a restore on a model that lacks the kind of wrapping, a backup there, and its test on the first model', async () => {
  using place = await partition()
  const command = async (...args: string[]) => place.keyrite([...args, ...by(place)], { env })
  await place.data('key', 'generate', 'sign', '--type', 'ec-p256', ...by(place))
  const [first, second] = [place.path('first'), place.path('second')]
  await place.data('backup', 'create', first, ...by(place))
  const restore = ['backup', 'restore', first, '--module', testModule(), '--no-checkpoint', '--confirm', 'pay']
  const slot = await place.blankSlot()
  // What its list of mechanisms tells is said before it is touched, and what a login tells leads on.
  const lacking = async (...lines: string[]) => {
    const told = await place.keyrite([...restore, '--slot', slot, ...by(place)], { env: scriptEnv(lines) })
    const { code, hint, changed } = told.json.error
    return [told.code, code, changed, hint.split(' --share')[0]]
  }
  const noPairs = await lacking(...ONLY_CBC, 'C_GetMechanismList * without CKM_EC_KEY_PAIR_GEN CKM_EDDSA')
  assert.deepEqual(noPairs.slice(0, 3), [4, 'MECHANISM', false])
  assert.match(noPairs[3], /^keyrite backup restore .*--without 'sign#1' /)
  const short = scriptEnv(['C_GetTokenInfo * info max-pin=8'])
  const spare = await place.keyrite(['backup', 'test', first, '--module', testModule(), ...by(place)], { env: short })
  assert.deepEqual([spare.code, spare.json.error.code, spare.json.error.changed], [4, 'SHORT-PIN', false])
  assert.doesNotMatch(spare.json.error.hint, /--accept/)
  const unguarded = await lacking(...ONLY_CBC, ...NO_TRUSTED)
  assert.deepEqual(unguarded.slice(0, 3), [6, 'WRAP-WITH-TRUSTED', true])
  assert.match(unguarded[3], /^keyrite backup restore .*--accept wrap-with-trusted /)
  const refused = await command(...restore, '--slot', slot)
  assert.deepEqual([refused.code, refused.json.error.code], [6, 'CLEAR-ON-HOST'], refused.stderr)
  assert.match(refused.json.error.hint, /^keyrite backup restore \S+ .*--accept clear-on-host/)
  assert.match(refused.json.error.message, /no AES key wrap with padding \(RFC 5649\): 2 keys of the backup would have/)

  const restored = await command(...restore, '--slot', slot, '--accept', 'clear-on-host')
  assert.equal(restored.code, 0, restored.stderr)
  assert.deepEqual(place.records().findLast(({ plan }) => plan)?.plan.accepted, ['clear-on-host'])

  const notes = () => place.records().flatMap(({ type, text }) => (type === 'note' ? [text] : []))
  assert.match(notes().join(), /^2 keys came by way of the host, in the clear there for a moment: card#1, sign#1$/)

  const made = await command('backup', 'create', second)
  assert.equal(made.code, 0, made.stderr)
  assert.deepEqual(
    blobsIn(second).map(({ wrap, type }) => [wrap, type]),
    [
      ['cbc-pad', 'aes-256'],
      ['cbc-pad', 'ec-p256'],
    ],
  )
  await place.data('backup', 'verify', second)
  assert.equal((await place.data('inspect', second)).wrapped, 'cbc-pad')
  const tested = await command('backup', 'test', second, '--module', softhsm, '--accept', 'clear-on-host')
  assert.equal(tested.code, 0, tested.stderr)
  const shares = ['alice', 'bob'].map(place.share)
  const reader = [
    inRepo('test/independent/reader.py'),
    'backup',
    second,
    '--ledger',
    place.ledger,
    '--shares',
    ...shares,
  ]
  const { code, stdout, stderr } = await runProgram('python3', reader)
  assert.equal(code, 0, stdout + stderr)
})
