// Keys that the ledger knows and the token has lost: nothing begins with one that could not end, and their own end is possible.
import assert from 'node:assert/strict'
import { appendFileSync, copyFileSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { idOf, pkcs11Tool } from '../support/foreign.ts'
import { perform } from '../support/in-process.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { testModule } from '../support/module.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { clockAhead } from '../support/shims.ts'
import { leaveOutRsa, loseTokens, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const because = ['--reason', 'its token is lost']

const lose = (place: TestPartition, name: string) =>
  pkcs11Tool(place, ['--delete-object', '--type', 'secrkey', '--id', idOf(place, name)])

test('an operation on a key that the token has lost is refused before the intent; its end is not', async () => {
  using place = await partition()
  const soon = new Date(Date.now() + 3_600_000).toISOString()
  await place.data('key', 'generate', 'later', '--type', 'aes-256', '--activate-at', soon, ...by(place))
  await place.data('key', 'generate', 'rest', '--type', 'hmac-sha256', ...by(place))
  await place.data('key', 'suspend', 'rest', ...because, ...by(place))
  for (const name of ['card', 'later', 'rest']) await lose(place, name)
  const before = place.records()
  for (const [verb, name, ...more] of [
    ['rotate', 'card'],
    ['suspend', 'card', ...because],
    ['resume', 'rest', ...because],
    ['activate', 'later', ...because],
  ]) {
    const env = verb === 'activate' ? clockAhead(7200) : {}
    const { code, json } = await place.keyrite(['key', verb!, name!, ...more, ...by(place)], { env })
    const { code: rule, message, changed, hint } = json.error
    assert.deepEqual([code, rule, changed], [5, 'KEY-ABSENT', false], message)
    assert.equal(message, `${name}#1 is not on the token`)
    assert.match(hint, /^keyrite partition check {2}#/)
  }
  assert.deepEqual(place.records(), before)
  for (const [verb, name] of [
    ['compromise', 'card'],
    ['deactivate', 'rest'],
    ['compromise', 'later'],
  ]) {
    const { notes } = await place.data('key', verb!, name!, ...because, ...by(place))
    assert.deepEqual(notes, [`${name}#1 is not on the token`])
  }
  for (const name of ['card#1', 'rest#1', 'later#1']) {
    const [{ found }] = (await destroyed(place, name)).tokens
    const told = `${name} was not on the token: nothing was destroyed`
    assert.deepEqual([found, place.records().at(-2).text], ['nothing', told])
    assert.match(readFileSync(place.path(`${name}.paper`), 'utf8'), /NOTHING WAS DESTROYED/)
  }
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
})

const flagSet = ({ name }: ProbeEvent): boolean => name === 'C_SetAttributeValue'

/** What a recovery finds when the key went after the intent, or after the new version was made. */
const INTERRUPTED: [args: string[], killed: (event: ProbeEvent) => boolean, found: string, keys: string[]][] = [
  [['rotate', 'card'], onDisk, 'not done', []],
  [['rotate', 'card'], flagSet, 'partial', ['card#2 active']],
  [['suspend', 'card', ...because], onDisk, 'not done', []],
  [['compromise', 'card', ...because], onDisk, 'done', ['card#1 compromised']],
]

for (const [args, killed, found, keys] of INTERRUPTED) {
  test(`${args[0]} ${args[1]}, interrupted, and the key is gone: ${found}`, async () => {
    using place = await partition()
    place.useModule(testModule())
    await killedAfter(place, (own) => ['key', ...args, ...by(own)], killed)
    place.useModule(softhsm)
    await lose(place, 'card')
    const told = await place.data('partition', 'recover', ...by(place))
    const named = told.keys.map(
      (key: { name: string; version: number; state: string }) => `${key.name}#${key.version} ${key.state}`,
    )
    assert.deepEqual([told.found, named], [found, keys])
    await place.data('key', 'generate', 'next', '--type', 'aes-256', ...by(place))
  })
}

/** Onto a token of its own; the one before is gone. */
function restoreOnNew(place: TestPartition, file: string) {
  loseTokens(place.folder)
  const how = ['--module', softhsm, '--no-checkpoint', '--confirm', 'pay', ...by(place)]
  return place.keyrite(['backup', 'restore', place.path(file), ...how])
}

const destroy = async (place: TestPartition, name: string) => (await destroyed(place, name)).stillHeldBy

/** Gives what its certificate states. */
async function destroyed(place: TestPartition, name: string) {
  const paper = place.path(`${name}.paper`)
  await place.data('key', 'destroy', name, '--confirm', name, '--certificate', paper, ...by(place))
  return JSON.parse(readFileSync(`${paper}.json`, 'utf8')).statement
}

test('a key that was out of sight while it was deactivated, and is back, is a difference, its flags too, until it is destroyed', async () => {
  using place = await partition()
  const [token] = objectsOf(place)
  cpSync(token!, place.path('kept'), { recursive: true })
  await lose(place, 'card')
  const before = readdirSync(token!)
  const nowhere = place.path('none', 'file')
  const refused = async (...args: string[]) => (await place.keyrite([...args, '--dry-run'])).json.error?.code
  assert.equal(await refused('backup', 'create', nowhere), 'FILE-FOLDER')
  await place.data('key', 'deactivate', 'card', ...because, ...by(place))
  assert.equal(await refused('key', 'destroy', 'card#1', '--certificate', nowhere), 'FILE-FOLDER')
  const file = readdirSync(place.path('kept')).find((name) => name.endsWith('.object') && !before.includes(name))!
  // SoftHSM destroys no object without its lock.
  for (const name of [file, file.replace('.object', '.lock')])
    copyFileSync(`${place.path('kept')}/${name}`, `${token}/${name}`)
  const { code, json } = await place.keyrite(['partition', 'check', ...by(place)])
  const found = json.data.findings.map(({ kind, what, todo }: Record<string, string>) => [kind, what, todo])
  const todo = "keyrite key destroy 'card#1' --confirm 'card#1'"
  assert.deepEqual(
    [code, found],
    [
      5,
      [
        ['returned', 'the ledger says that the token does not have it, and it is there', todo],
        ['changed', 'flags differ from the ledger: ENCRYPT', todo],
      ],
    ],
  )
  assert.equal((await destroyed(place, 'card#1')).tokens[0].found, 'whole')
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
})

/** The folders of the tokens that hold something. */
const objectsOf = (place: TestPartition): string[] =>
  readdirSync(place.path('tokens'))
    .map((name) => place.path('tokens', name))
    .filter((folder) => readdirSync(folder).filter((name) => name.endsWith('.object')).length > 2)

test('a key that no backup has: no backup without it is begun; once given up, each says what it lacks, and who ever held it', async () => {
  using place = await partition()
  const backUp = (file: string) => place.keyrite(['backup', 'create', place.path(file), ...by(place)])
  assert.equal((await backUp('first')).code, 0)
  await place.data('key', 'rotate', 'card', ...by(place))
  await place.data('key', 'generate', 'never', '--type', 'hmac-sha256', '--no-backup', ...by(place))
  const tokens = [place.serial]
  const { code, json } = await restoreOnNew(place, 'first')
  assert.deepEqual([code, json.error.code], [6, 'RESTORE-COMPLETE'])
  assert.match(
    json.error.hint,
    /^where a newer backup holds it: keyrite key restore 'card#2' --in BACKUP {2}# .*: keyrite key show 'card#2' {2}# .*: keyrite key compromise 'card#2'$/,
  )
  const giveUp = ['key', 'compromise', 'card#2', ...because, '--dry-run']
  const { stdout } = await perform(giveUp, { home: place.home, env: place.folder.env })
  assert.match(stdout, /it is not on the token[\s\S]*generate the next key under a new name/)
  assert.doesNotMatch(stdout, /rotate it first/)
  tokens.push(place.serial)

  // What never came to this token is not shown as if it were there.
  const shown = await place.data('key', 'show', 'card#2')
  assert.deepEqual(
    [shown.needs, shown.uri, shown.heldBy],
    ['compromise', undefined, { backups: [], tokens: tokens.slice(0, 1) }],
  )
  const { checks } = (await place.keyrite(['doctor'])).json.data
  const ledger = checks.find(({ name }: { name: string }) => name === 'pay: ledger')
  assert.equal(ledger.status, 'warning')
  assert.match(ledger.found, /; card#2 is not on the token$|; card#2, never#1 are not on the token$/)
  assert.match(ledger.hint, /this can't be undone: keyrite .*key compromise 'card#2'$/)

  const before = place.records()
  for (const refusal of [
    await backUp('second'),
    // Nobody is asked for a share: the ledger knows it.
    await place.keyrite(['key', 'rotate', 'card']),
    await place.keyrite(['key', 'suspend', 'card#2', ...because]),
  ]) {
    const { code: rule, message, hint } = refusal.json.error
    assert.deepEqual([refusal.code, rule, message], [5, 'KEY-ABSENT', 'card#2 is not on the token'])
    assert.match(hint, /^keyrite partition check {2}#.*: keyrite key compromise 'card#2'$/)
  }
  assert.deepEqual(place.records(), before)

  await place.data('key', 'compromise', 'card#2', ...because, ...by(place))
  const second = await backUp('second')
  const omitted = second.json.data.omitted.map((one: { name: string; reason: string }) => `${one.name}: ${one.reason}`)
  assert.deepEqual(omitted, ['card: the token had lost it', 'never: it can never leave the token'])
  await restoreOnNew(place, 'second')
  tokens.push(place.serial)
  assert.deepEqual(await destroy(place, 'card#2'), { backups: [], tokens: tokens.slice(0, 1) })
  const held = await destroy(place, 'card#1')
  const names = held.backups.map(({ name }: { name: string }) => name)
  assert.deepEqual([names, held.tokens], [['first', 'second'], tokens.slice(0, 2)])
})

test('every key that the token has lost is named, and one that was given up comes back with a backup that has it', async () => {
  using place = await partition()
  await place.data('key', 'generate', 'other', '--type', 'aes-256', ...by(place))
  await place.data('backup', 'create', place.path('first'), ...by(place))
  for (const name of ['card', 'other']) await lose(place, name)
  const { code, json } = await place.keyrite(['backup', 'create', place.path('second'), ...by(place)])
  assert.deepEqual([code, json.error.message], [5, 'card#1, other#1 are not on the token'])
  await place.data('key', 'deactivate', 'card', ...because, ...by(place))
  const restored = await restoreOnNew(place, 'first')
  assert.equal(restored.code, 0, restored.stderr)
  const card = restored.json.data.keys.find(({ name }: { name: string }) => name === 'card')
  assert.deepEqual([card.state, card.attributes.DECRYPT, card.attributes.ENCRYPT], ['deactivated', true, false])
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
})

for (const station of ['with its station key', 'and its station key is gone too']) {
  test(`a ledger that a crash tore, ${station}: a restore cuts it, when it is approved and not before`, async () => {
    using place = await partition()
    await place.data('backup', 'create', place.path('first'), ...by(place))
    if (station.includes('gone')) rmSync(place.path('home', 'pay', 'station.key'))
    appendFileSync(place.ledger, '{"record":{"torn')
    const before = readFileSync(place.ledger, 'utf8')

    const alone = place.approvedBy('alice')
    loseTokens(place.folder)
    const how = ['--module', softhsm, '--confirm', 'pay']
    const newest = ['--checkpoint', place.path('home', 'pay', 'checkpoint')]
    const restore = (...more: string[]) => place.keyrite(['backup', 'restore', place.path('first'), ...how, ...more])
    const tooFew = await restore(...newest, ...alone)
    // The blank token was initialised for it.
    assert.deepEqual([tooFew.code, tooFew.json.error.code], [6, 'QUORUM-MET'])
    assert.equal(readFileSync(place.ledger, 'utf8'), before)

    const done = await restore(...newest, ...by(place))
    assert.equal(done.code, 0, done.stderr)
    assert.match(done.stderr, /the ledger was mended: cut 16 bytes of a torn line after record \d+/)
    const notes = place.records().filter(({ type }) => type === 'note')
    assert.deepEqual(
      notes.map(({ text }) => text.replace(/\d+$/, 'n')),
      ['cut 16 bytes of a torn line after record n'],
    )
    assert.equal((await place.keyrite(['audit', 'verify', ...newest])).code, 0)
    assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  })
}
