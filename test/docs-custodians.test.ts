// Every command of docs/custodians.md, in order, on a partition as README.md begins it; a token of SoftHSM is the card.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { commandsOf, runLine } from './support/doc-commands.ts'
import { makeTokenFolder } from './support/softhsm.ts'

/** What README.md does before: the partition and its shares. */
const BEGINNING = /^mkdir|partition init/

test('every command about custodians does what it says', async (t) => {
  using folder = makeTokenFolder()
  const card = { CARD: folder.module, CARD_PIN: '123456' }
  const env = { ...folder.env, ...card, MODULE: folder.module, KEYRITE_HOME: join(folder.dir, 'home') }
  const before = commandsOf('README.md').filter(({ command }) => BEGINNING.test(command))
  const lines = [...before, ...commandsOf('docs/custodians.md')]
  assert.ok(lines.length > 12, `only ${lines.length} commands were found`)
  for (const { at, command } of lines) {
    const { code, screen } = await runLine(command, env, folder.dir)
    assert.equal(code, 0, `${at}: ${command}\n${screen}`)
    t.diagnostic(`${at} ${command.slice(0, 60)}`)
  }
})
