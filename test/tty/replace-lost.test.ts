// Too few shares of a group are left: at a terminal, where nothing but that is said, and by the commands of docs/custodians.md.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { readAll } from '../support/independent.ts'
import type { TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { left, reply, sit } from '../support/screen.ts'
import { leaveOutRsa } from '../support/softhsm.ts'
import { type Succession, succession, type TestSet } from '../support/succession.ts'

leaveOutRsa()

/** Those of the page. */
const SETS: readonly TestSet[] = [
  { name: 'officers', roles: 'so', epoch: 1, threshold: 2, people: ['alice', 'bob', 'carol'] },
  { name: 'operators', roles: 'user', epoch: 1, threshold: 2, people: ['dave', 'erin', 'frank'] },
  { name: 'keepers', roles: 'recovery', epoch: 1, threshold: 2, people: ['gina', 'hans', 'ivan'] },
]

let story: Succession
before(async () => {
  story = await succession(SETS)
  await story.place.data('backup', 'create', story.place.path('before.backup'), ...story.all())
})

/** Its commands, for plain shares: nobody is asked for a passphrase. */
function ofThePage(): string[][] {
  const page = readFileSync(inRepo('docs/custodians.md'), 'utf8')
  const section = page.slice(page.indexOf('## Too many shares of a group'), page.indexOf('## A share is suspected'))
  const lines = section.split('\n').filter((line) => line.startsWith('    keyrite '))
  return lines.map((line) => line.trim().replaceAll('.share.age', '.share.txt').split(' ').slice(1))
}

async function run(place: TestPartition, words: readonly string[], exit = 0) {
  const group = words[words.indexOf('--group') + 1]!
  const more =
    words[0] === 'quorum' ? ['--unsafe-plain-shares', ...(words.includes('--dry-run') ? [] : ['--confirm', group])] : []
  const { code, json, stderr } = await place.keyrite([...words, ...more], { cwd: place.folder.dir })
  assert.equal(code, exit, `${words.join(' ')}\n${stderr}`)
  return { json, stderr }
}

test('what the page says is done by its commands, in order', async () => {
  using place = story.place.copy()
  for (const name of ['new', 'stick']) mkdirSync(place.path(name), { recursive: true, mode: 0o700 })
  const [foreseen, operators, backup, keepers, again, ...more] = ofThePage()
  assert.deepEqual([foreseen?.includes('--dry-run'), again?.[0], more], [true, 'backup', []])
  for (const words of [foreseen!, operators!, backup!]) await run(place, words)
  const unbacked = keepers!.filter((word) => word !== '--accept' && word !== 'unbacked')
  assert.equal((await run(place, unbacked, 3)).json.error.code, 'REPLACE-BACKUP')
  // No PIN of the token hangs on them, and whoever reads its keys approves for them.
  const user = keepers!.findIndex((word) => word.includes('operators'))
  const few = await run(place, keepers!.toSpliced(user - 1, 2), 3)
  assert.deepEqual([few.json.error.code, few.json.error.changed], ['QUORUM-MET', false])
  const given = await run(place, keepers!)
  assert.deepEqual(given.json.data.pins, [])
  for (const line of [
    /approves +officers and operators alone, for keepers: no PIN of the token changes/,
    /lost +every backup of before, before\.backup, after\.backup: none opens any more/,
    /warning: no backup of before opens any more\s+make one:\s+keyrite .*backup create FILE/,
  ])
    assert.match(given.stderr, line)
  const verified = await place.keyrite(['backup', 'verify', place.path('after.backup')])
  assert.deepEqual([verified.code, verified.json.error.code], [5, 'SECRET-LOST'])
  assert.match(
    verified.json.error.message,
    /^the backup is what was signed, and opens no more: .* officers and operators /,
  )
  const { stderr } = await place.keyrite(['backup', 'show', place.path('after.backup')])
  assert.match(stderr, /warning: the shares of keepers, epoch 1, were lost/)
  await run(place, again!)
  const { groups } = await place.data('quorum', 'show')
  assert.deepEqual(
    groups.map(({ name, epoch }: { name: string; epoch: number }) => [name, epoch]),
    [
      ['officers', 1],
      ['operators', 2],
      ['keepers', 2],
    ],
  )
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

test('somebody who says no more than that shares are lost is asked for the rest, and shown what goes with them', async () => {
  using place = story.place
  using terminal = sit(place, ['quorum', 'replace', '--lost', '--unsafe-plain-shares'])
  await terminal.waitFor(/which group:[\s\S]*operators[\s\S]*keepers/)
  terminal.press('enter')
  await terminal.waitFor(/operators today: dave, erin, frank; 2 of them must agree/)
  await reply(terminal, /who leaves \(names, or enter for nobody\):/, 'dave')
  await reply(terminal, /who joins \(names, or enter for nobody\):/, 'judy')
  await reply(terminal, /how many of these 3 must agree \(a number, or enter for 2\):/, '')
  // Everyone of the new set is here: they approve.
  await reply(terminal, /folder for the share files, [^:]*:/, 'new')
  await reply(terminal, /make it,\s+for you alone\? \(yes or no\)/, 'yes')
  await reply(terminal, /a folder elsewhere, such as that of a stick, for a copy of the ledger:/, 'stick')
  await terminal.waitFor(
    /lost +the secret of operators, epoch 1, for good[\s\S]*needs +2 of 3 custodians of officers and 3 of 3/,
  )
  await reply(terminal, /this can't be undone; type operators to go on:/, 'operators')
  await terminal.waitFor(/2 of alice, bob, carol \(officers\) must still approve/)
  for (const [i, person] of ['carol', 'alice'].entries())
    await reply(terminal, new RegExp(`custodian ${i + 1} of 2 of officers, the name`), story.file(SETS[0]!, person))
  await terminal.waitFor(/the new shares of operators are in force: epoch 2, 2 of 3/)
  await terminal.waitFor(/to be burnt, with every copy[\s\S]*dave +1\s+erin +1\s+frank +1/)
  assert.equal(await left(terminal), 0)
})
