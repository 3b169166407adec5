// Manuals and completions are what the command tree says, manuals render without a warning, and every help can be read and tried.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import packageJson from '../package.json' with { type: 'json' }
import { examplesOf } from '../src/cli/examples.ts'
import { generate, treeOf } from '../src/docs/generate.ts'
import { commandsOf } from './support/commands.ts'
import { runProgram } from './support/keyrite.ts'
import { inRepo } from './support/paths.ts'

const wanted = generate(packageJson.version)

test('what is checked in is what the command tree says', () => {
  const there = ['man', 'completions'].flatMap((folder) =>
    readdirSync(inRepo(folder)).map((name) => `${folder}/${name}`),
  )
  const made = [...wanted.keys()].filter((path) => !path.startsWith('docs/'))
  assert.deepEqual(there.sort(), made.sort(), 'run: npm run docs')
  for (const [path, text] of wanted) {
    assert.ok(readFileSync(inRepo(path), 'utf8') === text, `${path} is out of date; run: npm run docs`)
  }
})

describe('manuals', () => {
  const paths = [...wanted.keys()].filter((path) => path.startsWith('man/')).map((path) => inRepo(path))

  test('groff has no warning', async () => {
    for (const path of paths) {
      const { code, stderr } = await runProgram('groff', ['-man', '-Tutf8', '-ww', '-z', path])
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, path)
    }
  })

  test('mandoc has no warning', async () => {
    const { code, stdout, stderr } = await runProgram('mandoc', ['-T', 'lint', '-W', 'warning', ...paths])
    assert.deepEqual({ code, said: stdout + stderr }, { code: 0, said: '' })
  })

  test('an example is rendered as it is typed', async () => {
    const { stdout } = await runProgram('mandoc', ['-T', 'utf8', inRepo('man/keyrite-key-rotate.1')])
    assert.ok(stdout.includes("keyrite key rotate payments/card-dek --reason 'monthly rotation' \\\n"), stdout)
    assert.ok(stdout.includes('--share shares/alice.share.age --share shares/bob.share.age\n'), stdout)
  })
})

describe('help', () => {
  for (const { words, command, isLeaf } of commandsOf(treeOf(packageJson.version))) {
    test(words.join(' '), () => {
      let text = ''
      command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 }).outputHelp()
      const wide = text.split('\n').filter((line) => line.length > 80)
      assert.deepEqual(wide, [])
      if (isLeaf) assert.ok(examplesOf(command).length > 0, 'it has no example')
      for (const line of examplesOf(command)) assert.ok(` ${line} `.includes(` ${words.at(-1)} `), line)
      assert.doesNotMatch(text, /\(default: /)
      assert.ok(!text.includes('complete <what>'), 'the hidden command is not in help')
    })
  }
})
