// Every command of docs/members.md, in order, on a partition and a key as README.md begins them; the last on one of its own, whose other member is away.
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { begunByReadme, commandsOf, left, readmeLines, runLines } from './support/doc-commands.ts'
import { standingsOf } from './support/members.ts'
import { folderOfToken, withoutToken } from './support/softhsm.ts'

const lines = commandsOf('docs/members.md')
const end = lines.filter(({ command }) => command.startsWith('keyrite partition retire '))

test('every command about members does what it says', async (t) => {
  using place = await begunByReadme(t)
  const { folder } = place
  const others = lines.filter((line) => !end.includes(line))
  const before = (command: string) => {
    if (command.includes('--lost')) rmSync(folderOfToken(folder, 'site-b-'), { recursive: true })
  }
  await runLines([...readmeLines(/key generate/), ...others], { folder, least: 7, before }, t)
  const { members, retired } = await left(folder, 'member', 'list')
  assert.deepEqual(standingsOf(members), ['first current'])
  assert.equal(retired[0].end, 'lost')
})

test('the end of a partition of which a member is away', async (t) => {
  using place = await begunByReadme(t)
  const { folder } = place
  const coming = lines.filter(({ command }) => command.startsWith('keyrite member add '))
  await runLines([...readmeLines(/key generate/), ...coming], { folder, least: 1 }, t)
  using _away = withoutToken(folder, 'site-b-')
  await runLines(end, { folder, least: 0 }, t)
  const { retired } = await left(folder, 'audit', 'verify', '--certificate', join(folder.dir, 'retirement.txt'))
  assert.deepEqual(retired.members, [
    { member: 'first', token: 'erased' },
    { member: 'site-b', token: 'left' },
  ])
  const certificate = readFileSync(join(folder.dir, 'retirement.txt'), 'utf8')
  assert.match(certificate, /Member site-b:\nTHE TOKEN IS NOT ERASED: the member was absent/)
})
