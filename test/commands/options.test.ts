// What commands of one kind take, they all take: an option that one of them lacks is one that a script trips over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { treeOf } from '../../src/docs/generate.ts'

const allIn = (command: Command): Command[] => [command, ...command.commands.flatMap(allIn)]

const taking = (flag: string): Command[] =>
  allIn(treeOf('1.2.3')).filter(({ options }) => options.some(({ long }) => long === flag))

/** With a share one signs, and nothing is planned: nobody logs in. */
const SIGNING = [
  'quorum drill',
  'quorum confirm',
  'custodian acknowledge',
  'custodian depart',
  'share record',
  'plan approve',
]
const named = (command: Command): string => `${command.parent?.name()} ${command.name()}`

function checkHas(command: Command, flags: readonly string[]): void {
  for (const flag of flags)
    assert.ok(
      command.options.some(({ long }) => long === flag),
      `${named(command)} lacks ${flag}`,
    )
}

test('whatever takes shares takes them in each way', () => {
  const all = taking('--share')
  assert.ok(all.length > 30)
  for (const command of all)
    checkHas(command, ['--share-fd', '--passphrase-file', '--identity', '--card', '--card-pin-file'])
})

test('no option swallows what stands behind its value', () => {
  const greedy = allIn(treeOf('1.2.3')).flatMap((command) =>
    command.options.filter(({ variadic }) => variadic).map(({ long }) => `${named(command)} ${long}`),
  )
  assert.deepEqual(greedy, [])
})

test('whatever takes shares to change something is planned, can be shown alone, expires, and says why', () => {
  const changing = taking('--share').filter((command) => !SIGNING.includes(named(command)))
  assert.equal(changing.length, taking('--share').length - SIGNING.length)
  for (const command of changing) checkHas(command, ['--dry-run', '--expires', '--reason'])
})
