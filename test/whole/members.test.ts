// A partition with two and three members, on SoftHSM tokens: what is done on one is done on all, and what one has missed comes to it by the ledger alone.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { describeWhole } from '../support/independent.ts'
import { readStandings, standings, standingsOf, withSecond } from '../support/members.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import { folderOfToken, leaveOutRsa, loseTokens, softhsm, withoutToken } from '../support/softhsm.ts'

leaveOutRsa()

let place: TestPartition
const done = (...args: string[]) => place.data(...args, ...by(place))
const alone = ['--absent', 'site-b', '--no-checkpoint']

/** By what the label of its token begins with. */
const folderOf = (label: string): string => folderOfToken(place.folder, label)

/** The one whose label begins so. */
async function without<T>(label: string, work: () => Promise<T>): Promise<T> {
  using _away = withoutToken(place.folder, label)
  return await work()
}

async function refused(code: string, ...args: string[]): Promise<void> {
  const { json } = await place.keyrite([...args, ...by(place)])
  assert.equal(json?.error?.code, code, JSON.stringify(json))
}

before(async () => {
  place = await partition()
})
after(() => place[Symbol.dispose]())

describe('two members', () => {
  test('a member comes, and each change is on both', async () => {
    await done('key', 'generate', 'sign', '--type', 'ec-p256')
    const { member } = await done('member', 'add', 'site-b', '--module', softhsm)
    assert.match(member.token.label, /^site-b-[0-9a-f]{16}$/)
    await done('key', 'generate', 'tenant', '--type', 'aes-256', '--count', '3')
    await done('key', 'rotate', 'card')
    await done('key', 'suspend', 'sign', '--reason', 'x')
    await done('member', 'check', '--all')
    const { holders } = place.records().findLast(({ keys }) => keys?.length === 3)
    assert.deepEqual(holders, [
      { member: 'first', proof: 'proven', head: true },
      { member: 'site-b', proof: 'proven', head: true, differs: ['ALWAYS_SENSITIVE', 'LOCAL'] },
    ])
    assert.deepEqual(await standings(place), ['first current', 'site-b current'])
  })

  test('MEMBER-NAME, MEMBER-KEYS, MEMBER-KNOWN, TOKEN-THERE: what can not be is refused before anybody is asked', async () => {
    await refused('MEMBER-NAME', 'member', 'add', 'site-b', '--module', softhsm)
    await refused('MEMBER-NAME', 'member', 'add', 'first', '--module', softhsm)
    await refused('MEMBER-KEYS', 'key', 'generate', 'stays', '--type', 'aes-256', '--no-backup')
    await refused('MEMBER-KEYS', 'key', 'generate', 'stays', '--type', 'ed25519')
    await refused('MEMBER-KNOWN', 'member', 'sync', 'site-c')
    const { members } = await place.data('member', 'list')
    await refused(
      'TOKEN-THERE',
      'member',
      'add',
      'site-c',
      '--module',
      softhsm,
      '--erase-token',
      members[1].token.serial,
    )
    const { member } = await place.data('config', 'set', 'module', softhsm, '--member', 'site-b')
    assert.equal(member, 'site-b')
    for (const [of, rule] of [
      [['--member', 'site-c'], 'MEMBER-KNOWN'],
      [['--member', 'first'], 'USAGE'],
      [['--app', 'web'], 'APP-KNOWN'],
    ] as const) {
      const { json } = await place.keyrite(['config', 'set', 'module', softhsm, ...of])
      assert.equal(json.error.code, rule, json.error.message)
    }
    const { pay } = (await place.data('config', 'show')).partitions
    assert.deepEqual([Object.keys(pay.members), pay.applications], [['site-b'], undefined])
    assert.deepEqual(standingsOf((await place.data('partition', 'show')).members), ['first current', 'site-b current'])
  })

  test('who only reads without a member leaves nothing that it has missed', async () => {
    await done('partition', 'check', ...alone)
    await done('audit', 'checkpoint', ...alone)
    assert.deepEqual(await standings(place), ['first current', 'site-b current'])
    await done('key', 'suspend', 'tenant-1', '--reason', 'x')
    const own = place.path('home', 'pay', 'checkpoint')
    await refused('CHECKPOINT-CARRIED', 'key', 'rotate', 'card', '--absent', 'site-b', '--checkpoint', own)
  })

  test('MEMBER-PRESENT, MEMBER-BEHIND: a member that is away is left out by name, and made right before the next change', async () => {
    await without('site-b-', async () => {
      const { error } = (await place.keyrite(['doctor'])).json
      assert.match(error.message, /^pay: member site-b: the token [0-9a-f]{16} is not there/)
      await refused('MEMBER-PRESENT', 'key', 'rotate', 'card')
      await refused('INPUT-MISSING', 'key', 'rotate', 'card', '--absent', 'site-b')
      await done('key', 'rotate', 'card', ...alone)
      await done('key', 'destroy', 'card#1', '--confirm', 'card#1', '--certificate', place.path('gone.txt'), ...alone)
    })
    const { statement } = JSON.parse(readFileSync(place.path('gone.txt.json'), 'utf8'))
    assert.deepEqual(
      statement.tokens.map(({ member, found }: { member: string; found: string }) => `${member} ${found}`),
      ['first whole', 'site-b unknown'],
    )
    assert.deepEqual(statement.stillHeldBy.tokens, [statement.tokens[1].token.serial])
    const { heldBy } = await place.data('key', 'show', 'card#1')
    assert.deepEqual(heldBy, statement.stillHeldBy)
    assert.deepEqual((await place.data('key', 'show', 'sign')).heldBy.tokens, [])
    assert.deepEqual(await standings(place), ['first current', 'site-b behind'])
    const { checks } = await place.data('doctor')
    const found = checks.filter(({ name }: { name: string }) => name.startsWith('pay: member '))
    assert.deepEqual(
      found.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`),
      ['pay: member first ok', 'pay: member site-b warning'],
    )
    assert.match(found[1].hint, /^make it right: keyrite member sync site-b$/)
    await refused('MEMBER-BEHIND', 'key', 'generate', 'more', '--type', 'aes-256')
    await refused('MEMBER-LAST-HOLDER', 'member', 'retire', 'first', '--confirm', 'first')
    await refused('MEMBER-LAST-HOLDER', 'member', 'retire', 'first', '--lost', '--confirm', 'first', '--no-checkpoint')
  })

  test('MEMBER-SOURCE: a member that is behind makes nobody right', async () => {
    await refused('MEMBER-SOURCE', 'member', 'sync', 'site-b', '--absent', 'first', '--no-checkpoint')
    await refused('MEMBER-BEHIND', 'key', 'rotate', 'card', '--absent', 'first', '--no-checkpoint')
  })

  test('a key that was destroyed meanwhile does not come back', async () => {
    await done('member', 'sync', 'site-b')
    assert.deepEqual(await standings(place), ['first current', 'site-b current'])
    assert.deepEqual((await place.data('key', 'show', 'card#1')).heldBy.tokens, [])
    await done('member', 'check', '--all')
    await done('key', 'destroy', 'card#2', '--confirm', 'card#2', '--certificate', place.path('two.txt'))
    assert.match(
      readFileSync(place.path('two.txt'), 'utf8'),
      /Member site-b, token [0-9a-f]{16}: the key was on it, was destroyed/,
    )
  })

  test('the other acts where the first is away, and signs', async () => {
    await without('pay ', async () => {
      const make = ['key', 'generate', 'elsewhere', '--type', 'aes-256', ...by(place)]
      const { error } = (await place.keyrite(make)).json
      assert.match(error.message, /^the token of member first is not there: [0-9a-f]{16} \(pay\); there is /)
      assert.match(error.hint, /^to go on without it: keyrite key generate elsewhere .* --absent first {2}# /)
      assert.match(error.hint, /if it is lost for good: keyrite member retire first --lost/)
      assert.doesNotMatch(error.hint, /restore/)
      const { json } = await place.keyrite(['doctor'])
      const { found, hint } = json.data.checks.find(({ name }: { name: string }) => name === 'pay: token')
      assert.match(found, /^the token of member first is not there: /)
      assert.match(hint, /--absent first.*if it is lost for good: keyrite member retire first --lost/s)
      await refused('TOKEN-LOST', 'partition', 'recover', '--lost-token')
      await done('key', 'generate', 'elsewhere', '--type', 'aes-256', '--absent', 'first', '--no-checkpoint')
    })
    const { signature } = JSON.parse(readFileSync(place.ledger, 'utf8').trimEnd().split('\n').at(-1)!)
    const { members } = await place.data('member', 'list')
    assert.equal(signature.key, members[1].auditKey)
    assert.deepEqual(await standings(place), ['first behind', 'site-b current'])
    await done('member', 'sync', '--all')
    await place.data('audit', 'verify')
  })

  test('INPUT-MISSING, MEMBER-ROLLED-BACK, CHECKPOINT-BEHIND: an old ledger and a stale member look equal, and a checkpoint tells', async () => {
    const [ledger, checkpoint] = [readFileSync(place.ledger), place.path('carried')]
    await without('pay ', () =>
      done('key', 'generate', 'kept', '--type', 'aes-256', '--absent', 'first', '--no-checkpoint'),
    )
    cpSync(place.path('home', 'pay', 'checkpoint'), checkpoint)
    const newer = readFileSync(place.ledger)
    await without('site-b-', async () => {
      writeFileSync(place.ledger, ledger)
      rmSync(place.path('home', 'pay', 'checkpoint'))
      await refused('CHECKPOINT-BEHIND', 'key', 'rotate', 'card', '--absent', 'site-b', '--checkpoint', checkpoint)
    })
    writeFileSync(place.ledger, newer)
    await done('member', 'sync', '--all')
  })

  test('MEMBER-ROLLED-BACK: an older copy of a token is found, and mended when somebody says so', async () => {
    const at = folderOf('site-b-')
    cpSync(at, place.path('older'), { recursive: true })
    await done('key', 'generate', 'later', '--type', 'aes-256')
    rmSync(at, { recursive: true })
    renameSync(place.path('older'), at)
    await refused('MEMBER-ROLLED-BACK', 'key', 'rotate', 'later')
    await refused('MEMBER-ROLLED-BACK', 'member', 'sync', 'site-b')
    await done('member', 'sync', 'site-b', '--rolled-back')
    await done('member', 'check', '--all')
  })

  test('the independent reader comes to the same', async () => {
    assert.deepEqual(await readStandings(place), await standings(place))
  })

  test('TOKEN-THERE: a member that is there and whole is not given up as lost, and one that was put back is', async () => {
    const lost = ['member', 'retire', 'site-b', '--lost', '--confirm', 'site-b', '--no-checkpoint']
    const { error } = (await place.keyrite([...lost, ...by(place)])).json
    assert.deepEqual([error.code, error.changed], ['TOKEN-THERE', false])
    assert.match(error.message, /^the token [0-9a-f]{16} of site-b is there, and opens: /)
    assert.equal(error.hint, 'erase it: keyrite member retire site-b')
    assert.deepEqual(await standings(place), ['first current', 'site-b current'])
  })

  test('the first is lost: the other goes on alone, and takes a third', async () => {
    rmSync(folderOf('pay '), { recursive: true })
    await done('member', 'retire', 'first', '--lost', '--confirm', 'first', '--no-checkpoint')
    await done('key', 'rotate', 'later')
    await done('member', 'add', 'site-c', '--module', softhsm)
    await done('key', 'generate', 'both', '--type', 'aes-256')
    await done('member', 'check', '--all')
    await done('backup', 'create', place.path('of-b'))
    await done('member', 'retire', 'site-b', '--confirm', 'site-b')
    await place.data('backup', 'verify', place.path('of-b'))
    const { error } = (await place.keyrite(['member', 'retire', 'site-c', '--lost', ...by(place)])).json
    assert.deepEqual([error.message, error.hint], ['the partition has one member', 'keyrite partition retire --help'])
    await done('partition', 'check')
    await place.data('audit', 'verify')
  })
})

test('MEMBER-LAST-HOLDER: the only one that is proven is lost: it is not given up, and a backup on another token is the way on', async () => {
  using other = await withSecond()
  const mine = by(other)
  await other.data('backup', 'create', other.path('b'), ...mine)
  await other.data('key', 'generate', 'away', '--type', 'aes-256', ...alone, ...mine)
  const { serial } = (await other.data('member', 'list')).members[0].token
  rmSync(folderOfToken(other.folder, serial), { recursive: true })
  const records = other.records().length
  const { code, json } = await other.keyrite([
    'member',
    'retire',
    'first',
    '--lost',
    '--confirm',
    'first',
    '--no-checkpoint',
    ...mine,
  ])
  assert.deepEqual([code, json.error.code, json.error.changed], [3, 'MEMBER-LAST-HOLDER', false], JSON.stringify(json))
  assert.ok(json.error.hint.includes(`keyrite backup restore ${other.path('b')}`), json.error.hint)
  assert.equal(other.records().length, records)
  const args = ['--module', softhsm, '--no-checkpoint', '--confirm', 'pay']
  const back = await other.keyrite(['backup', 'restore', other.path('b'), ...args, ...mine])
  assert.deepEqual([back.code, back.json.error.code], [6, 'RESTORE-COMPLETE'], JSON.stringify(back.json))
  assert.deepEqual(back.json.data.missing, [{ name: 'away', version: 1, reason: 'it was made after the backup' }])
  const { members } = await other.data('member', 'list')
  assert.deepEqual([members.length, members[0].standing], [1, 'current'])
  assert.match(back.stderr, /the tokens [0-9a-f]{16}, [0-9a-f]{16} \(present\) may still hold the keys, .*: erase them/)
  const heldOf = async (key: string) => (await other.data('key', 'show', key)).heldBy.tokens
  assert.deepEqual([await heldOf('away'), (await heldOf('card')).length], [[serial], 2])
  await other.data('key', 'compromise', 'away', '--reason', 'no backup has it', ...mine)
  await other.data('key', 'rotate', 'card', ...mine)
  await other.data('partition', 'check', ...mine)
})

test('all are lost: a backup of one brings the keys to a token that is the only member then', async () => {
  using other = await withSecond()
  const mine = by(other)
  await other.data('backup', 'create', other.path('b'), ...mine)
  loseTokens(other.folder)
  const { error } = (await other.keyrite(['key', 'rotate', 'card', ...mine])).json
  assert.match(error.hint, /if every member is lost: keyrite backup restore \S+\/b --module /)
  const args = ['--module', softhsm, '--no-checkpoint', '--confirm', 'pay']
  await other.data('backup', 'restore', other.path('b'), ...args, ...mine)
  const { members, retired } = await other.data('member', 'list')
  assert.deepEqual([members.length, members[0].standing, retired.length], [1, 'current', 2])
  const lost = retired.map(({ token }: { token: { serial: string } }) => token.serial)
  assert.deepEqual((await other.data('key', 'show', 'card')).heldBy.tokens, lost)
  await other.data('key', 'rotate', 'card', ...mine)
  await other.data('partition', 'check', ...mine)
  await other.data('audit', 'verify')
  const text = readFileSync(other.ledger, 'utf8')
  const told = await describeWhole(text)
  assert.equal(told.members.length, 1)
})
