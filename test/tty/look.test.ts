// What people see of answers and messages, on terminals of every kind and in a pipe.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { run } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { left, sit } from '../support/screen.ts'
import type { TerminalOptions } from '../support/terminal.ts'

const LONG = 'payments/of-the-northern-branch/card-data-encryption'
let place: TestPartition

before(async () => {
  place = await partition()
  const by = place.approvedBy('alice', 'bob')
  await place.data('key', 'generate', LONG, '--type', 'ec-p256', ...by)
  await place.data('backup', 'create', place.path('first'), ...by)
  await place.data('key', 'generate', 'mail', '--type', 'aes-256', ...by)
  await place.data('key', 'generate', 'never-leaves', '--type', 'ed25519', '--no-backup', ...by)
  await place.data('key', 'compromise', 'card', '--reason', 'seen', ...by)
})

/** What a command leaves on a screen; the last line is the shell's. */
async function seen(args: string[], options: TerminalOptions = {}): Promise<{ raw: string; lines: string[] }> {
  using terminal = sit(place, args, options)
  await left(terminal)
  return { raw: terminal.raw(), lines: terminal.screen().split('\n').slice(0, -2) }
}

const CARED = ['card#1', 'mail#1', LONG, 'never-leaves#1']

test('key list: what needs care comes first and says why; the JSON has the same order', async () => {
  const { lines } = await seen(['key', 'list'], { cols: 140 })
  assert.match(lines[0]!, /^key +type +state +needs +state for +fingerprint$/)
  assert.match(lines[1]!, /^card#1 +aes-256 +compromised +destroy /)
  assert.match(lines[2]!, /^mail#1 +aes-256 +active +backup /)
  assert.deepEqual(
    lines.slice(1).map((line) => CARED.findIndex((name) => line.startsWith(name))),
    [0, 1, 2, 3],
  )
  const { keys } = await place.data('key', 'list')
  assert.deepEqual(
    keys.map(({ name }: { name: string }) => name),
    ['card', 'mail', LONG, 'never-leaves'],
  )
})

describe('60 columns', () => {
  const commands = ['key list', 'key show card', 'partition list', 'partition show', 'quorum show', 'audit verify']
  for (const command of commands)
    test(command, async () => {
      const { lines } = await seen(command.split(' '), { cols: 60 })
      // A word that has no end is left to the terminal: it may be copied.
      const wide = lines.filter((line) => line.length > 60 && line.trim().split(/ +/).length > 2)
      assert.deepEqual(wide, [])
    })
  test('a name that is cut says so, and keeps its version', async () => {
    assert.match((await seen(['key', 'list'], { cols: 60 })).lines.join('\n'), /^payments\S+…\S+#1 /m)
    const env = { LANG: 'C', LC_ALL: 'C' }
    const { raw } = await seen(['key', 'list'], { cols: 60, env })
    assert.match(raw, /payments\S+\.\.\.\S+#1 /)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: from end to end of ASCII
    assert.match(raw, /^[\x00-\x7f]*$/)
  })
})

describe('colour', () => {
  const RED = '\x1b[31mcompromised\x1b[39m'
  test('is on a terminal, in answers and in errors', async () => {
    assert.ok((await seen(['key', 'list'])).raw.includes(RED))
    assert.ok((await seen(['key', 'show', 'none'])).raw.includes('\x1b[31mkeyrite: no key is called none\x1b[39m'))
    assert.ok((await seen(['quorum', 'show'])).raw.includes('\x1b[33mwarning:\x1b[39m'))
  })
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }])
    test(`is not where ${JSON.stringify(env)}`, async () => {
      assert.ok(!(await seen(['key', 'list'], { env })).raw.includes('\x1b'))
      assert.ok(!(await seen(['key', 'show', 'none'], { env })).raw.includes('\x1b'))
    })
  test('is not under --json', async () => {
    assert.ok(!(await seen(['key', 'show', 'none', '--json'])).raw.includes('\x1b'))
  })
  test('is not in a pipe, where all columns are', async () => {
    const { stdout } = await run(['key', 'list'], { home: place.home, env: place.folder.env })
    assert.ok(!stdout.includes('\x1b'))
    assert.match(stdout, new RegExp(`^${LONG}#1 .*sha256:`, 'm'))
  })
})
