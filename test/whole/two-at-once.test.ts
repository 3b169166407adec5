// Two at once: the second is refused while the first waits for its shares, and the first then ends its work.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment, launcher } from '../support/keyrite.ts'
import { partition } from '../support/partition.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const generate = (name: string) => ['key', 'generate', name, '--type', 'aes-256', '--json', '--no-input']

test('LOCKED: the second of two is refused, and nothing of the first is lost', async () => {
  using place = await partition()
  const env = environment({ home: place.home, env: place.folder.env })
  const first = spawn(launcher, [...generate('first'), '--share-fd', '0'], {
    env,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const ended = once(first, 'exit')
  try {
    // Its plan is shown: it has read the ledger, and waits for shares.
    await once(first.stderr!, 'data')
    first.stderr!.resume()
    const before = readFileSync(place.ledger, 'utf8')
    const { code, json } = await place.keyrite([...generate('second').slice(0, 5), ...place.approvedBy('alice', 'bob')])
    assert.equal(code, 3)
    const { message, hint, ...error } = json.error
    assert.deepEqual(error, { code: 'LOCKED', changed: false })
    assert.match(message, /^another keyrite is at work in this partition \(process(es)? \d+/)
    assert.match(hint, /^ps -o pid,user,tty,lstart -p \d+$/)
    assert.equal(readFileSync(place.ledger, 'utf8'), before)
    // A restore reads no ledger that somebody is writing.
    writeFileSync(place.ledger, 'half a li')
    writeFileSync(place.path('b'), '')
    const restore = ['backup', 'restore', place.path('b'), '--module', softhsm, '--no-checkpoint']
    assert.equal((await place.keyrite(restore)).json.error.code, 'LOCKED')
    writeFileSync(place.ledger, before)
  } finally {
    first.stdin!.end(['alice', 'bob'].map((name) => readFileSync(place.share(name))).join('\n'))
  }
  assert.deepEqual(await ended, [0, null])
  const { keys } = await place.data('key', 'list')
  assert.deepEqual(keys.map(({ name }: { name: string }) => name).sort(), ['card', 'first'])
})

const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']
const skip = spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'true']).status === 0 ? false : 'needs a pid namespace'

test('lock across pid namespaces: what a container holds is not taken, nor recovered', { skip }, async () => {
  using place = await partition()
  const env = environment({ home: place.home, env: place.folder.env })
  const words = [...UNSHARE, launcher, ...generate('first'), '--share-fd', '0']
  const first = spawn(words[0]!, words.slice(1), { env, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(first, 'exit')
  try {
    while (!existsSync(place.path('home', 'pay', 'lock')) && first.exitCode === null) await sleep(20)
    for (const args of [generate('second').slice(0, 5), ['partition', 'recover']]) {
      const { code, json } = await place.keyrite([...args, ...place.approvedBy('alice', 'bob')])
      assert.deepEqual([code, json.error.code], [3, 'LOCKED'])
      assert.equal(json.error.message, 'a keyrite in another container of this machine is at work in this partition')
      assert.match(json.error.hint, /^if none is at work there: rm \/.*\/lock$/)
    }
  } finally {
    first.stdin!.end(['alice', 'bob'].map((name) => readFileSync(place.share(name))).join('\n'))
  }
  assert.deepEqual(await ended, [0, null])
})
