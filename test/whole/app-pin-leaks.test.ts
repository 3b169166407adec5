// The PIN of an application: in the file that it is handed over in, and nowhere else; sealed for a recipient nowhere at all.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { toBase32 } from '../../src/domain/encoding.ts'
import { quorum } from '../../src/quorum/quorum.ts'

import { filesBelow, spellings, watchProcesses } from '../support/leaks.ts'
import { testModule } from '../support/module.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import { probeEnv, probeEvents } from '../support/probe.ts'
import { groupSecret } from '../support/raw.ts'
import { folderOfToken } from '../support/softhsm.ts'

/** What every process was started with, and what was said, by what it was. */
const seen = new Map<string, Buffer>()
/** Files that were made, or emptied. */
const written = new Set<string>()
/** Where a secret lay at any time. */
const found = new Set<string>()

const WHERE = ['probe', 'pins', 'user', 'tmp', 'traces']

/** Everything that a command reads, writes, starts and says is looked at; `during`: while it is at work, too. */
async function watched(place: TestPartition, args: string[], during?: () => void): Promise<void> {
  const roots = [place.folder.dir]
  const env = {
    ...probeEnv({ folder: place.path('probe'), roots }),
    HOME: place.path('user'),
    TMPDIR: place.path('tmp'),
  }
  const trace = place.path('traces', `trace-${seen.size}`)
  const result = place.keyrite([...args, '--trace', trace, ...by(place)], { env, watch: watchProcesses(seen) })
  let running = true
  const ended = result.finally(() => {
    running = false
  })
  while (running) {
    during?.()
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const { code, stdout, stderr } = await ended
  assert.equal(code, 0, stderr)
  seen.set(`said by ${args.join(' ')}`, Buffer.from(stdout + stderr))
  for (const { name, path } of probeEvents(place.path('probe')))
    if (name === 'open') written.add(path.slice(place.folder.dir.length + 1))
}

/** Both PINs of both applications, of all generations. */
async function pinsOf(place: TestPartition): Promise<Map<string, Buffer>> {
  const { secret, uuid } = await groupSecret(place)
  const ids = place.records().flatMap(({ type, app }) => (type === 'app.added' ? [app] : []))
  const pins = ids.flatMap(({ name, id }) => {
    const pin = (role: 'so' | 'user', generation: number): [string, Buffer] => {
      const bytes = quorum.applicationPin(secret, uuid, { role, id, generation })
      return [`the ${role} PIN ${generation} of ${name} ${id}`, Buffer.from(bytes.reveal())]
    }
    return [pin('so', 1), pin('user', 1), pin('user', 2)]
  })
  return new Map(pins)
}

const lookFor = (pins: ReadonlyMap<string, Buffer>, where: Iterable<readonly [string, Buffer]>): string[] =>
  [...where].flatMap(([name, content]) =>
    [...pins]
      .filter(([, pin]) => spellings(pin).some((one) => content.includes(one)))
      .map(([what]) => `${what}: ${name}`),
  )

test('after init, pin --new and replace a PIN is in its own file alone', async () => {
  using place = await partition()
  for (const name of WHERE) mkdirSync(place.path(name), { mode: 0o700 })
  execFileSync('age-keygen', ['-o', place.path('user', 'identity')], { stdio: 'pipe' })
  const recipient = execFileSync('age-keygen', ['-y', place.path('user', 'identity')], { encoding: 'utf8' }).trim()
  const pinFile = (name: string) => ['--pin-out', place.path('pins', name)]
  const sealed = ['--pin-recipient', recipient]
  await watched(place, ['app', 'init', 'web', '--module', testModule(), ...pinFile('web-1')])
  await watched(place, ['app', 'init', 'till', '--module', testModule(), ...pinFile('till-1.age'), ...sealed])
  const look = async () => {
    const pins = await pinsOf(place)
    return () => {
      for (const leak of lookFor(pins, filesBelow(place.folder.dir))) found.add(leak)
    }
  }
  const during = await look()
  await watched(place, ['app', 'pin', 'web', '--new', ...pinFile('web-2')], during)
  await watched(place, ['app', 'pin', 'till', '--new', ...pinFile('till-2.age'), ...sealed], during)
  const { token } = await place.data('app', 'show', 'web')
  rmSync(folderOfToken(place.folder, token.serial), { recursive: true })
  await watched(
    place,
    ['app', 'replace', 'web', '--module', testModule(), '--confirm', 'web', ...pinFile('web-3')],
    during,
  )
  ;(await look())()
  const [first, , second] = place.records().flatMap(({ type, app }) => (type === 'app.added' ? [app.id] : []))
  const handedOver = [
    `the user PIN 1 of web ${first}: pins/web-1`,
    `the user PIN 1 of web ${second}: pins/web-3`,
    `the user PIN 2 of web ${first}: pins/web-2`,
  ]
  assert.deepEqual([...found].sort(), handedOver.sort())
  const pins = await pinsOf(place)
  assert.deepEqual(lookFor(pins, seen), [], 'arguments, environments, and what was said')
  assert.ok([...seen.keys()].some((name) => /^environ .*dist.host\.cjs|^cmdline .*host\.cjs/s.test(name)))
  assert.deepEqual(
    [...written].filter((path) => !/^(home|tokens|pins|traces)\//.test(path)),
    [],
    'files elsewhere',
  )
  const opened = execFileSync('age', ['-d', '-i', place.path('user', 'identity'), place.path('pins', 'till-2.age')])
  const till = [...pins].find(([name]) => /^the user PIN 2 of till/.test(name))![1]
  assert.equal(opened.toString(), toBase32(till), 'these PINs were looked for')
  writeFileSync(place.path('tmp', 'put'), `x${toBase32(till)}`)
  assert.equal(lookFor(pins, filesBelow(place.path('tmp'))).length, 1)
})
