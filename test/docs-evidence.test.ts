// Every command of docs/evidence.md, in order, on a partition and a key as README.md begins them.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { commandsOf, runLine } from './support/doc-commands.ts'
import { makeTokenFolder } from './support/softhsm.ts'

/** What README.md does before: the partition, its shares, and a key. */
const BEGINNING = /^mkdir|partition init|key generate payments\/card-dek/

test('every command about evidence does what it says', async (t) => {
  using folder = makeTokenFolder()
  const env = { ...folder.env, MODULE: folder.module, KEYRITE_HOME: join(folder.dir, 'home') }
  const before = commandsOf('README.md').filter(({ command }) => BEGINNING.test(command))
  const lines = [...before, ...commandsOf('docs/evidence.md')]
  assert.ok(lines.length > 30, `only ${lines.length} commands were found`)
  for (const { at, command } of lines) {
    const { code, screen } = await runLine(command, env, folder.dir)
    assert.equal(code, 0, `${at}: ${command}\n${screen}`)
    t.diagnostic(`${at} ${command.slice(0, 60)}`)
  }
})
