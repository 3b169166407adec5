// Many keys at a time: each is whole and its own, and whatever ends the work ends it between two keys.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { KeyType, Usage } from '../../src/domain/keys.ts'
import { kwp } from '../../src/host/backup/kinds/kwp.ts'
import { openedByOaep } from '../../src/host/export/try-export.ts'
import type { KeyFacts, KeySpec, UserSession } from '../../src/hsm/port.ts'
import { environment } from '../support/keyrite.ts'
import { type Fault, type FaultOptions, faultyModule, logOfModule, scripted } from '../support/module.ts'
import type { TokenFolder } from '../support/softhsm.ts'
import { owners } from '../support/wrapping-keys.ts'
import { type Bench, ended, loggedIn, makeToken, open, SO, spec, USER } from './hsm-bench.ts'

const MANY = 40
const MOST_AT_A_TIME = 4
const MORE_THAN_ANYBODY_WAITS_FOR = 2000
/** Its check value wants SIGN, which goes off once that is taken. */
const FLAG_GOES_OFF: [KeyType, Usage[]] = ['aes-128', ['wrap', 'unwrap']]

const specs = (type: KeyType, usages: readonly Usage[], count = MANY): KeySpec[] =>
  Array.from({ length: count }, (_, i) => spec(type, usages, `test/${type}-${i}#1`))
const ids = (keys: readonly KeySpec[]) => keys.map(({ id }) => id)

/** With check values, of whatever usage they are. */
const proved = (session: UserSession, keys: readonly KeyFacts[]) => session.proveKeys(keys.map(({ id }) => id))

/** A token behind the module with this fault, and the file where the module tells of it. */
class Place implements Disposable {
  private constructor(readonly plain: Bench) {}

  static make = async (): Promise<Place> => new Place(await makeToken())

  get log() {
    return logOfModule(this.#log)
  }

  get #log(): string {
    return `${this.plain.folder.dir}/log`
  }

  faulty = (fault: Fault, options: FaultOptions = {}): Bench =>
    this.#behind(faultyModule(fault, { log: this.#log, ...options }))

  scripted = (lines: readonly string[]): Bench => this.#behind(scripted(lines, { log: this.#log }))

  #behind({ module, env }: ReturnType<typeof scripted>): Bench {
    const { folder, serial } = this.plain
    return { serial, folder: { ...folder, module, env: { ...folder.env, ...env } } as TokenFolder }
  }

  /** Everything that is on the token, seen by another process, and what was cut off. */
  look = (keys: readonly KeySpec[]) =>
    loggedIn(this.plain, async (session) => ({
      incomplete: await session.clearIncompleteObjects([]),
      objects: (await session.scan()).private,
      keys: await proved(session, await session.readKeys(ids(keys))),
    }));

  [Symbol.dispose](): void {
    this.plain.folder.dispose()
  }
}

/** What this file does when a test starts it as a program: it makes keys for longer than anybody waits. */
if (process.env.HSM_TEST_SERIAL !== undefined) {
  const { HSM_TEST_SERIAL: serial, HSM_TEST_MODULE: module } = process.env
  await loggedIn({ serial, folder: { module, env: process.env } } as unknown as Bench, async (session, hsm) => {
    process.stdout.write(`${hsm.pid}\n`)
    await session.generateKeys(specs(...FLAG_GOES_OFF, MORE_THAN_ANYBODY_WAITS_FOR))
  })
  process.exit()
}

describe('many keys of a type', () => {
  const TYPES: [KeyType, Usage[]][] = [
    ['aes-256', ['encrypt', 'decrypt']],
    FLAG_GOES_OFF,
    ['hmac-sha256', ['sign', 'verify']],
    ['ec-p256', ['sign', 'verify']],
  ]
  for (const [type, usages] of TYPES) {
    test(`${type} are made several at a time, and come in their order, each with what is its own`, async () => {
      using place = await Place.make()
      const keys = specs(type, usages)
      const made = await loggedIn(place.faulty('slow'), (session) => session.generateKeys(keys))
      assert.deepEqual(
        made.map(({ label, id }) => [label, Buffer.from(id)]),
        keys.map(({ label, id }) => [label, id]),
      )
      assert.equal(new Set(made.map(({ fingerprint }) => fingerprint)).size, MANY)
      assert.deepEqual((await place.look(keys)).keys, made)
      assert.deepEqual(place.log, { open: 0, started: MANY, ended: MANY, atATime: MOST_AT_A_TIME })
    })
  }

  test('are made one by one where they are few, or of several types', async () => {
    using place = await Place.make()
    const keys = [...specs('aes-256', ['encrypt'], 7), ...specs('hmac-sha256', ['sign'], 7)]
    const bench = place.faulty('slow')
    await loggedIn(bench, (session) => session.generateKeys(keys.slice(0, 7)))
    const others = await loggedIn(bench, (session) => session.generateKeys(keys.slice(6)))
    assert.deepEqual(
      others.map(({ label }) => label),
      keys.slice(6).map(({ label }) => label),
    )
    assert.equal(place.log.atATime, 1)
  })

  test('are made all the same where the token allows one session', async () => {
    using place = await Place.make()
    const keys = specs('aes-256', ['encrypt'])
    const made = await loggedIn(place.faulty('one-session'), (session) => session.generateKeys(keys))
    assert.deepEqual((await place.look(keys)).keys, made)
    assert.equal(place.log.atATime, 1)
  })
})

describe('a failure among many keys', () => {
  const FAILURES: [string, KeyType, Fault, string, number][] = [
    ['of a call', 'aes-256', 'fails-key', 'C_GenerateKey', 1],
    ['of a call for a pair', 'ec-p256', 'fails-key', 'C_GenerateKeyPair', 2],
    ['to read a key back takes that key away', 'hmac-sha256', 'fails-read', 'C_GetAttributeValue', 1],
  ]
  const AT = 12
  for (const [what, type, fault, call, objectsPerKey] of FAILURES) {
    test(`${what}: it is named, nothing more is started, and what was started is whole`, async () => {
      using place = await Place.make()
      const keys = specs(type, ['sign', 'verify'].slice(0, type === 'aes-256' ? 0 : 2) as Usage[])
      await loggedIn(place.faulty(fault, { at: AT }), async (session) => {
        await assert.rejects(session.generateKeys(keys), {
          exit: 4,
          changed: true,
          message: `${call}: CKR_DEVICE_ERROR (0x30)`,
        })
        assert.equal(place.log.open, 1, 'the session of the login')
      })
      const { started, ended, open } = place.log
      assert.deepEqual([ended, open], [started, 0])
      // A key that is read back may take several readings: it can fail at an earlier key.
      assert.ok(started > AT / 2 && started < AT + MOST_AT_A_TIME, `${started} were started`)
      const left = await place.look(keys)
      assert.deepEqual([left.incomplete, left.keys.length], [0, started - 1])
      assert.equal(left.objects.length, (started - 1) * objectsPerKey)
    })
  }

  test('that the token refuses one of them leaves the others whole', async () => {
    using place = await Place.make()
    const keys = specs('aes-256', ['encrypt'])
    keys[20] = { ...keys[20]!, attributes: { ...keys[20]!.attributes, TRUSTED: true } }
    await loggedIn(place.faulty('slow'), (session) =>
      assert.rejects(session.generateKeys(keys), { code: 'CKR_ATTRIBUTE_READ_ONLY', changed: true }),
    )
    const { started, ended } = place.log
    // SoftHSM leaves of the refused one what the next recovery clears away.
    const { objects, keys: whole } = await place.look(keys)
    assert.deepEqual([ended, objects.length, whole.length], [started, started - 1, started - 1])
  })

  test('to come back at all is ended by the clock', async () => {
    using place = await Place.make()
    const keys = specs('aes-256', ['encrypt'])
    const [hanging, pids] = [place.faulty('hangs-key', { at: AT }), [] as number[]]
    const making = (session: UserSession) => session.generateKeys(keys)
    await assert.rejects(loggedIn(hanging, making, { timeout: 2, started: (pid) => pids.push(pid) }), {
      exit: 4,
      code: 'MODULE-TIMEOUT',
      changed: true,
      message: 'the module did not finish generateKeys within 2 s',
    })
    assert.ok(await ended(pids[0]!))
    assert.equal((await place.look(keys)).keys.length, MANY - 1)
  })
})

test('many keys go out of a token that knows no ALLOWED_MECHANISMS: it is asked for that once, and each goes under an AES key of its own', async () => {
  using place = await Place.make()
  const keys = specs('aes-256', ['encrypt'], 12)
  await loggedIn(place.plain, (session) => session.generateKeys(keys))
  const { folder, serial } = place.scripted([
    'C_GenerateKey * return CKR_ATTRIBUTE_TYPE_INVALID if asks=CKA_ALLOWED_MECHANISMS',
  ])
  const { spki, privateKey } = owners[2048]
  const way = { scheme: 'rsa-aes', hash: 'sha1', spki: Uint8Array.from(spki), count: keys.length } as const
  await using hsm = await open(folder)
  await using session = await hsm.loginToExport({ serial }, SO(), USER(), way)
  await session.readKeys(ids(keys))
  const blobs = await session.exportKeys(ids(keys))
  const between = blobs.map((blob) => openedByOaep(privateKey, Buffer.from(blob.subarray(0, 256)), 'sha1')!)
  assert.equal(new Set(between.map((key) => key.toString('hex'))).size, keys.length)
  for (const [i, blob] of blobs.entries())
    assert.equal(kwp.opened(between[i]!, blob.subarray(256), Buffer.alloc(0)).length, 32)
  assert.ok(place.log.started < keys.length + 6, `${place.log.started} were asked for`)
})

test('a parent that is killed leaves no key unfinished, also when its host was about to tell it something', async () => {
  using place = await Place.make()
  const { serial, folder } = place.faulty('orphans')
  const env = environment({ env: { ...folder.env, HSM_TEST_SERIAL: serial, HSM_TEST_MODULE: folder.module } })
  const parent = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(parent, 'exit')
  const [text] = await once(parent.stdout, 'data')
  assert.deepEqual(await exit, [null, 'SIGKILL'])
  assert.ok(await ended(Number(text)))
  const { started, ended: done } = place.log
  assert.equal(done, started)
  assert.ok(started > MOST_AT_A_TIME && started < MORE_THAN_ANYBODY_WAITS_FOR, `${started} were started`)
  const { incomplete, objects } = await place.look([])
  assert.deepEqual([incomplete, objects.length], [0, started])
  assert.ok(objects.every(({ attributes }) => attributes.SIGN === false))
})
