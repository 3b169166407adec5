// What people type who know other programs: it is read as it was meant, or a hint leads to a command that there is.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ALIASES, commandIn, optionHint, verbHint, verbs, wantsJson, withoutSynonyms } from '../../src/cli/synonyms.ts'
import { TOPICS, topicText } from '../../src/cli/topics.ts'
import { treeOf } from '../../src/docs/generate.ts'
import { hintText } from '../../src/domain/hint-text.ts'
import { apart, keyrite, to } from '../../src/domain/hints.ts'
import { inPlain } from '../../src/terminal/render.ts'

const root = treeOf('1.2.3')

const rows: [typed: string, meant: string][] = [
  ['key ls', 'key list'],
  ['keys list', 'key list'],
  ['keys', 'key list'],
  ['keys --state active', 'key list --state active'],
  ['tokens', 'token list'],
  ['tokens --module m', 'token list --module m'],
  ['--home h tokens', '--home h token list'],
  ['--home=h keys ls', '--home=h key list'],
  ['keys --home h ls', 'key --home h list'],
  ['partitions', 'partition list'],
  ['audit log', 'audit show'],
  ['backups', 'backup'],
  ['backups show f', 'backup show f'],
  ['keys --help', 'key --help'],
  ['--help key list', 'key list --help'],
  ['-h --json keys ls', '--json key list -h'],
  ['--help', '--help'],
  ['-v', '--version'],
  ['key show ls', 'key show ls'],
  ['key generate keys --type aes-256', 'key generate keys --type aes-256'],
  ['--partition keys key list', '--partition keys key list'],
  ['token list ls', 'token list ls'],
  ['list keys', 'key list'],
  ['list keys --state active', 'key list --state active'],
  ['--home h generate --json key x', '--home h key --json generate x'],
  ['ls tokens', 'token list'],
  ['destroy key x', 'destroy key x'],
  ['', ''],
]

describe('what is meant', () => {
  for (const [typed, meant] of rows)
    test(typed, () => assert.equal(withoutSynonyms(typed.split(' ').filter(Boolean), root).join(' '), meant))
})

test('no synonym destroys', () => {
  for (const names of Object.values(ALIASES)) assert.ok(!Object.values(names).includes('destroy'))
})

describe('a hint leads to a command', () => {
  const hints = Object.entries(verbs()).flatMap(([noun, table]) =>
    Object.entries(table).map(([typed, hint]) => ({ noun, typed, hint })),
  )
  for (const { noun, typed, hint } of hints) {
    test(`${noun} ${typed}`, () => {
      const under = noun ? commandIn(root, [noun]) : root
      const [first = '', other] = hint.split(' | ')
      const words = first.split(' ')
      const meant = keyrite(...words)
      assert.deepEqual(verbHint(under, typed), other ? apart(meant, to('or', keyrite(...other.split(' ')))) : meant)
      assert.ok(!under.commands.some((command) => command.name() === typed), 'that is a command')
      if (words[0] === 'help') return assert.ok(topicText(words[1]!))
      const command = commandIn(root, words)
      const path = [command.parent === root ? [] : [command.parent!.name()], command.name()].flat()
      assert.deepEqual(
        words.filter((word) => word !== '--help'),
        path,
      )
      const asks = command.registeredArguments.some(({ required }) => required) || command.commands.length > 0
      assert.ok(!asks || words.at(-1) === '--help', 'it can be pasted')
    })
  }
  test('inherited names are no words', () => assert.equal(verbHint(root, 'constructor'), undefined))
})

test('nobody agrees beforehand', () => {
  const hint = (...words: string[]) => hintText(optionHint('--yes', commandIn(root, words))!)
  assert.match(hint('key', 'destroy'), /^--confirm NAME/)
  assert.match(hint('key', 'rotate'), /--share FILE$/)
  assert.match(hint('key', 'list'), /^leave it out/)
})

test('every topic has a text, and topics lists them', () => {
  for (const name of Object.keys(TOPICS)) assert.ok(inPlain(topicText('topics')!).includes(name) && topicText(name))
})

for (const [words, wanted] of [
  ['--json', true],
  ['-o json', true],
  ['--format=json', true],
  ['-o csv', false],
  ['', false],
])
  test(`JSON is wanted: ${words}`, () => assert.equal(wantsJson(`${words}`.split(' ')), wanted))
