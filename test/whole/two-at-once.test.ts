// Two at once: the second is refused while the first waits for its shares, and the first then ends its work.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment, launcher } from '../support/keyrite.ts'
import { partition } from '../support/partition.ts'

const generate = (name: string) => ['key', 'generate', name, '--type', 'aes-256', '--json', '--no-input']

test('LOCKED: the second of two is refused, and nothing of the first is lost', async () => {
  using place = await partition()
  const env = environment({ home: place.home, env: place.folder.env })
  const first = spawn(launcher, [...generate('first'), '--share-fd', '0'], {
    env,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = once(first, 'exit')
  try {
    while (!existsSync(place.path('home', 'pay', 'lock')) && first.exitCode === null) await sleep(20)
    const before = readFileSync(place.ledger, 'utf8')
    const { code, json } = await place.keyrite([...generate('second').slice(0, 5), ...place.approvedBy('alice', 'bob')])
    assert.equal(code, 3)
    const { message, hint, ...error } = json.error
    assert.deepEqual(error, { code: 'LOCKED', changed: false })
    assert.match(message, /^another keyrite is at work in this partition \(process \d+/)
    assert.match(hint, /^ps -fp \d+$/)
    assert.equal(readFileSync(place.ledger, 'utf8'), before)
  } finally {
    first.stdin!.end(['alice', 'bob'].map((name) => readFileSync(place.share(name))).join('\n'))
  }
  assert.deepEqual(await ended, [0, null])
  const { keys } = await place.data('key', 'list')
  assert.deepEqual(keys.map(({ name }: { name: string }) => name).sort(), ['card', 'first'])
})
