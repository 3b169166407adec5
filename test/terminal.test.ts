// The pseudo-terminal that the other tests rely on: prompts, hidden input, keys, and a connection that is lost.
import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { test } from 'node:test'
import { spawnTerminal } from './support/terminal.ts'

const sh = (script: string, options = {}) => spawnTerminal(['-c', script], { program: 'sh', ...options })

test('what is typed reaches the program, and what it writes the screen', async () => {
  using terminal = sh(
    `printf '\\033[1mname:\\033[0m '; read name; printf '\\033]0;title\\007hello %s\\n' "$name"; read end; exit 3`,
  )
  await terminal.waitFor(/name: $/)
  terminal.type('alice')
  terminal.press('enter')
  await terminal.waitFor(/^hello alice\n$/m)
  assert.equal(terminal.screen(), 'name: alice\nhello alice\n')
  assert.ok(terminal.raw().includes('\x1b[1mname'))
  // It waits until then: what a program writes as it ends may be lost with its terminal.
  terminal.press('enter')
  assert.deepEqual(await terminal.exit, { code: 3, signal: undefined })
})

test('a match is looked for after the last one', async () => {
  using terminal = sh('echo ready; read a; echo ready; read b')
  await terminal.waitFor(/ready/)
  await assert.rejects(terminal.waitFor(/ready/, 50), /no match in 50 ms for \/ready\//)
  terminal.press('enter')
  await terminal.waitFor(/ready/)
  terminal.press('ctrl-d')
  await assert.rejects(terminal.waitFor(/ready/), /the program ended \(1\) without \/ready\//)
})

test('the window has the size that was asked for', async () => {
  using terminal = sh('stty size', { cols: 66, rows: 11 })
  await terminal.waitFor(/11 66/)
})

test('ctrl-c is SIGINT to the whole foreground', async () => {
  // It says so by its exit code: the terminal throws away what a quick one writes while the signal is being sent.
  using terminal = sh('trap "exit 42" INT; echo ready; sleep 10')
  await terminal.waitFor(/ready/)
  terminal.press('ctrl-c')
  assert.deepEqual(await terminal.exit, { code: 42, signal: undefined })
})

test('closing hangs up', async () => {
  using terminal = sh('echo ready; sleep 10')
  await terminal.waitFor(/ready/)
  terminal.close()
  assert.deepEqual(await terminal.exit, { code: undefined, signal: constants.signals.SIGHUP })
})
