// Many applications with two keys each: delivered, published and promoted in one ceremony each, with the seconds and the calls that it takes.
// `node scripts/measure.mjs many-applications 100 300`: of one number to the next the calls grow as the applications do.
import { mkdirSync, readFileSync } from 'node:fs'
import { environment, launcher } from '../support/keyrite.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'
import { timed } from './timed.ts'

/** Each key has one name for all applications, so that a ceremony is one plan of two keys at each. */
const KEYS = ['card', 'mac']

async function made(count: number): Promise<[place: TestPartition, apps: string[]]> {
  const place = await partition()
  mkdirSync(place.path('pins'), { mode: 0o700 })
  await place.data('key', 'generate', 'mac', '--type', 'hmac-sha256', ...by(place))
  const apps = Array.from({ length: count }, (_, i) => `app-${String(i).padStart(4, '0')}`)
  for (const app of apps) {
    const where = ['--module', softhsm, '--pin-out', place.path('pins', app)]
    await place.data('app', 'init', app, ...where, ...by(place))
  }
  return [place, apps]
}

/** Calls of the libraries, of all processes of the command. */
function callsIn(trace: string): Map<string, number> {
  const calls = new Map<string, number>()
  for (const [, name] of readFileSync(trace, 'utf8').matchAll(/^\d+ (C_\w+)/gm))
    calls.set(name!, (calls.get(name!) ?? 0) + 1)
  return calls
}

/** Once for the seconds, and once more on a copy for the calls: telling of each takes time. */
async function step(place: TestPartition, name: string, args: (at: TestPartition) => string[]): Promise<void> {
  const trace = place.path(`trace-${name}`)
  const run = (at: TestPartition, ...more: string[]) => {
    const env = environment({ home: at.home, env: at.folder.env })
    return timed(launcher, [...args(at), ...more, '--json', '--no-input', '--timeout', '600'], env)
  }
  {
    using copy = place.copy()
    await run(copy, '--trace', trace)
  }
  const { ms, peak } = await run(place)
  const calls = callsIn(trace)
  const all = [...calls.values()].reduce((sum, one) => sum + one, 0)
  const told = ['C_GetTokenInfo', 'C_Login', 'C_FindObjectsInit', 'C_UnwrapKey'].map(
    (one) => `${one} ${calls.get(one) ?? 0}`,
  )
  console.log(
    `${name.padEnd(12)} ${(ms / 1000).toFixed(2).padStart(7)} s  ${peak} MB  ${all} calls: ${told.join(', ')}`,
  )
}

async function through(count: number): Promise<void> {
  const [place, apps] = await made(count)
  using _ = place
  console.log(`\n${count} applications, ${KEYS.length} keys each`)
  await place.data('backup', 'create', place.path('backup'), ...by(place))
  const at = apps.flatMap((app) => ['--app', app])
  await step(place, 'key deliver', (where) => ['key', 'deliver', ...KEYS, ...at, ...by(where)])
  await step(place, 'key publish', (where) => ['key', 'publish', ...KEYS, ...by(where)])
  await place.data('backup', 'create', place.path('backup-2'), ...by(place))
  await step(place, 'key promote', (where) => ['key', 'promote', ...KEYS, ...by(where)])
  await step(place, 'app sync', (where) => ['app', 'sync', '--all', ...by(where)])
  await place.data('audit', 'verify')
}

const wanted = process.argv.slice(2).map(Number)
for (const count of wanted.length > 0 ? wanted : [100, 300]) {
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('how many applications? a number, such as 300')
  await through(count)
}
