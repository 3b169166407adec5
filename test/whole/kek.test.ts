// The key that wraps a backup: in no file while it is at work, when the program dies, or afterwards, and not on the token.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { quorum } from '../../src/quorum/quorum.ts'
import { contentOf, filesBelow, spellings } from '../support/leaks.ts'
import { testModule } from '../support/module.ts'
import { blank, initArgs, type TestPartition } from '../support/partition.ts'
import { type ProbeOptions, probeEnv, probeEvents } from '../support/probe.ts'
import { asUser, groupSecret } from '../support/raw.ts'
import { softhsm } from '../support/softhsm.ts'

let made: TestPartition
let secrets: Map<string, Buffer>

const probe = (place: TestPartition, more: Partial<ProbeOptions> = {}) =>
  probeEnv({ folder: place.path('probe'), roots: [place.home, place.path('out')], ...more })

/** Where the program and the module might leave something: all of it lies in the folder of the test. */
const surroundings = (place: TestPartition) => ({ HOME: place.path('user'), TMPDIR: place.path('tmp') })

before(async () => {
  made = blank()
  for (const name of ['probe', 'out', 'user', 'tmp']) mkdirSync(made.path(name), { mode: 0o700 })
  const by = made.approvedBy('alice', 'bob')
  const commands = [
    initArgs(made).map((arg) => (arg === softhsm ? testModule() : arg)),
    ['key', 'generate', 'card', '--type', 'aes-256', ...by],
    ['key', 'generate', 'kw', '--type', 'aes-256', '--usage', 'wrap', '--usage', 'unwrap', ...by],
    ['key', 'generate', 'pair', '--type', 'rsa-2048', ...by],
  ]
  for (const args of commands) await made.data(...args)
  const { secret, uuid } = await groupSecret(made)
  const bytes = { 'the KEK': quorum.backupKek(secret, uuid), 'the group secret': secret }
  const pins = (['so', 'user'] as const).map((role): [string, Buffer] => {
    const pin = Buffer.from(quorum.derivedPin(secret, uuid, role).reveal())
    return [`the PIN of ${role}`, pin]
  })
  secrets = new Map([
    ...Object.entries(bytes).map(([name, value]): [string, Buffer] => [name, Buffer.from(value.reveal())]),
    ...pins,
  ])
})

/** Secrets in files below the folder, by name. */
function leaks(folder: string): string[] {
  return filesBelow(folder).flatMap(([name, content]) => {
    return [...secrets]
      .filter(([, secret]) => spellings(secret).some((spelling) => content.includes(spelling)))
      .map(([what]) => `${what} in ${name}`)
  })
}

const create = (place: TestPartition) => [
  'backup',
  'create',
  place.path('out', 'b'),
  ...place.approvedBy('bob', 'carol'),
]

/** The greatest core file that each process of this partition may leave. */
function coreLimits(place: TestPartition): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && contentOf(`/proc/${pid}/environ`).includes(place.home))
    .filter((pid) => contentOf(`/proc/${pid}/cmdline`).includes('.cjs'))
    .flatMap(
      (pid) => /Max core file size +(\S+) +(\S+)/.exec(contentOf(`/proc/${pid}/limits`).toString())?.slice(1) ?? [],
    )
}

test('the search finds each secret where it was put', () => {
  using place = made.copy()
  for (const secret of secrets.values()) {
    for (const spelling of spellings(secret)) {
      writeFileSync(place.path('out', 'put'), Buffer.concat([Buffer.from('x'), spelling]))
      assert.equal(leaks(place.folder.dir).length, 1)
    }
  }
})

test('in no file while a backup is made, nor after; no process may leave a core', async () => {
  using place = made.copy()
  let running = true
  const found = new Set<string>()
  const cores = new Set<string>()
  const result = place.keyrite(create(place), { env: { ...probe(place), ...surroundings(place) } })
  const ended = result.finally(() => {
    running = false
  })
  while (running) {
    for (const leak of leaks(place.folder.dir)) found.add(leak)
    for (const limit of coreLimits(place)) cores.add(limit)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const { code, stderr } = await ended
  assert.equal(code, 0, stderr)
  assert.deepEqual([...found, ...leaks(place.folder.dir)], [])
  if (process.platform === 'linux') assert.deepEqual([...cores], ['0'])
  const { kek } = JSON.parse(readFileSync(place.path('out', 'b'), 'utf8').split('\n')[0]!).header
  const { secret, uuid } = await groupSecret(place)
  assert.equal(kek.check, quorum.kekCheck(quorum.backupKek(secret, uuid)), 'it was this KEK that was looked for')
})

test('in no file when both processes die while it is at work', async () => {
  using trial = made.copy()
  await trial.keyrite(create(trial), { env: probe(trial) })
  const events = probeEvents(trial.path('probe'))
  const first = events.find(({ name }) => name === 'C_CreateObject')!.number
  const last = events.findLast(({ name }) => name === 'C_WrapKey')!.number
  const points = [first, first + 1, last, Math.round((first + last) / 2)]
  for (const kill of points) {
    using place = made.copy()
    const env = { ...probe(place, { kill, when: 'after' }), ...surroundings(place) }
    const { signal } = await place.keyrite(create(place), { env })
    assert.equal(signal, 'SIGKILL', `point ${kill}`)
    assert.deepEqual(leaks(place.folder.dir), [], `after ${events[kill - 1]!.name}`)
    assert.deepEqual(await unknownObjectsOn(place), [], `after ${events[kill - 1]!.name}`)
  }
})

/** Labels of secret keys on the token that no record names. */
async function unknownObjectsOn(place: TestPartition): Promise<string[]> {
  const labels = (await asUser(place, `return find([[0, 4]]).map((key) => String(read(key, 3)))`)) as string[]
  return labels.filter((label) => !/^(card|kw)#1$/.test(label))
}

test('no key on the token opens a blob of the backup', async () => {
  using place = made.copy()
  const { code, stderr } = await place.keyrite(create(place), { env: probe(place) })
  assert.equal(code, 0, stderr)
  const lines = readFileSync(place.path('out', 'b'), 'utf8').trimEnd().split('\n')
  const blobs = lines.map((line) => JSON.parse(line).key?.blob).filter(Boolean)
  assert.equal(blobs.length, 3)
  const { tried, byKek } = (await asUser(
    place,
    `
    const template = () => attributes([[0, 4], [0x100, 0x1f], [1, false], [2, true], [0x103, false], [0x162, true]])
    const unwraps = (key, mechanism, blob) => {
      try { lib.C_UnwrapKey(session, { mechanism }, key, blob, template()); return 'opened' } catch (error) { return error.message }
    }
    const tries = (keys) => keys.flatMap((key) => [0x2109, 0x210a, 0x210b].flatMap((mechanism) =>
      input.blobs.map((blob) => unwraps(key, mechanism, Buffer.from(blob, 'base64url')))))
    const tried = tries([...find([[0, 4]]), ...find([[0, 3]])])
    const kek = attributes([[0, 4], [0x100, 0x1f], [0x11, Buffer.from(input.kek, 'hex')], [1, false], [2, true], [0x107, true]])
    return { tried, byKek: tries([lib.C_CreateObject(session, kek)]) }`,
    { blobs, kek: secrets.get('the KEK')!.toString('hex') },
  )) as { tried: string[]; byKek: string[] }
  assert.ok(tried.length >= 4 * 3 * 3, `${tried.length} tries`)
  assert.ok(!tried.includes('opened'))
  assert.ok(byKek.includes('opened'), 'the KEK itself does open them')
  assert.deepEqual(await unknownObjectsOn(place), [])
})
