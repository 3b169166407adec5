// Every command of docs/manifest.md, in order, on the days that the page names; the manifest is the one on the page.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, mock, test } from 'node:test'
import { appInit } from './support/application.ts'
import { commandsOf } from './support/doc-commands.ts'
import { by, partition } from './support/partition.ts'
import { inRepo } from './support/paths.ts'

const PAGE = 'docs/manifest.md'
const lines = readFileSync(inRepo(PAGE), 'utf8').split('\n')

afterEach(() => mock.timers.reset())

/** The last day that the page names before this line. */
function dayBefore(at: string): number {
  const number = Number(at.split(':')[1])
  const [day] = lines
    .slice(0, number)
    .flatMap((line) => /^(\d+ [A-Z][a-z]+ \d{4})\. /.exec(line)?.[1] ?? [])
    .slice(-1)
  return Date.parse(`${day} 10:00 UTC`)
}

/** As a shell does, where nothing but quotes is to be read. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!)

test('every command about manifests does what it says', async () => {
  mock.timers.enable({ apis: ['Date'], now: dayBefore(commandsOf(PAGE)[0]!.at) })
  using place = await partition()
  for (const name of ['cards', 'web']) await place.data(...appInit(place, name))
  const [, manifest] = /```toml\n([\s\S]*?)```/.exec(lines.join('\n'))!
  writeFileSync(place.path('keys.toml'), manifest!)
  const told: string[] = []
  for (const { at, command } of commandsOf(PAGE)) {
    mock.timers.reset()
    mock.timers.enable({ apis: ['Date'], now: dayBefore(at) })
    const [program, ...words] = wordsOf(command)
    assert.equal(program, 'keyrite', at)
    const approves = /^(backup create|manifest apply)/.test(words.join(' '))
    const { code, json, stderr } = await place.keyrite([...words, ...(approves ? by(place) : [])])
    assert.equal(code, 0, `${at}: ${command}\n${stderr}${JSON.stringify(json)}`)
    if (approves)
      told.push(
        (json.data.keys ?? [])
          .map((key: { name: string; version: number; state: string }) => `${key.name}#${key.version} ${key.state}`)
          .join(', ')
          .replaceAll('payments/', ''),
      )
  }
  const tmk = (version: number, state: string, i: number) =>
    `terminals/tmk-${`${i + 1}`.padStart(2, '0')}#${version} ${state}`
  const all = (version: number, state: string) =>
    Array.from({ length: 12 }, (_, i) => tmk(version, state, i)).join(', ')
  assert.equal(told[0], `card-dek#1 active, ${all(1, 'active')}`)
  assert.deepEqual(told.slice(1, 3), ['', ''], 'a backup, and copies alone')
  assert.equal(told[3], `card-dek#2 active, ${all(2, 'active')}, ${all(1, 'deactivated')}`)
  assert.equal(told[5], 'card-dek#2 active, card-dek#1 deactivated')
  assert.match(told.at(-1)!, /card-dek#1 destroyed/)
})
