// Applications whose tokens have PINs of three epochs: none stops, the SO's PIN follows when the token is seen, the user's with the next hand-over.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openAs } from '../crash/token.ts'
import { leaveOutRsa, softhsm, withoutToken } from '../support/softhsm.ts'
import { type Succession, succession, TOGETHER } from '../support/succession.ts'

leaveOutRsa()

const init = ({ place, all }: Succession, name: string): string[] => [
  ...['app', 'init', name, '--module', softhsm, '--pin-out', place.path(`${name}.pin`)],
  ...all(),
]

/** The epochs of its PINs, and the serial of its token. */
async function pinsOf({ place }: Succession, name: string) {
  const { pin, token } = await place.data('app', 'show', name)
  return { so: pin.so.epoch, user: pin.user.epoch, serial: token.serial as string }
}

test('app sync, pin, check, replace and retire reach tokens of every epoch', async () => {
  const story = await succession(TOGETHER)
  using place = story.place
  await place.data(...init(story, 'one'))
  for (const name of ['two', 'three']) {
    await story.replace(await story.stage('custodians'), '--accept', 'unbacked')
    await place.data(...init(story, name))
  }
  await place.data('backup', 'create', place.path('1.backup'), ...story.all())
  for (const name of ['one', 'two', 'three']) await place.data('key', 'deliver', 'card', '--app', name, ...story.all())
  // Delivered, they were seen.
  assert.deepEqual(
    [await pinsOf(story, 'one'), await pinsOf(story, 'two'), await pinsOf(story, 'three')].map(({ so, user }) => [
      so,
      user,
    ]),
    [
      [3, 1],
      [3, 2],
      [3, 3],
    ],
  )
  for (const name of ['one', 'two', 'three'])
    openAs(place.folder, (await pinsOf(story, name)).serial, 'user', readFileSync(place.path(`${name}.pin`), 'utf8'))
  // One is away while custodians are replaced once more, and when the others are seen.
  const { serial } = await pinsOf(story, 'one')
  const away = withoutToken(place.folder, serial)
  await place.data(...init(story, 'bare'))
  const told = await story.replace(await story.stage('custodians'))
  assert.equal(told.pins.length, 2)
  const behind = place.records().findLast(({ plan }) => plan?.op === 'quorum.replace').plan.behind
  assert.deepEqual(behind, ['bare', 'one', 'three', 'two'])
  await place.data('app', 'sync', 'two', 'three', ...story.all())
  away[Symbol.dispose]()
  assert.deepEqual([(await pinsOf(story, 'one')).so, (await pinsOf(story, 'two')).so], [3, 4])
  const { json, stderr } = await place.keyrite(['app', 'check', 'one', 'two', 'three', ...story.all()])
  assert.deepEqual(json?.data?.findings, [], stderr)
  assert.equal((await pinsOf(story, 'one')).so, 3)
  await place.data('app', 'pin', 'one', '--pin-out', place.path('again.pin'), ...story.all())
  assert.equal(readFileSync(place.path('again.pin'), 'utf8'), readFileSync(place.path('one.pin'), 'utf8'))
  assert.deepEqual([(await pinsOf(story, 'one')).so, (await pinsOf(story, 'one')).user], [4, 1])
  await place.data('app', 'pin', 'one', '--new', '--pin-out', place.path('new.pin'), ...story.all())
  assert.equal((await pinsOf(story, 'one')).user, 4)
  openAs(place.folder, serial, 'user', readFileSync(place.path('new.pin'), 'utf8'))
  // A token that is not seen before its end is of the SO of before.
  await story.replace(await story.stage('custodians'))
  await place.data('app', 'retire', 'two', '--confirm', 'two', ...story.all())
  const three = (await pinsOf(story, 'three')).serial
  const again = ['--module', softhsm, '--erase-token', three, '--pin-out', place.path('3.pin'), '--confirm', 'three']
  await place.data('app', 'replace', 'three', ...again, ...story.all())
  assert.deepEqual(await place.data('app', 'show', 'three').then(({ pin }) => [pin.so.epoch, pin.user.epoch]), [5, 5])
  await place.data('audit', 'verify')
})
