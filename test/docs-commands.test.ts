// Every command of README.md and docs/runbooks.md is run, in order, on a private token, at a terminal that types passphrases.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inRepo } from './support/paths.ts'
import { makeTokenFolder } from './support/softhsm.ts'
import { spawnTerminal } from './support/terminal.ts'
import vectors from './vectors/shares.json' with { type: 'json' }

/** They make a clone ready, or are what runs this test. */
const SET_UP = /^(npm|export) /

interface Line {
  at: string
  command: string
}

/** The lines of the ```sh blocks. */
function commandsOf(page: string): Line[] {
  let inside = false
  return readFileSync(inRepo(page), 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (line.startsWith('```')) inside = line === '```sh'
      else if (inside && !SET_UP.test(line)) return [{ at: `${page}:${index + 1}`, command: line }]
      return []
    })
}

/** Runs a line as a shell does, and answers each question for a passphrase. */
async function runLine(command: string, env: Record<string, string>, cwd: string) {
  using terminal = spawnTerminal(['-c', command], { program: 'sh', cwd, env, cols: 120 })
  let ended = false
  const ending = terminal.exit.finally(() => {
    ended = true
  })
  for (;;) {
    const asked = await Promise.race([
      terminal.waitFor(/passphrase[^\n]*:|the same once more:|press enter[^\n]*:/).catch(() => undefined),
      ending,
    ])
    if (ended) break
    if (asked === undefined) throw new Error(`a question that nobody answers:\n${terminal.screen()}`)
    terminal.type('correct horse battery')
    terminal.press('enter')
  }
  return { ...(await ending), screen: terminal.screen() }
}

/** SoftHSM shows a blank token in an empty folder. */
function loseToken(dir: string) {
  rmSync(join(dir, 'tokens'), { recursive: true })
  mkdirSync(join(dir, 'tokens'))
}

test('every command of the documentation does what it says', async (t) => {
  using folder = makeTokenFolder()
  const env = { ...folder.env, MODULE: folder.module, KEYRITE_HOME: join(folder.dir, 'home') }
  const lines = ['README.md', 'docs/runbooks.md'].flatMap(commandsOf)
  assert.ok(lines.length > 15, `only ${lines.length} commands were found`)
  for (const { at, command } of lines) {
    if (command.includes('backup restore')) loseToken(folder.dir)
    const cheap = command.includes('partition init') ? `${command} --passphrase-cost 14` : command
    const { code, screen } = await runLine(cheap, env, folder.dir)
    assert.equal(code, 0, `${at}: ${command}\n${screen}`)
    t.diagnostic(`${at} ${command.slice(0, 60)}`)
  }
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
