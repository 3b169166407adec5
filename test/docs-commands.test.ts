// Every command of README.md and docs/runbooks.md is run, in order, on a private token, at a terminal that types passphrases.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { commandsOf, runLines } from './support/doc-commands.ts'
import { inRepo } from './support/paths.ts'
import { loseTokens, makeTokenFolder } from './support/softhsm.ts'
import vectors from './vectors/shares.json' with { type: 'json' }

test('every command of the documentation does what it says', async (t) => {
  using folder = makeTokenFolder()
  const lines = ['README.md', 'docs/runbooks.md'].flatMap(commandsOf)
  const before = (command: string) => command.includes('backup restore') && loseTokens(folder)
  await runLines(lines, { folder, least: 15, typed: true, before }, t)
})

test('the worked example in the formats is the published vector', () => {
  const group = vectors.groups[0]!
  const [first, second] = group.shares
  const wanted = [
    ['partition', group.partition],
    ['share 1', first!.text],
    ['payload', first!.payload],
    ['approval key', first!.approvalKey],
    ['share 2', second!.text],
    ['secret of 1, 2', group.secret],
    ['check', group.check],
    ['SO PIN', group.pins.so.text],
    ['user PIN', group.pins.user.text],
    ['KEK', group.kek],
    ['KEK check', group.kekCheck],
  ]
  const [, block = ''] = /## 9\.[\s\S]*?```\n([\s\S]*?)```/.exec(readFileSync(inRepo('docs/formats.md'), 'utf8')) ?? []
  const said = block
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/))
  assert.deepEqual(said, wanted)
})
