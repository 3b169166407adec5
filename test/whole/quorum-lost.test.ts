// Too few shares of the user's group are left: who holds so sets the user PIN to that of new shares, and what is lost by it is said.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { killedAfter } from '../support/interrupted.ts'
import { answerFaults } from '../support/json-schema.ts'
import type { Result } from '../support/keyrite.ts'
import { scripted, testModule } from '../support/module.ts'
import type { TestPartition } from '../support/partition.ts'
import { loseTokens, softhsm } from '../support/softhsm.ts'
import { APART, Succession, succession, type TestSet, TOGETHER } from '../support/succession.ts'

/** Who approves: those who hold so, and everyone who gets a new share. */
const replaceArgs = ({ place }: Succession, group: string, ...more: string[]): string[] => {
  const files = ['--shares-dir', place.path('shares'), '--unsafe-plain-shares', '--copy', place.path('stick')]
  return ['quorum', 'replace', '--lost', ...files, '--group', group, '--confirm', group, ...more]
}
const officers = (story: Succession) => story.by(story.set('officers'))
const follow = (story: Succession, epoch = 2): TestSet => {
  story.follow({ ...story.set('operators'), epoch })
  return story.set('operators')
}

/** What is wrapped for recovery hangs on the lost shares too. */
const IN_TWO: readonly TestSet[] = [
  { name: 'officers', roles: 'so', epoch: 1, threshold: 2, people: ['alice', 'bob', 'carol'] },
  { name: 'operators', roles: 'user,recovery', epoch: 1, threshold: 2, people: ['erin', 'frank', 'grace'] },
]

/** `keyrite ARGS`, where the library does as the line says this once. */
async function faulty(place: TestPartition, line: string, args: readonly string[]): Promise<Result> {
  const { module, env } = scripted([line])
  place.useModule(module)
  const result = await place.keyrite(
    args.map((word) => (word === softhsm ? module : word)),
    { env },
  )
  place.useModule(softhsm)
  return result
}

describe('quorum replace --lost', { concurrency: 2 }, () => {
  test('of several members the user PIN of one that is away is closed, until it is there for another', async () => {
    const story = await succession(APART)
    using place = story.place
    // Whoever lets its audit key in is of every group.
    await place.data('member', 'add', 'site-b', '--module', softhsm, ...story.all())
    const replaced = (...more: string[]) =>
      place.data(...replaceArgs(story, 'operators', '--accept', 'unbacked', ...more, ...officers(story)))
    const alone = await replaced('--absent', 'site-b', '--no-checkpoint')
    assert.equal(alone.pins.length, 1)
    follow(story)
    const check = ['member', 'check', '--all', ...story.byRoles('so', 'user')]
    const { error } = (await place.keyrite(check)).json
    assert.deepEqual([error?.code, error?.changed], ['SECRET-LOST', false])
    assert.match(error.hint, /member retire site-b --lost && keyrite member add NAME --erase-token [0-9a-f]+ /)
    const both = await replaced()
    assert.equal(both.pins.length, 2)
    follow(story, 3)
    await place.data('member', 'check', '--all', ...story.byRoles('so', 'user'))
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
  })

  test('those who hold so, and everyone new, approve; backups open as before, and what is lost comes back by other ways', async () => {
    const story = await succession(APART)
    using place = story.place
    await place.data(
      'app',
      'init',
      'web',
      '--module',
      softhsm,
      '--pin-out',
      place.path('web.pin'),
      ...story.byRoles('so', 'user'),
    )
    await place.data('backup', 'create', place.path('1.backup'), ...story.all())
    const old = story.set('operators')
    // Nobody can give it up, since that takes the shares that are lost.
    const never = await story.stage('keepers')
    const ofSo = await place.keyrite(replaceArgs(story, 'officers', ...officers(story)))
    assert.deepEqual([ofSo.code, ofSo.json.error.code, ofSo.json.error.changed], [3, 'REPLACE-LOST', false])
    assert.match(ofSo.json.error.message, /^officers holds so itself/)
    const unnamed = ['quorum', 'replace', '--lost', '--shares-dir', place.path('shares'), '--unsafe-plain-shares']
    const which = await place.keyrite([...unnamed, ...officers(story)])
    assert.deepEqual(
      [which.code, which.json.error.code, /--group/.test(which.json.error.hint)],
      [2, 'INPUT-MISSING', true],
    )
    const ofOperators = (...more: string[]) => replaceArgs(story, 'operators', ...more)
    const few = await place.keyrite(ofOperators(...story.by(story.set('officers'), 0, 2)))
    assert.equal(few.json.error.code, 'QUORUM-MET')
    const dry = await place.keyrite(ofOperators('--dry-run'))
    assert.deepEqual([dry.json.data.plan.lost, dry.json.data.plan.needs.length], [true, 1])
    // Nor what was interrupted: its end takes the lost shares too.
    const late = ['key', 'generate', 'late', '--type', 'aes-256', ...story.byRoles('user')]
    const cut = await faulty(place, 'C_GenerateKey 1 abort if asks=CKA_TOKEN=true', late)
    assert.deepEqual([cut.code, cut.json.error.changed], [6, true], cut.stderr)
    const staging = await place.keyrite(['quorum', 'unstage', ...story.approving(story.set('keepers'))])
    assert.equal(staging.json.error.code, 'INTENT-OPEN')

    const { json, stderr } = await place.keyrite(ofOperators(...officers(story)))
    assert.deepEqual([json?.data?.pins?.length, json?.data?.burn?.length], [1, 3], stderr)
    assert.deepEqual(answerFaults(json, 'quorum replace'), [])
    for (const line of [
      /approves +officers alone, for operators: their SO sets the user PIN to that of the new shares/,
      /lost +the secret of operators, epoch 1, for good/,
      /backups +open as before, by keepers/,
      /lost +the user PIN of web, for Keyrite: its clients go on, then app pin web --new/,
      /gives up +shares of keepers, epoch 2, which are staged/,
      /waits +key\.generate of record \d+, which was interrupted: partition recover comes next/,
      /warning: key\.generate of record \d+ has no end yet/,
    ])
      assert.match(stderr, line)
    const intent = place.records().findLast(({ plan }) => plan?.op === 'quorum.replace')
    assert.deepEqual([intent.plan.lost, intent.bridge, intent.plan.stage], [true, undefined, undefined])
    assert.deepEqual(new Set(intent.approvals.map(({ group }: { group: string }) => group)).size, 2)
    follow(story)
    const retired = await place.keyrite(['partition', 'recover', ...story.by(old)])
    assert.equal(retired.json.error.code, 'SHARE-RETIRED')
    assert.equal((await place.data('partition', 'recover', ...story.byRoles('user'))).found, 'not done')
    await place.data('key', 'rotate', 'card', ...story.byRoles('user'))
    await place.data('partition', 'check', ...story.byRoles('user'))
    await place.data('audit', 'verify')
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])

    const shown = await place.keyrite(['quorum', 'show', '--former'])
    assert.deepEqual(answerFaults(shown.json, 'quorum show'), [])
    const [{ seq: _, time: __, ...takeover }] = shown.json.data.takeovers
    assert.deepEqual(takeover, { group: 'operators', epoch: 2, before: 1, by: 'officers' })
    assert.equal(shown.json.data.stage, undefined)
    const text = await perform(['quorum', 'show'], { home: place.home, env: place.folder.env })
    assert.match(text.stdout.replaceAll(/\s+/g, ' '), /epoch 1, whose shares were lost, by officers alone: record \d+/)
    assert.equal(never.epoch, 2)

    // What only the lost shares opened is named, with the way past it.
    for (const args of [
      ['app', 'check', 'web'],
      ['key', 'deliver', 'card', '--app', 'web', '--accept', 'unbacked'],
    ]) {
      // Nobody has been asked yet.
      const { code, json } = await place.keyrite([...args, '--dry-run'])
      assert.deepEqual([code, json.error?.code], [3, 'SECRET-LOST'], JSON.stringify(json))
      assert.match(json.error.message, /^nobody can log in to the token of web: the shares of operators, epoch 1, were/)
      assert.match(json.error.hint, /^keyrite app pin web --new --pin-out FILE$/)
    }
    await place.data('app', 'pin', 'web', '--new', '--pin-out', place.path('web2.pin'), ...story.byRoles('so', 'user'))
    await place.data('app', 'check', 'web', ...story.byRoles('user'))
    assert.equal((await story.restored(place.path('1.backup'), place.ledger, 6)).code, 'RESTORE-COMPLETE')
    // From here on custodians are replaced as ever.
    await place.data('backup', 'create', place.path('2.backup'), ...story.all())
    await story.replace(await story.stage('operators', '--remove', 'erin', '--add', 'judy'))

    await place.data('key', 'rotate', 'card', ...story.byRoles('user'))
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
  })

  test('where the lost shares led to the backups too, these are given up with them, and a new one is what counts', async () => {
    const story = await succession(IN_TWO)
    using place = story.place
    await place.data('backup', 'create', place.path('1.backup'), ...story.all())
    const unbacked = await place.keyrite(replaceArgs(story, 'operators', ...officers(story)))
    assert.deepEqual([unbacked.json.error.code, unbacked.json.error.changed], ['REPLACE-BACKUP', false])
    assert.match(unbacked.json.error.hint, /^where that is known: keyrite .* --accept unbacked$/)
    const { json, stderr } = await place.keyrite(
      replaceArgs(story, 'operators', '--accept', 'unbacked', ...officers(story)),
    )
    assert.equal(json?.ok, true, stderr)
    assert.match(
      stderr,
      /lost +every backup of before, 1\.backup: none opens any more; make one as soon as this is done/,
    )
    const next = follow(story)
    const [key] = (await place.data('key', 'list')).keys
    assert.equal(key.needs, 'backup')
    const closed = await story.restored(place.path('1.backup'), place.ledger, 3)
    assert.deepEqual([closed.code, closed.changed], ['SECRET-LOST', false])
    assert.match(
      closed.message,
      /^the shares of operators, epoch 1, were lost, and custodians of officers replaced them by/,
    )
    const [former] = (await place.data('quorum', 'show', '--former')).former
    assert.deepEqual(former.opens.backups, ['1.backup'])
    await place.data('backup', 'create', place.path('2.backup'), ...story.all())
    assert.equal((await story.restored(place.path('2.backup'), place.ledger)).keys.length, 1)
    // Should the paper turn up, the first one opens still: so it is named.
    await place.data('key', 'deactivate', 'card', '--reason', 'a test', ...story.by(next))
    await place.data('key', 'destroy', 'card#1', '--confirm', 'card#1', '--reason', 'a test', ...story.by(next))
    const { held } =
      (await place.data('key', 'show', 'card#1')).keys?.[0] ?? (await place.data('key', 'show', 'card#1'))
    assert.match(JSON.stringify(held ?? (await place.data('key', 'show', 'card#1'))), /1\.backup.*2\.backup/)
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
  })

  test('cut off, it is finished by those who hold so and the new shares; no PIN is guessed, and an older token is set once more', async () => {
    const story = await succession(APART)
    using place = story.place
    await place.data('backup', 'create', place.path('1.backup'), ...story.all())
    for (const name of ['tokens', 'home']) cpSync(place.path(name), place.path(`${name}.before`), { recursive: true })
    place.useModule(testModule())
    await killedAfter(
      place,
      (own) => {
        const copy = new Succession(own, story.sets)
        return replaceArgs(copy, 'operators', ...officers(copy))
      },
      ({ name }) => name === 'C_InitPIN',
    )
    place.useModule(softhsm)
    const next: TestSet = { ...story.set('operators'), epoch: 2 }
    const recover = (...shares: string[]) => ['partition', 'recover', '--copy', place.path('stick'), ...shares]
    const alone = await place.keyrite(recover(...story.by(next)))
    assert.equal(alone.json.error.code, 'QUORUM-MET')
    const given = await place.keyrite([
      ...recover('--abandon', '--confirm', 'pay'),
      ...officers(story),
      ...story.by(next),
    ])
    assert.equal(given.json.error.code, 'REPLACE-ONWARD')
    const noTry = await place.keyrite([...recover('--last-try', 'user=old'), ...officers(story), ...story.by(next)])
    assert.deepEqual([noTry.code, noTry.json.error.code], [3, 'LAST-TRY'])
    // The token of before is in the place of the one whose PIN was set: nothing is known of its PIN, and nothing need be.
    rmSync(place.path('tokens'), { recursive: true })
    cpSync(place.path('tokens.before'), place.path('tokens'), { recursive: true })
    const isLocked = 'C_GetTokenInfo * flags CKF_USER_PIN_LOCKED'
    const done = await faulty(place, isLocked, recover(...officers(story), ...story.by(next)))
    assert.equal(done.json?.data?.found, 'done', done.stderr)
    follow(story)
    await place.data('key', 'rotate', 'card', ...story.byRoles('user'))
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])

    // An older ledger is found as soon as the head can be read; with the newest it is done again.
    cpSync(place.path('home'), place.path('home.newest'), { recursive: true })
    const putBack = (name: string) => {
      rmSync(place.path('home'), { recursive: true })
      cpSync(place.path(name), place.path('home'), { recursive: true })
    }
    putBack('home.before')
    for (const name of ['shares', 'stick']) mkdirSync(place.path(`again-${name}`), { mode: 0o700 })
    const again = (word: string) => word.replace(/\/(shares|stick)$/, '/again-$1')
    const older = [...replaceArgs(story, 'operators').map(again), ...officers(story)]
    const behind = await place.keyrite(older)
    assert.deepEqual([behind.code, behind.json.error.code], [6, 'LEDGER-BEHIND'])
    assert.match(behind.json.error.message, /it is an older copy, and nothing but the user PIN is another by now$/)
    assert.match(
      behind.json.error.hint,
      /^bring the newest ledger\.jsonl, .*; then do it again: keyrite .*quorum replace --lost/,
    )
    putBack('home.newest')
    const locked = await place.keyrite(['key', 'rotate', 'card', ...story.byRoles('user')])
    assert.equal(locked.json.error.code, 'USER-PIN')
    // The head of its end fails once: that of its intent stands by then, and the token is not taken for an older one.
    const unseen = replaceArgs(story, 'operators', '--accept', 'unbacked', ...officers(story))
    const headless = await faulty(place, 'C_CreateObject 2 return CKR_DEVICE_ERROR', unseen)
    assert.deepEqual([headless.code, headless.json.error.hint], [6, 'keyrite audit checkpoint'], headless.stderr)
    follow(story, 3)
    await place.data('audit', 'checkpoint', ...story.byRoles('user'))
    await place.data('key', 'rotate', 'card', ...story.byRoles('user'))
  })

  test('whatever was interrupted waits for the new shares, or ends with them: a replacement whose own are lost, a restore, a retirement', async () => {
    const story = await succession(APART)
    using place = story.place
    await place.data('backup', 'create', place.path('1.backup'), ...story.all())
    const cut = async (line: string, args: string[]) => {
      const { code, stderr } = await faulty(place, line, args)
      assert.equal(code, 6, stderr)
    }
    const lost = (...more: string[]) => replaceArgs(story, 'operators', ...more, ...officers(story))
    const again = async (epoch: number, ...more: string[]) => {
      const { json, stderr } = await place.keyrite(lost(...more))
      assert.deepEqual(json?.data?.pins, [{ token: place.serial, role: 'user', epoch }], stderr)
      follow(story, epoch)
      return stderr
    }
    // In stages, then by those who hold so: of neither set anybody has a share any more.
    await cut('C_SetPIN 1 abort', story.replaceArgs(await story.stage('operators')))
    await cut('C_InitPIN 1 abort', lost())
    assert.match(
      await again(4),
      /gives up +shares of operators, epoch 3: their replacement, which record \d+ began, ends/,
    )
    assert.equal((await place.data('audit', 'verify')).open, undefined)

    const restore = (of: TestPartition, backup: string, ...more: string[]) => [
      ...['backup', 'restore', of.path(backup), '--module', softhsm, '--no-checkpoint', '--confirm', 'pay'],
      ...[...more, ...new Succession(of, story.sets).all()],
    ]
    await cut('C_InitPIN 1 abort', restore(place, '1.backup', '--slot', await place.blankSlot()))
    const unread = await faulty(place, 'C_GetSlotInfo * return CKR_DEVICE_ERROR', lost())
    assert.deepEqual([unread.code, unread.json.error.code], [4, 'TOKEN-PRESENT'], unread.stderr)
    assert.match(unread.json.error.hint, /if it is lost for good.*keyrite backup restore .*1\.backup/s)
    assert.match(await again(5), /waits +backup\.restore of record \d+.*partition recover/s)
    const giveUp = (of: TestPartition) =>
      of.data('partition', 'recover', '--abandon', '--confirm', 'pay', ...new Succession(of, story.sets).all())
    assert.equal((await giveUp(place)).found, 'not done')
    await place.data('key', 'rotate', 'card', ...story.byRoles('user'))

    await place.data('backup', 'create', place.path('2.backup'), ...story.all())
    // Its token is let in and has no head yet, and what sets the user PIN there is cut off too: that one is finished first.
    const first = 'C_CreateObject 6 abort if asks=CKA_TOKEN=true'
    await cut(first, restore(place, '2.backup', '--slot', await place.blankSlot()))
    assert.equal(place.records().at(-1).type, 'token.replaced')
    await cut('C_InitPIN 1 abort', lost())
    using dead = place.copy()
    const early = await place.keyrite(['key', 'rotate', 'card', ...story.byRoles('user')])
    assert.deepEqual([early.code, early.json.error.code], [6, 'INTENT-OPEN'])
    follow(story, 6)
    const unset = await place.keyrite(restore(place, '2.backup'))
    assert.match(
      JSON.stringify(unset.json.error),
      /TOKEN-UNKNOWN.*its user PIN is set first by: keyrite partition recover/,
    )
    const recover = ['partition', 'recover', '--copy', place.path('stick'), ...officers(story)]
    assert.equal((await place.data(...recover, ...story.byRoles('user'))).found, 'done')
    assert.equal((await giveUp(place)).found, 'partial')
    await place.data('key', 'restore', 'card#2', '--in', place.path('2.backup'), ...story.all())
    await place.data('key', 'rotate', 'card', ...story.byRoles('user'))
    // The same where that token is lost: another restore ends what sets the PIN, and the one that waits is given up.
    loseTokens(dead.folder)
    const anew = new Succession(dead, story.sets)
    await dead.data(...restore(dead, '2.backup'))
    const again1 = await dead.keyrite(['partition', 'recover', ...anew.byRoles('user')])
    assert.deepEqual(
      [again1.json.error.code, again1.json.error.hint],
      ['RESTORE-AGAIN', 'keyrite partition recover --abandon'],
    )
    assert.equal((await giveUp(dead)).found, 'partial')
    await dead.data('key', 'rotate', 'card', ...anew.byRoles('user'))
    assert.deepEqual(await readAll([readFileSync(dead.ledger, 'utf8')]), ['none'])

    const retire = ['partition', 'retire', 'pay', '--confirm', 'pay', '--certificate', place.path('end')]
    await cut('C_DestroyObject 2 abort', [...retire, ...story.byRoles('so', 'user')])
    await again(7, '--accept', 'unbacked')
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
    await cut('C_SetPIN 1 abort', ['partition', 'recover', ...story.byRoles('so', 'user')])
    const erased = await place.keyrite(lost())
    assert.deepEqual([erased.json.error.code, erased.json.error.changed], ['REPLACE-LOST', false])
    assert.match(erased.json.error.message, /^the retirement has erased the token already/)
    assert.equal((await place.data('partition', 'recover', ...story.byRoles('so', 'user'))).token, 'erased')
  })

  test('over a replacement of those with so that was cut off: by their new shares, whose PIN comes first, and then that one is finished', async () => {
    const story = await succession(APART)
    using place = story.place
    await place.data('backup', 'create', place.path('1.backup'), ...story.all())
    const next = await story.stage('officers', '--remove', 'dave', '--add', 'judy')
    const cut = await faulty(place, 'C_SetPIN 1 abort', story.replaceArgs(next))
    assert.equal(cut.code, 6, cut.stderr)
    const lost = (...more: string[]) => replaceArgs(story, 'operators', ...more)
    const old = await place.keyrite(lost(...officers(story)))
    assert.deepEqual(
      [old.code, old.json.error.code, old.json.error.hint],
      [3, 'SHARE-NOT-NEEDED', 'bring the one of epoch 2'],
    )
    // It is not certain which PIN the SO has, and an earlier run has left few tries.
    const low = await faulty(place, 'C_GetTokenInfo * flags CKF_SO_PIN_COUNT_LOW', lost(...story.by(next)))
    assert.deepEqual([low.code, low.json.error.code, low.json.error.changed], [3, 'PIN-TRIES', false])
    assert.match(JSON.stringify(low.json.error.hint), /keyrite .*quorum replace --lost .* --last-try so=new/)
    const begun = await faulty(place, 'C_InitPIN 1 abort', lost('--last-try', 'so=old', ...story.by(next)))
    assert.deepEqual([begun.code, begun.json.error.hint], [6, 'keyrite partition recover'], begun.stderr)
    assert.match(begun.stderr, /LAST TRY +the SO PIN of the old shares, however few tries the token has left/)
    assert.match(begun.stderr, /waits +quorum\.replace of record \d+/)
    assert.match(begun.stderr, /so PIN +becomes that of officers, epoch 2, first/)
    const unasked = await place.keyrite(['partition', 'recover', '--copy', place.path('stick'), ...officers(story)])
    assert.deepEqual([unasked.code, unasked.json.error.code], [3, 'SHARE-NOT-NEEDED'])
    const operators = { ...story.set('operators'), epoch: 2 }
    const recover = ['partition', 'recover', '--copy', place.path('stick'), ...story.by(next), ...story.by(operators)]
    const { found, pins } = await place.data(...recover)
    assert.deepEqual([found, pins], ['done', [{ token: place.serial, role: 'user', epoch: 2 }]])
    const waiting = await place.keyrite(['key', 'rotate', 'card', ...story.by(operators)])
    assert.equal(waiting.json.error.code, 'INTENT-OPEN')
    follow(story)
    const finished = await place.data(...story.recoverArgs(next))
    assert.deepEqual([finished.found, finished.pins], ['done', [{ token: place.serial, role: 'so', epoch: 2 }]])
    story.follow(next)
    await place.data('key', 'rotate', 'card', ...story.byRoles('user'))
    await place.data('backup', 'create', place.path('2.backup'), ...story.all())
    assert.equal((await story.restored(place.path('2.backup'), place.ledger)).keys.length, 2)
    await place.data('audit', 'verify')
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
  })

  test('REPLACE-LOST: one group that holds everything has nobody else', async () => {
    const { place } = await succession(TOGETHER)
    using _ = place
    const { code, json } = await place.keyrite([
      'quorum',
      'replace',
      '--lost',
      '--shares-dir',
      place.path('shares'),
      '--dry-run',
    ])
    assert.deepEqual([code, json.error.code], [3, 'REPLACE-LOST'])
    assert.match(json.error.message, /^custodians holds so itself: nobody else can set a PIN of the token$/)
  })
})
