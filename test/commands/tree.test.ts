// A command line that plainly says a noun and a verb gets a tree with that verb alone: what is said of it is what the whole tree says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import type { Context } from '../../src/cli/context.ts'
import { isChange, readsLedger } from '../../src/cli/follow-ledger.ts'
import { program } from '../../src/program.ts'

const treeFor = (...words: string[]) => program({} as Context, '1.2.3', words)
const whole = treeFor()
const named = (command: Command, name: string): Command => command.commands.find((one) => one.name() === name)!
const namesOf = ({ commands }: Command): string[] => commands.map((one) => one.name())

/** Verbs that are there with all that they take. */
const declared = (root: Command): string[] =>
  root.commands.flatMap((noun) =>
    noun.commands.filter((verb) => verb.description() !== '').map((verb) => `${noun.name()} ${verb.name()}`),
  )

test('each verb alone is the verb of the whole tree, among the same names', () => {
  const pairs = whole.commands.flatMap((noun) => namesOf(noun).map((verb) => [noun.name(), verb] as const))
  assert.ok(pairs.length > 70)
  for (const [noun, verb] of pairs) {
    const tree = treeFor(noun, verb)
    assert.equal(named(named(tree, noun), verb).helpInformation(), named(named(whole, noun), verb).helpInformation())
    assert.deepEqual(namesOf(named(tree, noun)), namesOf(named(whole, noun)), noun)
    assert.deepEqual(namesOf(tree), namesOf(whole))
    assert.ok(declared(tree).length <= 7, `${noun} ${verb}`)
  }
})

test('whatever changes a partition that is there takes in first what its database has', () => {
  const all = whole.commands.flatMap((noun) => noun.commands.filter(isChange))
  assert.ok(all.length > 40)
  const others = all.filter((verb) => !readsLedger(verb)).map((verb) => `${verb.parent!.name()} ${verb.name()}`)
  assert.deepEqual(others, ['partition init', 'partition adopt'])
})

const lines: [line: string, isPlain: boolean][] = [
  ['key list', true],
  ['key list audit show', true],
  ['--home x --json key list', true],
  ['--home=x --color never key list --help', true],
  ['', false],
  ['--help', false],
  ['key', false],
  ['keys', false],
  ['key ls', false],
  ['key lst', false],
  ['list keys', false],
  ['help key list', false],
  ['key --json list', false],
  ['--bogus key list', false],
  ['--help key list', false],
  ['--partition key key list', false],
  ['--partition token list keys', false],
]

for (const [line, isPlain] of lines)
  test(`${isPlain ? 'one verb' : 'the whole tree'}: ${line}`, () => {
    const words = line.split(' ').filter((word) => word !== '')
    assert.deepEqual(declared(treeFor(...words)), isPlain ? ['key list'] : declared(whole))
  })
