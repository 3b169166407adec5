// A command that is through ends, whatever its library left running and whoever reads its answer.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { launcher, runProgram } from '../support/keyrite.ts'
import { loggedCalls, scripted, testModule } from '../support/module.ts'
import { partition } from '../support/partition.ts'

test('a process that the library leaves running keeps no command from its end', async () => {
  using place = await partition()
  const log = place.path('calls')
  const { module, env } = scripted(['C_Initialize 1 helper'], { log })
  place.useModule(module)
  const generate = ['key', 'generate', 'new', '--type', 'aes-256', ...place.approvedBy('alice', 'bob')]
  try {
    for (const args of [['token', 'list', '--module', module, '--no-probe'], generate]) {
      const { code, stderr } = await place.keyrite(args, { env })
      assert.equal(code, 0, stderr)
    }
  } finally {
    // The host is gone, and its process group is the helper's alone.
    for (const pid of new Set(loggedCalls(log).map((call) => call.pid))) process.kill(-pid, 'SIGKILL')
  }
})

test('no command: its help, and nothing else', async () => {
  for (const args of [[], ['key']]) {
    const { code, stdout, stderr } = await runProgram(launcher, args)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^Usage: keyrite/)
    assert.doesNotMatch(stderr, /no command is given/)
  }
})

const PIPED = `{
  head -c 65536 /dev/zero
  keyrite config set module "$1" --json & echo $! >started; wait $!; echo $? >ended
} | { until [ -e ended ]; do sleep 0.1; done; }`

test('a signal ends a command that only waits for somebody to read its answer', async () => {
  using place = await partition()
  const file = (name: string) => (existsSync(place.path(name)) ? readFileSync(place.path(name), 'utf8').trim() : '')
  const options = { cwd: place.folder.dir, home: place.home, env: place.folder.env }
  const whole = runProgram('sh', ['-c', PIPED, 'sh', testModule()], options)
  while (!file('home/config.json').includes(testModule())) await pause(20)
  // The first may still find it at work, and the last nobody at all.
  const signalled = () => spawnSync('kill', ['-TERM', file('started')])
  for (; file('ended') === ''; await pause(20)) signalled()
  await whole
  assert.equal(file('ended'), '6')
})
