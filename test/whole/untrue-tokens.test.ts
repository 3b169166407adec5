// Tokens that say OK and do otherwise, or fail for a moment: it is noticed, nothing is lost by it, and the ledger says what is true.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { idOf } from '../support/foreign.ts'
import { perform } from '../support/in-process.ts'
import type { Result } from '../support/keyrite.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { blank, by, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { asUser } from '../support/raw.ts'
import { clockAhead } from '../support/shims.ts'
import { leaveOutRsa, makeTokenFolder, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const because = ['--reason', 'a test']

/** `keyrite ARGS`, on a token that does as the lines say. */
function untrue(place: TestPartition, args: readonly string[], ...lines: string[]): Promise<Result> {
  place.useModule(testModule())
  return place.keyrite([...args, ...by(place)], { env: scriptEnv(lines) })
}

const verified = async (place: TestPartition) =>
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])

const stateOf = async (place: TestPartition, name: string): Promise<string> =>
  (await place.data('key', 'show', name)).state

test('state change without effect', async () => {
  using place = await partition()
  for (const verb of ['suspend', 'deactivate', 'compromise']) {
    const { code, json } = await untrue(place, ['key', verb, 'card', ...because], 'C_SetAttributeValue * nothing')
    assert.deepEqual([code, json.error.code, json.error.changed], [4, 'KEY-AS-ASKED', true])
    assert.match(
      json.error.message,
      /ENCRYPT is true.*; card#1 is as it was, and what else on the token changed is not/,
    )
  }
  assert.equal(place.records().at(-1).result, 'failed')
  assert.equal(await stateOf(place, 'card#1'), 'active')
  const { code } = await untrue(place, ['key', 'rotate', 'card'], 'C_SetAttributeValue * nothing')
  assert.equal(code, 6)
  await place.data('partition', 'recover', ...by(place))
  assert.equal(await stateOf(place, 'card#1'), 'deactivated')
  await verified(place)
})

test('what a token did to another key, and said that it did, is not told as nothing', async () => {
  using place = await partition()
  for (const name of ['idle', 'other', 'last'])
    await place.data('key', 'generate', name, '--type', 'aes-256', '--no-backup', ...by(place))
  await place.data('key', 'deactivate', 'idle', ...because, ...by(place))
  const rows: [args: string[], line: string, rule: string, named: string, found: string[]][] = [
    [
      ['suspend', 'card', ...because],
      'C_SetAttributeValue * object CKA_LABEL=other#1 if CKA_LABEL=card#1',
      'KEY-AS-ASKED',
      'card#1',
      ['changed'],
    ],
    [
      ['destroy', 'idle#1', '--confirm', 'idle#1'],
      'C_DestroyObject * object CKA_LABEL=last#1 if CKA_LABEL=idle#1',
      'MODULE-DATA',
      'idle#1',
      ['changed', 'missing'],
    ],
  ]
  for (const [args, line, rule, named, found] of rows) {
    const { code, json, stderr } = await untrue(place, ['key', ...args], line)
    const { error } = json
    assert.deepEqual([code, error.code, error.changed, error.hint], [4, rule, true, 'keyrite partition check'])
    assert.ok(
      error.message.endsWith(`; ${named} is as it was, and what else on the token changed is not known`),
      stderr,
    )
    const { json: looked } = await place.keyrite(['partition', 'check', ...by(place)])
    assert.deepEqual(looked.data.findings.map(({ kind }: { kind: string }) => kind).sort(), found)
  }
  await place.data('audit', 'verify')
})

test('verify, or a change, cut off in a proof leaves a key changed, until the recovery; hiccup while recovering destroys keys of nobody', async () => {
  using place = await partition()
  await place.data('key', 'generate', 'idle', '--type', 'aes-256', '--no-backup', ...by(place))
  await place.data('key', 'deactivate', 'idle', ...because, ...by(place))
  const cut = await untrue(place, ['partition', 'check'], 'C_SetAttributeValue 2 kill')
  assert.equal(cut.code, 6)
  for (const error of ['CKR_FUNCTION_FAILED', 'CKR_GENERAL_ERROR', 'CKR_DEVICE_ERROR']) {
    const hiccup = `C_GetAttributeValue 1..4 return ${error} if CKA_LABEL=card#1`
    const { code, json } = await untrue(place, ['partition', 'recover'], hiccup)
    assert.deepEqual(
      [code === 4 || code === 6, json.error.code, json.error.changed === true && code === 4],
      [true, error, false],
    )
    if (code === 6) assert.equal(json.error.hint, 'try again; where it stays so: keyrite partition recover --abandon')
  }
  await place.data('partition', 'recover', ...by(place))
  await verified(place)
  for (const args of [
    ['destroy', 'idle#1', '--confirm', 'idle#1'],
    ['compromise', 'idle', ...because],
  ]) {
    const { code, json } = await untrue(place, ['key', ...args], 'C_Sign 1 kill if data=16')
    assert.deepEqual([code, json.error.hint], [6, 'keyrite partition recover'])
    assert.equal((await place.data('partition', 'recover', ...by(place))).found, 'not done')
    assert.equal(await stateOf(place, 'idle#1'), 'deactivated')
    await verified(place)
  }
})

test('restore proves wrong pair equal no more, nor does the backup before it', async () => {
  using place = await partition()
  for (const name of ['one', 'two']) await place.data('key', 'generate', name, '--type', 'ec-p256', ...by(place))
  const swapped = 'C_WrapKey * object CKA_LABEL=one#1 if CKA_LABEL=two#1'
  const file = place.path('out.backup')
  const backup = await untrue(place, ['backup', 'create', file], swapped)
  assert.deepEqual([backup.code, backup.json.error.code, existsSync(file)], [5, 'KEY-REPLACED', false])
  assert.match(backup.json.error.message, /two#1 can't be backed up: the token wrapped another key/)
  // This one lets the right key answer for the wrong one, too.
  const answers = 'C_SignInit 3 object CKA_LABEL=two#1 if CKA_LABEL=keyrite/proof'
  const believed = await untrue(place, ['backup', 'create', file], swapped, answers)
  assert.equal(believed.code, 0, believed.stdout)
  using other = makeTokenFolder()
  const how = ['--module', softhsm, '--ledger', `${file}.ledger`, '--no-checkpoint', '--confirm', 'pay', ...by(place)]
  const restored = await perform(['backup', 'restore', file, ...how, '--json', '--no-input'], {
    home: place.path('home2'),
    env: other.env,
  })
  const { code, message, changed, hint } = restored.json.error
  assert.deepEqual([restored.code, code, changed], [5, 'BACKUP-OPENS', true])
  assert.match(message, /; the blank token was initialised and holds nothing yet$/)
  assert.match(hint, / backup restore \S+out\.backup .*--without 'two#1'/)
})

test('a weakness that was accepted for a key goes with it: rotated, backed up, restored; one that was not is refused', async () => {
  using place = await partition()
  // The first that has it is the one that is tried out.
  const weak = 'C_GenerateKey 1 makes CKA_WRAP_WITH_TRUSTED=false if asks=CKA_WRAP_WITH_TRUSTED'
  const generate = ['key', 'generate', 'soft', '--type', 'aes-256']
  const refused = await untrue(place, generate, weak)
  assert.deepEqual([refused.code, refused.json.error.code], [3, 'WRAP-WITH-TRUSTED'])
  for (const args of [
    [...generate, '--accept', 'wrap-with-trusted'],
    ['key', 'rotate', 'soft'],
    ['backup', 'create', place.path('b')],
  ])
    assert.equal((await untrue(place, args, weak)).code, 0, args.join(' '))
  const how = ['--module', testModule(), '--no-checkpoint', '--confirm', 'pay', '--slot', await place.blankSlot()]
  // The one for which nobody has accepted it stays behind.
  const restored = await untrue(place, ['backup', 'restore', place.path('b'), ...how, '--without', 'card#1'], weak)
  assert.deepEqual([restored.code, restored.json.error.code], [6, 'RESTORE-COMPLETE'], restored.stderr)
  const told = place.records().flatMap(({ type, keys }) => (type === 'outcome' && keys.length === 2 ? [keys] : []))
  assert.deepEqual(
    told.flat().map(({ name, version, accepted }) => [name, version, accepted]),
    [...[1, 2], ...[1, 2]].map((version) => ['soft', version, ['wrap-with-trusted']]),
  )
  assert.equal((await place.keyrite(['audit', 'verify'])).code, 0)
})

test('so pin unchanged', async () => {
  for (const lie of ['C_SetPIN', 'C_InitPIN']) {
    using place = blank()
    const args = initArgs(place).map((word) => (word === softhsm ? testModule() : word))
    const { code, json } = await place.keyrite(args, { env: scriptEnv([`${lie} * nothing`]) })
    assert.notEqual(code, 0)
    assert.deepEqual(
      [json.error.changed, json.error.code.startsWith('PIN-') || json.error.code.startsWith('CKR_')],
      [true, true],
    )
    // The tries are over when the token is true again. The user's PIN is missed before anybody has a share.
    const recover = ['partition', 'recover', ...place.approvedBy(...place.custodians)]
    const { json: told } = await place.keyrite(lie === 'C_InitPIN' ? args : recover)
    assert.equal(told.ok, true)
    await verified(place)
  }
})

test('same serial of every token: the blank one beside is no duplicate', async () => {
  using place = blank()
  const args = initArgs(place).map((word) => (word === softhsm ? testModule() : word))
  const { code, stdout } = await place.keyrite(args, {
    env: scriptEnv(['C_GetTokenInfo * info serial=0000000000000000']),
  })
  assert.equal(code, 0, stdout)
})

test('write protected neighbour', async () => {
  using place = await partition()
  const listing = ['token', 'list', '--module', testModule()]
  const { code, json } = await place.keyrite(listing, {
    env: scriptEnv(['C_OpenSession 1 return CKR_TOKEN_WRITE_PROTECTED']),
  })
  assert.equal(code, 0)
  const [first, ...others] = json.data.slots
  assert.match(first.untried, /^C_OpenSession: CKR_TOKEN_WRITE_PROTECTED/)
  assert.equal(others.length, 1)
  // Nor does one of which the library dies.
  const dying = await place.keyrite(listing, { env: scriptEnv(['C_OpenSession * abort']) })
  assert.equal(dying.code, 0)
  assert.match(dying.json.data.slots[0].untried, /^the module crashed in probe \(SIGABRT\)/)
  assert.equal(dying.json.data.slots.length, 2)
  // What has been typed is no way on.
  const none = await place.keyrite(listing, { env: scriptEnv(['C_GetSlotList * return CKR_DEVICE_ERROR']) })
  assert.deepEqual([none.code, none.json.error.hint], [4, `keyrite doctor --module ${testModule()}`])
})

test('a key that is not what was approved is no key: one that could leave under --no-backup, one that was made twice', async () => {
  using place = await partition()
  const generate = (name: string, ...more: string[]) => ['key', 'generate', name, '--type', 'aes-256', ...more]
  const leaving = await untrue(place, generate('stays', '--no-backup'), 'C_GenerateKey 2.. makes CKA_EXTRACTABLE=true')
  assert.deepEqual([leaving.code, leaving.json.error.code, leaving.json.error.changed], [4, 'KEY-AS-ASKED', false])
  assert.match(leaving.json.error.message, /EXTRACTABLE is true/)
  const twice = await untrue(
    place,
    generate('same', '--count', '2'),
    'C_Encrypt * zero if CKA_TOKEN=true',
    'C_Encrypt * zero',
  )
  assert.equal(twice.json.ok, false)
  assert.match(twice.json.error.code, /^KEY-DISTINCT$/)
  assert.deepEqual((await place.data('key', 'list')).keys.length, 1)
  await verified(place)
})

test('a key that has another one in its place is touched by nothing, and what was lent to find that out is taken back', async () => {
  using place = await partition()
  const soon = new Date(Date.now() + 3_600_000).toISOString()
  const two = (name: string, type: string, ...more: string[]) =>
    place.data('key', 'generate', name, '--type', type, '--count', '2', ...more, ...by(place))
  await two('pair', 'ec-p256')
  await two('idle', 'ec-p256', '--activate-at', soon)
  await two('later', 'aes-256', '--activate-at', soon)
  // Of each two one has the name and the id of the other: of pairs, the private half.
  const exchange = () =>
    asUser(
      place,
      `for (const [name, kind] of [['pair', 3], ['idle', 3], ['later', 4]]) {
         const two = [1, 2].map((i) => byLabel(name + '-' + i + '#1', kind))
         const names = two.map((one) => [[0x102, read(one, 0x102)], [3, read(one, 3)]])
         two.forEach((one, i) => lib.C_SetAttributeValue(session, one, attributes(names[1 - i])))
       }`,
    )
  await exchange()
  for (const args of [
    ['rotate', 'pair-1'],
    ['deactivate', 'pair-1', ...because],
    ['destroy', 'idle-1#1', '--confirm', 'idle-1#1', '--certificate', place.path('paper')],
    ['destroy', 'later-1#1', '--confirm', 'later-1#1'],
    ['activate', 'later-1', ...because],
  ]) {
    const env = args[0] === 'activate' ? clockAhead(7200) : {}
    const { code, json } = await place.keyrite(['key', ...args, ...by(place)], { env })
    const { code: rule, changed, hint } = json.error
    assert.deepEqual([code, rule, changed, hint], [5, 'KEY-REPLACED', false, 'keyrite partition check'], args.join(' '))
    const { result, changed: anything } = place.records().at(-1)
    assert.deepEqual([result, anything, existsSync(place.path('paper'))], ['failed', false, false])
  }
  const { json } = await place.keyrite(['partition', 'check', ...by(place)])
  const kinds = json.data.findings.map(({ kind, object }: Record<string, string>) => `${kind} ${object}`)
  const replaced = ['pair', 'idle', 'later'].flatMap((name) => [`replaced ${name}-1#1`, `replaced ${name}-2#1`])
  assert.deepEqual(kinds.sort(), replaced.sort())
  await exchange()
  await verified(place)
})

test('an ambiguous key is changed by nothing and settled by nothing', async () => {
  using place = await partition()
  await asUser(
    place,
    `const id = Buffer.from(input.id, 'hex')
     lib.C_GenerateKey(session, { mechanism: 0x1080 }, attributes([[0, 4], [1, true], [2, true], [3, 'duplicate'], [0x102, id], [0x161, 32]]))`,
    { id: idOf(place, 'card') },
  )
  for (const args of [
    ['suspend', 'card', ...because],
    ['compromise', 'card', ...because],
    ['rotate', 'card'],
  ]) {
    const { code, json } = await place.keyrite(['key', ...args, ...by(place)])
    assert.deepEqual([code, json.error.code, json.error.changed], [5, 'KEY-TWINS', false])
    assert.match(json.error.message, /card#1.*duplicate|duplicate.*card#1/)
  }
  const file = place.path('out.backup')
  const { json } = await place.keyrite(['backup', 'create', file, ...by(place)])
  assert.deepEqual([json.error.code, existsSync(file)], ['KEY-TWINS', false])
})
