// Custodians are replaced while a partition has several members: the PINs of all are those of the new shares then; of one that is away they stay, and it opens by the bridge.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killedAfter } from '../support/interrupted.ts'
import { readStandings, standings } from '../support/members.ts'
import { testModule } from '../support/module.ts'
import { copyOf } from '../support/partition.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'
import { Succession, succession, type TestSet, TOGETHER } from '../support/succession.ts'

leaveOutRsa()

const UNBACKED = ['--accept', 'unbacked']
const away = (name: string) => ['--absent', name, '--no-checkpoint']

async function twoMembers(): Promise<Succession> {
  const place = await copyOf('succession-two-members', 'plain', async () => {
    const story = await succession(TOGETHER)
    await story.place.data('member', 'add', 'site-b', '--module', softhsm, ...story.all())
    return story.place
  })
  return new Succession(place, TOGETHER)
}

interface Told {
  token: string
  role: string
  epoch: number
}
const inWords = (pins: readonly Told[], serials: readonly string[]) =>
  pins.map(({ token, role, epoch }) => `${serials.indexOf(token)} ${role} ${epoch}`)

const serialsOf = async ({ place }: Succession): Promise<string[]> =>
  (await place.data('member', 'list')).members.map(({ token }: { token: { serial: string } }) => token.serial)

async function isWhole({ place }: Succession, wanted: string[]): Promise<void> {
  await place.data('audit', 'verify')
  assert.deepEqual(await standings(place), wanted)
  assert.deepEqual(await readStandings(place), wanted)
}

test('of all the SO PINs change, then the user PINs; one that is away keeps its own, and is opened by the bridge', async () => {
  const story = await twoMembers()
  using place = story.place
  const serials = await serialsOf(story)
  const next = await story.stage('custodians', '--remove', 'carol', '--add', 'dan')
  const without = await story.replace(next, ...UNBACKED, ...away('site-b'))
  assert.deepEqual(inWords(without.pins, serials), ['0 so 2', '0 user 2'])
  await place.data('key', 'rotate', 'card', ...story.all())
  const { warnings } = await place.data('quorum', 'show')
  assert.ok(
    warnings.some((text: string) => /site-b/.test(text)),
    JSON.stringify(warnings),
  )
  const former = await place.data('quorum', 'show', '--former')
  assert.match(JSON.stringify(former), new RegExp(serials[1]!))
  const third = await story.stage('custodians', '--remove', 'dan', '--add', 'erin')
  const all = await story.replace(third, ...UNBACKED)
  assert.deepEqual(inWords(all.pins, serials), ['0 so 3', '0 user 3', '1 so 3', '1 user 3'])
  await place.data('member', 'check', '--all', ...story.all())
  await isWhole(story, ['first current', 'site-b current'])
})

const copyOfStory = ({ place, sets }: Succession): Succession => new Succession(place.copy(), sets)

async function cutOffAfter(count: number, { place, sets }: Succession, next: TestSet): Promise<void> {
  let seen = 0
  await killedAfter(
    place,
    (own) => new Succession(own, sets).replaceArgs(next, ...UNBACKED),
    ({ name }) => name === 'C_SetPIN' && ++seen === count,
    (own) => [own.home, own.path('tokens')],
  )
}

async function finish(story: Succession, next: TestSet, ...more: string[]): Promise<void> {
  const told = await story.place.data(...story.recoverArgs(next), ...more)
  story.follow(next)
  assert.equal(told.found, 'done')
}

test('cut off after one PIN, or after three, it is finished on both; or without one, whose PINs nobody knows then', async () => {
  const staged = await twoMembers()
  using _staged = staged.place
  const next = await staged.stage('custodians', '--remove', 'carol', '--add', 'dan')
  staged.place.useModule(testModule())
  await staged.place.data('config', 'set', 'module', testModule(), '--member', 'site-b')

  const [early, late] = [copyOfStory(staged), copyOfStory(staged)]
  using _early = early.place
  using _late = late.place
  await cutOffAfter(1, early, next)
  await cutOffAfter(3, late, next)
  const alone = copyOfStory(late)
  using place = alone.place
  for (const story of [early, late]) {
    await finish(story, next)
    await story.place.data('key', 'rotate', 'card', ...story.all())
    await story.place.data('member', 'check', '--all', ...story.all())
    await isWhole(story, ['first current', 'site-b current'])
  }

  await finish(alone, next, ...away('first'))
  const { json } = await place.keyrite(['member', 'sync', 'first', ...alone.all()])
  assert.equal(json.error.code, 'MEMBER-PINS', JSON.stringify(json))
  const lost = ['member', 'retire', 'first', '--lost', '--confirm', 'first', '--no-checkpoint']
  await place.data(...lost, ...alone.all())
  await place.data('key', 'rotate', 'card', ...alone.all())
  await isWhole(alone, ['site-b current'])
})
