// There is always a way on: each unfinished thing is ended by doing what the hints say, or given up, and then the next thing works.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { killedAfter } from '../support/interrupted.ts'
import type { Result } from '../support/keyrite.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { backedUp, blank, by, initArgs, isWhole, partition, type TestPartition } from '../support/partition.ts'
import { probeEnv, probeEvents } from '../support/probe.ts'
import { asUser } from '../support/raw.ts'
import { folderOfToken, leaveOutRsa, makeFolder, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const ordinary = (place: TestPartition, name = 'next') => [
  ...['key', 'generate', name, '--type', 'aes-256'],
  ...by(place),
]
const init = (place: TestPartition) => initArgs(place).map((word) => (word === softhsm ? testModule() : word))

/** The first command of a hint as a person types it on: with shares and the name where it asks for them. */
function typed(hint: string, place: TestPartition): string[] {
  const [, command] = /(?:^|: )keyrite (.*?)(?= {2}# |; |$)/.exec(hint) ?? []
  assert.ok(command, `a hint without a command: ${hint}`)
  const args = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
  const begins = args.includes('init')
  const asks = !begins && !args.includes('--share') ? by(place) : []
  const confirms = args.includes('restore') || args.includes('--abandon')
  return [...args, ...asks, ...(confirms && !args.includes('--confirm') ? ['--confirm', 'pay'] : [])]
}

/** Does what each hint says, to the letter, until it is through. Gives the rules that were met on the way. */
async function follow(place: TestPartition, failed: Result): Promise<string[]> {
  const met: string[] = []
  for (let result = failed; result.code !== 0; ) {
    assert.ok(met.length < 5, `no end: ${met.join(', ')}`)
    met.push(result.json.error.code)
    result = await place.keyrite(typed(result.json.error.hint, place))
  }
  return met
}

async function works(place: TestPartition): Promise<void> {
  await place.data(...ordinary(place))
  await isWhole(place)
}

/** What a beginning trips over, and whether the token is unlike before afterwards. */
const TRIPS: readonly (readonly [script: string, approved: boolean])[] = [
  ['C_InitToken 1 abort', false],
  ['C_GenerateRandom * return CKR_DEVICE_ERROR', false],
  ['C_SetPIN 1 nothing', true],
  ['C_GenerateKeyPair 2.. return CKR_DEVICE_ERROR', true],
]

for (const [script, approved] of TRIPS) {
  test(`a beginning that tripped over "${script}" is finished by its hints`, async () => {
    using place = blank()
    const failed = await place.keyrite(init(place), { env: scriptEnv([script]) })
    assert.equal(failed.json.ok, false, 'it was to fail')
    assert.deepEqual([failed.code, failed.json.error.changed], [6, true], failed.stderr)
    await follow(place, failed)
    await works(place)
  })

  test(`a beginning that tripped over "${script}" is given up, and the token begins anew`, async () => {
    using place = blank()
    await place.keyrite(init(place), { env: scriptEnv([script]) })
    const giveUp = ['--partition', 'pay', 'partition', 'recover', '--abandon']
    const unsaid = await place.keyrite(giveUp)
    assert.deepEqual([unsaid.code, unsaid.json.error.changed], [2, false], 'the name is wanted')
    if (approved)
      await refusesReason(place, /^--reason goes into a plan, and an init is finished by the one that everyone/)
    const { soPinFile } = await place.data(...giveUp, '--confirm', 'pay', ...(approved ? by(place) : []))
    const { slots } = await place.data('token', 'list', '--module', testModule(), '--no-probe')
    const token = slots.find((slot: { token?: { initialised: boolean } }) => slot.token?.initialised)?.token
    const erase = token ? ['--erase-token', token.serial, '--so-pin-file', soPinFile, '--confirm', 'pay'] : []
    await place.data(...init(place), ...erase)
    await works(place)
  })
}

/** `keyrite ARGS`, where each change of a file of the home is counted, and the disk is full from one of them on. */
function onDisk(place: TestPartition, args: readonly string[], full?: number) {
  const probe = { folder: makeFolder('full'), roots: [place.home], ...(full === undefined ? {} : { full }) }
  return { probe, ended: place.keyrite(args, { env: { ...place.folder.env, ...probeEnv(probe) } }) }
}

test('a full disk when a beginning that was interrupted is taken up: the hint begins it again', async () => {
  using place = blank()
  await place.keyrite(init(place), { env: scriptEnv(['C_GenerateRandom * return CKR_DEVICE_ERROR']) })
  using tried = place.copy()
  const { probe, ended } = onDisk(tried, init(tried))
  assert.equal((await ended).code, 0)
  // What the token is noted as once it is found to be empty.
  const [, noted] = probeEvents(probe.folder).filter(
    ({ name, path }) => name === 'open' && /pending\.json\..*\.new$/.test(path),
  )
  const failed = await onDisk(place, init(place), noted!.number).ended
  assert.deepEqual([failed.code, failed.json.error.code, failed.json.error.changed], [6, 'DISK', true], failed.stderr)
  assert.match(failed.json.error.hint, /^keyrite partition init pay /)
  await follow(place, failed)
  await works(place)
})

test('SEARCH-WHOLE: a list that lacks half of the audit key, or even our own head, is broken, and nothing is lost by it; of an intent that stays the hint recovers', async () => {
  using place = await partition()
  place.useModule(testModule())
  const short = await place.keyrite(ordinary(place), { env: scriptEnv(['C_FindObjects * cut 1']) })
  assert.deepEqual([short.code, short.json.error.code, short.json.error.changed], [4, 'SEARCH-WHOLE', false])
  assert.match(short.json.error.message, /lacks half of the audit key, which is there/)
  const failed = await place.keyrite(ordinary(place), { env: scriptEnv(['C_FindObjects 6.. cut 0']) })
  assert.deepEqual([failed.code, failed.json.error.code, failed.json.error.changed], [6, 'SEARCH-WHOLE', false])
  assert.equal(place.records().at(-1).type, 'intent')
  await follow(place, failed)
  await works(place)
})

test('a change whose checkpoint was not written is told as done, and the hint leads to the checkpoint', async () => {
  using place = await partition()
  place.useModule(testModule())
  const suspend = ['key', 'suspend', 'card', '--reason', 'a test', ...by(place)]
  const failed = await place.keyrite(suspend, { env: scriptEnv(['C_CreateObject 2 return CKR_DEVICE_ERROR']) })
  const { code, message, hint, changed } = failed.json.error
  assert.deepEqual([failed.code, code, changed], [6, 'CKR_DEVICE_ERROR', true], failed.stderr)
  assert.match(message, /^card#1 is suspended; the result is recorded, but no checkpoint was written: C_CreateObject/)
  assert.equal(hint, 'keyrite audit checkpoint')
  const { plan, seq, keys } = failed.json.data
  assert.deepEqual([plan.op, seq, keys[0].state], ['key.suspend', place.records().at(-1).seq, 'suspended'])
  const own = ['audit', 'checkpoint', ...by(place)]
  const again = await place.keyrite(own, { env: scriptEnv(['C_CreateObject 2 return CKR_DEVICE_ERROR']) })
  assert.match(again.json.error.message, /^the result is recorded, but no checkpoint was written: C_CreateObject/)
  assert.equal(again.json.error.hint, 'run the same command again')
  await follow(place, failed)
  await works(place)
})

test('a full disk under the checkpoint: what was done is told, and the hint makes room first', async () => {
  using made = await partition()
  const suspend = (place: TestPartition) => ['key', 'suspend', 'card', '--reason', 'a test', ...by(place)]
  using tried = made.copy()
  const { probe, ended } = onDisk(tried, suspend(tried))
  assert.equal((await ended).code, 0)
  const step = probeEvents(probe.folder).find(({ path }) => /checkpoint\..*\.new$/.test(path))!
  using place = made.copy()
  const failed = await onDisk(place, suspend(place), step.number).ended
  const { code, message, hint, changed } = failed.json.error
  assert.deepEqual([failed.code, code, changed], [6, 'DISK', true], failed.stderr)
  assert.match(
    message,
    /^card#1 is suspended; the result is recorded, but no checkpoint was written: .*the disk is full$/,
  )
  assert.match(hint, /^make room, or .* {2}# df \/.* {2}# then: keyrite audit checkpoint$/)
  await follow(place, failed)
  await place.data('audit', 'verify')
})

/** Its backup is made, and from now on the module does as its script says. */
async function throughModule(): Promise<TestPartition> {
  const place = await backedUp()
  place.useModule(testModule())
  return place
}

/** Nothing would keep it. */
async function refusesReason(place: TestPartition, message: RegExp, ...how: string[]) {
  const reason = ['--reason', 'no use', '--confirm', 'pay']
  const { code, json } = await place.keyrite(['--partition', 'pay', 'partition', 'recover', ...how, ...reason])
  assert.equal(code, 2)
  assert.match(json.error.message, message)
}

/** Without a word on where to. */
const restoring = (place: TestPartition): string[] => [
  'backup',
  'restore',
  place.path('backup'),
  '--module',
  testModule(),
  '--no-checkpoint',
  '--confirm',
  'pay',
]

const restore = (place: TestPartition, ...more: string[]): string[] => [
  ...restoring(place),
  ...['--erase-token', place.serial, ...by(place), ...more],
]

test('a change whose end is unknown: told what goes with a lost token, and given up where the token is there', async () => {
  using place = await throughModule()
  const cut = await place.keyrite(ordinary(place, 'cut'), {
    env: scriptEnv(['C_GenerateKey 2 kill after if asks=CKA_WRAP_WITH_TRUSTED']),
  })
  assert.equal(cut.code, 6, cut.stderr)
  const lost = await place.keyrite(['partition', 'recover', '--lost-token'])
  assert.deepEqual([lost.code, lost.json.error.code], [3, 'TOKEN-LOST'])
  assert.match(lost.json.error.message, /^without the token pay comes back by a restore; every key is in a backup$/)
  assert.match(lost.json.error.hint, /^keyrite backup restore \S+backup --module /)
  const giveUp = ['partition', 'recover', '--abandon', ...by(place)]
  assert.equal((await place.keyrite(giveUp)).json.error.code, 'INPUT-MISSING', 'the name is wanted')
  const { found } = await place.data(...giveUp, '--confirm', 'pay')
  assert.equal(found, 'done')
  assert.equal(place.records().findLast(({ plan }) => plan?.op === 'partition.recover').plan.abandons, true)
  await works(place)
})

test('a restore that never touched the token says so, is given up with the quorum, and the partition goes on with its token', async () => {
  using place = await throughModule()
  const failed = await place.keyrite(restore(place), { env: scriptEnv(['C_InitToken 1 return CKR_SESSION_EXISTS']) })
  assert.deepEqual([failed.code, failed.json.error.changed], [6, false], failed.stderr)
  assert.match(failed.json.error.message, /the restore is only announced, and the token is as it was/)
  assert.match(
    failed.json.error.hint,
    /# or drop it, which takes the token [0-9a-f]{16}: keyrite partition recover --abandon$/,
  )
  const { found } = await place.data('partition', 'recover', '--abandon', '--confirm', 'pay', ...by(place))
  assert.equal(found, 'not done')
  await works(place)
})

test('a restore that was cut off, and whose token of before is gone: one way on is named everywhere, also by a dry run, and it works', async () => {
  using place = await throughModule()
  const before = place.serial
  const slot = await place.blankSlot()
  const again = restoring(place)
  const restore = (one: TestPartition) => [
    ...again.map((word) => word.replace(place.folder.dir, one.folder.dir)),
    ...['--slot', slot, ...by(one)],
  ]
  await killedAfter(place, restore, ({ name }) => name === 'C_InitPIN')
  rmSync(folderOfToken(place.folder, before), { recursive: true })
  for (const args of [
    ['key', 'list'],
    ['audit', 'show'],
    ['audit', 'verify'],
    ['partition', 'show'],
    ['partition', 'list'],
  ]) {
    const { stdout, stderr } = await perform(args, { home: place.home, env: place.folder.env })
    const named = `${stdout}${stderr}`.match(/keyrite( --partition pay)? (partition recover.*|backup restore)/g)
    assert.match(`${stdout}${stderr}`, new RegExp(`or drop it, which takes the token\\s+${before}:`), args.join(' '))
    assert.deepEqual(named, ['keyrite backup restore', 'keyrite --partition pay partition recover --abandon'])
  }
  const onward = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.deepEqual([onward.code, onward.json.error.code], [3, 'PARTITION-FINISHED'])
  const giveUp = ['partition', 'recover', '--abandon', ...by(place), '--confirm', 'pay']
  const refused = await place.keyrite(giveUp)
  const foreseen = await place.keyrite([...giveUp, '--dry-run'])
  assert.deepEqual([foreseen.code, foreseen.json.error], [refused.code, refused.json.error])
  assert.equal(refused.json.error.changed, false)
  assert.match(
    refused.json.error.message,
    new RegExp(`^the token ${before} is not there; .* without it the restore is`),
  )
  assert.match(refused.json.error.hint, /^keyrite backup restore \S+ .*--slot \d+ [^#]*$/)
  assert.equal(`${onward.json.error.hint}`.split('  # ')[0], refused.json.error.hint)
  await place.data(...typed(refused.json.error.hint, place))
  await works(place)
})

for (const script of ['C_InitToken 1 abort', 'C_UnwrapKey 2 return CKR_DEVICE_ERROR if asks=CKA_LABEL=card#1']) {
  test(`a restore that tripped over "${script}" says what the token is, and is finished by its hints`, async () => {
    using place = await throughModule()
    const failed = await place.keyrite(restore(place), { env: scriptEnv([script]) })
    assert.deepEqual([failed.code, failed.json.error.changed], [6, true], failed.stderr)
    assert.match(failed.json.error.message, /the token was initialised \(erased\), the token holds no whole partition$/)
    await follow(place, failed)
    await works(place)
  })
}

test('a restore that has let its token in is given up: what it brought is there, and the ledger says so', async () => {
  using place = await throughModule()
  const failed = await place.keyrite(restore(place), {
    env: scriptEnv(['C_UnwrapKey 2 return CKR_DEVICE_ERROR if asks=CKA_LABEL=card#1']),
  })
  assert.equal(failed.code, 6)
  const { found } = await place.data('partition', 'recover', '--abandon', '--confirm', 'pay', ...by(place))
  assert.equal(found, 'partial')
  await place.data(...ordinary(place))
  await place.data('audit', 'verify')
})

test('a restore that has not begun is given up by one person, and the token that it took can be erased', async () => {
  using place = await throughModule()
  const before = readFileSync(place.ledger)
  const slot = await place.blankSlot()
  const noted = () => JSON.parse(readFileSync(place.path('home', 'pay', 'pending.json'), 'utf8')).token
  // Named by its serial it is still the one that the first try has initialised, and whose PIN nobody else knows.
  for (const which of [() => ['--slot', slot], () => ['--erase-token', noted()]]) {
    const how = ['--module', testModule(), '--no-checkpoint', '--confirm', 'pay', ...which()]
    const { json } = await place.keyrite([
      'backup',
      'restore',
      place.path('backup'),
      ...how,
      ...place.approvedBy('alice'),
    ])
    assert.equal(json.error.code, 'QUORUM-MET')
  }
  await refusesReason(place, /^--reason goes into a plan, and giving up what the ledger knows nothing of/, '--abandon')
  const given = await place.data('partition', 'recover', '--abandon', '--confirm', 'pay')
  assert.equal(given.abandoned, 'restore')
  assert.equal(readFileSync(place.ledger).subarray(0, before.length).equals(before), true)
  const erase = ['--erase-token', given.token, '--so-pin-file', given.soPinFile, '--confirm', 'spare']
  const renamed: Record<string, string> = { pay: 'spare', [place.path('shares')]: place.path('passphrases') }
  await place.data(...init(place).map((word) => renamed[word] ?? word), ...erase)
  await place.data('--partition', 'pay', ...ordinary(place))
})

test('restore proves what it can before it erases: a key that is not what was backed up is left out by the hint, and the rest comes back', async () => {
  using place = await partition()
  place.useModule(testModule())
  await place.data('key', 'generate', 'other', '--type', 'aes-256', ...by(place))
  await place.data('backup', 'create', place.path('backup'), ...by(place))
  // The second key of the backup does not open, nor when it is tried again, after a key that does.
  const lines = [2, 4].map((call) => `C_UnwrapKey ${call} return CKR_GENERAL_ERROR`)
  const refused = await place.keyrite(restore(place), { env: scriptEnv(lines) })
  assert.deepEqual([refused.code, refused.json.error.code, refused.json.error.changed], [5, 'BACKUP-OPENS', false])
  assert.match(refused.json.error.message, /other#1: C_UnwrapKey: CKR_GENERAL_ERROR/)
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [], 'nothing was erased')
  const without = await place.keyrite(typed(refused.json.error.hint, place))
  assert.deepEqual([without.code, without.json.error.code], [6, 'RESTORE-COMPLETE'])
  const { missing } = place.records().findLast(({ type }) => type === 'intent').plan
  assert.deepEqual(missing, [{ name: 'other', version: 1, reason: 'it was left out' }])
})

test('wrong serial: the token of another partition, and one whose PIN nobody gave, are refused before any PIN is sent', async () => {
  using place = await throughModule()
  const wanted = restore(place).map((word) => (word === place.serial ? '0123456789abcdef' : word))
  const absent = await place.keyrite(wanted)
  assert.deepEqual([absent.code, absent.json.error.code], [4, 'TOKEN-PRESENT'])
  const home = place.path('elsewhere')
  const stranger = init(place).map((word) =>
    word === 'pay' ? 'strange' : word === place.path('shares') ? place.path('passphrases') : word,
  )
  await place.keyrite(stranger, { home })
  const records = readFileSync(`${home}/strange/ledger.jsonl`, 'utf8').split('\n')
  const theirs = JSON.parse(records[0]!).record.token.serial
  const asked = await place.keyrite(restore(place).map((word) => (word === place.serial ? theirs : word)))
  assert.deepEqual([asked.code, asked.json.error.code, asked.json.error.changed], [2, 'INPUT-MISSING', false])
  assert.match(asked.json.error.hint, /^keyrite .* --so-pin-file FILE$/)
  await works(place)
})

test('old backup over a newer token: what the ledger does not know is named, and only erased where that is accepted', async () => {
  using place = await throughModule()
  await place.data('key', 'generate', 'new', '--type', 'aes-256', ...by(place))
  copyFileSync(place.path('home', 'pay', 'checkpoint'), place.path('note'))
  const own = place.serial
  const how = restoring(place)
  const lost = [...how, '--ledger', place.path('backup.ledger'), '--erase-token', own, ...by(place)]
  const home = place.path('new-home')
  const refused = await place.keyrite(lost, { home })
  assert.deepEqual([refused.code, refused.json.error.code, refused.json.error.changed], [5, 'LEDGER-BEHIND', false])
  assert.match(refused.json.error.message, /new#1/)
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [], 'nothing was erased')

  // Whoever has the user PIN may have set another: then nobody knows what the token holds.
  await asUser(place, "lib.C_SetPIN(session, pin, 'somebody-elses-pin')")
  const closed = await place.keyrite(lost, { home })
  assert.deepEqual([closed.code, closed.json.error.code, closed.json.error.changed], [5, 'TOKEN-UNKNOWN', false])
  assert.match(closed.json.error.message, /user PIN is not the one that these shares give; keys that are in no backup/)

  const kept = ['C_InitToken * nothing', 'C_GetTokenInfo * flags -CKF_USER_PIN_INITIALIZED']
  const full = await place.keyrite([...lost, '--accept', 'unbacked'], { home, env: scriptEnv(kept) })
  assert.deepEqual([full.code, full.json.error.code], [6, 'TOKEN-AS-ASKED'])
  assert.match(full.json.error.message, /but the token still holds \d+ (private )?objects/)

  const accepted = await place.keyrite([...lost, '--accept', 'unbacked'], { home })
  assert.equal(accepted.code, 0, accepted.stderr)
})

test('a restore that was cut off before it knew what the blank token is called now is begun again by its hint', async () => {
  using place = await throughModule()
  const onto = ['--module', testModule(), '--no-checkpoint', '--confirm', 'pay', '--slot', await place.blankSlot()]
  const script = ['C_FindObjectsInit 1 return CKR_DEVICE_ERROR']
  const failed = await place.keyrite(['backup', 'restore', place.path('backup'), ...onto, ...by(place)], {
    env: scriptEnv(script),
  })
  assert.deepEqual([failed.code, failed.json.error.changed], [6, true], failed.stderr)
  assert.deepEqual(await follow(place, failed), ['CKR_DEVICE_ERROR'])
  await works(place)
})

test('refusals unrecorded after a disaster: the new home brings a station key of its own', async () => {
  using place = await throughModule()
  const home = place.path('new-home')
  const slot = await place.blankSlot()
  const how = ['--module', testModule(), '--no-checkpoint', '--confirm', 'pay', '--slot', slot]
  const args = [
    'backup',
    'restore',
    place.path('backup'),
    '--ledger',
    place.path('backup.ledger'),
    ...how,
    ...by(place),
  ]
  assert.equal((await place.keyrite(args, { home })).code, 0)
  const { slots } = (await place.keyrite(['token', 'list', '--module', testModule(), '--no-probe'], { home })).json.data
  const owners = slots.flatMap(({ partition }: { partition?: { name: string; replaced?: string } }) => partition ?? [])
  assert.deepEqual(owners.map(({ name, replaced }: { name: string; replaced?: string }) => [name, !!replaced]).sort(), [
    ['pay', false],
    ['pay', true],
  ])
  const twice = await place.keyrite(
    ['key', 'suspend', 'card', '--reason', 'a test', ...place.approvedBy('alice', 'alice')],
    { home },
  )
  assert.equal(twice.json.error.code, 'SHARE-REPEATED')
  const last = JSON.parse(readFileSync(`${home}/pay/ledger.jsonl`, 'utf8').trimEnd().split('\n').at(-1)!).record
  assert.deepEqual([last.type, last.reason], ['denied', 'SHARE-REPEATED'])
  assert.equal((await place.keyrite(['audit', 'verify'], { home })).code, 0)
})

test('a beginning whose note is damaged is given up, and begun anew', async () => {
  using place = blank()
  await place.keyrite(init(place), { env: scriptEnv(['C_GenerateRandom * return CKR_DEVICE_ERROR']) })
  writeFileSync(place.path('home', 'pay', 'pending.json'), '{', { mode: 0o600 })
  const { json } = await place.keyrite(init(place))
  assert.equal(json.error.code, 'PENDING')
  assert.equal(json.error.hint, 'keyrite --partition pay partition recover --abandon')
  await refusesReason(place, /^--reason goes into a plan/, '--abandon')
  await place.data('--partition', 'pay', 'partition', 'recover', '--abandon', '--confirm', 'pay')
  await place.data(...init(place))
  await works(place)
})

const data = (value: string) =>
  `lib.C_CreateObject(session, attributes([[0, 0], [1, true], [2, true], [3, 'keyrite/head'], [0x11, ${JSON.stringify(value)}]]))`
const strange = JSON.stringify({
  format: 'keyrite.head/1',
  leaf: 'A'.repeat(43),
  partition: '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b',
  seq: 3,
})

/** What only a restore makes good, and what was done to the token, or what it does. */
const DEAD_ENDS: readonly (readonly [rule: string, exit: number, body: string, ...script: string[]])[] = [
  ['AUDIT-KEY', 5, "lib.C_DestroyObject(session, byLabel('keyrite/audit', 3))"],
  ['USER-PIN', 4, "lib.C_SetPIN(session, pin, '1234567890')"],
  ['HEAD-SHAPE', 5, data('hello')],
  ['HEAD-PARTITION', 5, data(strange)],
  ['TOKEN-FULL', 4, '', 'C_CreateObject * return CKR_DEVICE_MEMORY'],
]

test('where only a restore leads on, the hint is that restore, and says what is lost by it', async () => {
  using made = await throughModule()
  await made.data('key', 'generate', 'late', '--type', 'aes-256', ...by(made))
  for (const [rule, exit, body, ...script] of DEAD_ENDS) {
    using place = made.copy()
    await asUser(place, body)
    const before = readFileSync(place.ledger)
    const { code, json } = await place.keyrite(['key', 'suspend', 'card', '--reason', 'a test', ...by(place)], {
      env: scriptEnv(script),
    })
    assert.deepEqual([code, json.error.code, json.error.changed], [exit, rule, false], json.error.message)
    assert.match(
      json.error.hint,
      /^(?:(?:likely this ledger is an older copy|first run the same command again).* {2}# )?keyrite backup restore \S+\/backup --module \S+ --erase-token \S+( --accept unbacked)? {2}# not in that backup, and lost: late#1$/,
    )
    assert.equal(json.error.hint.startsWith('likely this ledger'), rule === 'USER-PIN')
    const mayBeOnce = rule === 'AUDIT-KEY' || rule === 'TOKEN-FULL'
    assert.equal(json.error.hint.startsWith('first run the same command again'), mayBeOnce)
    assert.equal(readFileSync(place.ledger).equals(before), true, `${rule}: the ledger is as before`)
    if (!body.includes('keyrite/head')) continue
    assert.equal((await place.keyrite(restore(place))).json.error.code, rule)
    assert.equal((await place.keyrite(restore(place, '--accept', 'unbacked'))).json.error.code, 'RESTORE-COMPLETE')
  }
})
