// Many keys under one plan, several made at a time: whatever comes in between, the ledger tells which of them are there.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Fault, faultyModule, logOfModule } from '../support/module.ts'
import { by, partition } from '../support/partition.ts'

/** A partition behind a module with a fault, how to run it, and what the module told. */
async function faulty(fault: Fault, at?: number) {
  const place = await partition()
  const log = place.path('module.log')
  const { module, env } = faultyModule(fault, { log, ...(at === undefined ? {} : { at }) })
  place.useModule(module)
  const keyrite = (...args: string[]) => place.keyrite([...args, ...by(place)], { env })
  // Without its script the module is sound: what is done later is not disturbed.
  const { KEYRITE_MODULE_SCRIPT: _, ...sound } = env as Record<string, string>
  const after = (...args: string[]) => place.keyrite([...args, ...by(place)], { env: sound })
  return { place, log, env, keyrite, after, [Symbol.dispose]: () => place[Symbol.dispose]() }
}

const generate = (count: number, ...more: string[]) => [
  ...['key', 'generate', 'many', '--type', 'aes-256', '--count', `${count}`],
  ...more,
]

async function isWell({ after, place }: Awaited<ReturnType<typeof faulty>>): Promise<void> {
  const { code, stdout } = await after('partition', 'check')
  assert.equal(code, 0, stdout)
  assert.equal((await after('key', 'generate', 'next', '--type', 'aes-256')).code, 0)
  assert.ok(!existsSync(place.path('home', 'pay', 'lock')))
}

test('a call that fails among them: the ledger names the keys that are there, and nothing else is', async () => {
  using scene = await faulty('fails-key', 25)
  const { code, json } = await scene.keyrite(...generate(40))
  const { keys } = scene.place.records().at(-1)
  assert.deepEqual([code, json.error.code, json.error.changed], [6, 'CKR_DEVICE_ERROR', true])
  assert.ok(keys.length > 8 && keys.length < 40)
  assert.equal(
    json.error.message,
    `C_GenerateKey: CKR_DEVICE_ERROR (0x30); the ledger names the ${keys.length} keys that changed`,
  )
  assert.equal(scene.place.records().at(-1).result, 'partial')
  const { started, ended, open } = logOfModule(scene.log)
  assert.deepEqual([ended, open], [started, 0])
  await isWell(scene)
})

test('a call that never comes back is ended by the clock, and a recovery finds the others', async () => {
  using scene = await faulty('hangs-key', 25)
  const { code, json } = await scene.keyrite(...generate(40), '--timeout', '2')
  assert.deepEqual([code, json.error.code, json.error.hint], [6, 'MODULE-TIMEOUT', 'keyrite partition recover'])
  assert.match(json.error.message, /^the module did not finish generateKeys within 2 s; how far it came /)
  const recovered = await scene.after('partition', 'recover')
  assert.equal(recovered.code, 0, recovered.stderr)
  const { found, keys } = scene.place.records().findLast(({ type }) => type === 'recovered')
  assert.deepEqual([found, keys.length], ['partial', 39])
  await isWell(scene)
})

test('Ctrl-C while they are made lets them all come to their end', async () => {
  using scene = await faulty('slow')
  const { place, env, log } = scene
  let command = 0
  const running = place.keyrite([...generate(200), ...by(place)], { env, watch: (pid) => (command = pid) })
  // What the probe of the token makes is well below that.
  while (!existsSync(log) || logOfModule(log).started < 30) await pause(20)
  process.kill(command, 'SIGINT')
  const { code, stderr, json } = await running
  assert.equal(code, 0, stderr)
  assert.match(stderr, /the change has started; finishing it first/)
  assert.equal(json.data.keys.length, 200)
  await isWell(scene)
})
