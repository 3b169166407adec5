// Backup and restore on two real tokens: what is wrapped opens with node alone, and what comes back is the same key.
import assert from 'node:assert/strict'
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  randomBytes,
} from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { SamplePartition } from '../../src/docs/sample-partition.ts'
import { classOf, isPair } from '../../src/domain/keys.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { KeyFacts, KeySpec, UserSession, Wrapped, WrappedKey } from '../../src/hsm/port.ts'
import { environment } from '../support/keyrite.ts'
import { ONLY_CBC, scripted } from '../support/module.ts'
import type { TokenFolder } from '../support/softhsm.ts'
import type { Bench } from './hsm-bench.ts'
import { here, loggedIn, makeToken, open, SO, spec, USER } from './hsm-bench.ts'

const KEK = randomBytes(32)
const kek = () => new Secret(Uint8Array.from(KEK))

const SPECS: KeySpec[] = [
  spec('aes-256', ['encrypt', 'decrypt']),
  spec('aes-128', ['decrypt']),
  spec('hmac-sha256', ['sign', 'verify']),
  spec('hmac-sha256', ['verify'], 'test/hmac-verify#1'),
  spec('aes-192', ['encrypt', 'decrypt']),
  spec('hmac-sha384', ['verify']),
  spec('hmac-sha512', ['sign', 'verify']),
  spec('tdes-168', ['wrap', 'unwrap']),
  spec('tdes-112', ['encrypt', 'decrypt']),
  spec('rsa-2048', ['encrypt', 'decrypt']),
  spec('ec-p256', ['sign', 'verify']),
  spec('ec-p384', ['derive']),
  spec('ec-p521', ['sign', 'verify']),
]

/** They stand first. */
const SECRETS = SPECS.filter(({ type }) => classOf(type) === 'secret')

let source: Bench
let facts: KeyFacts[]
let backup: WrappedKey[]

async function withKek<T>(bench: Bench, use: (session: UserSession) => Promise<T>): Promise<T> {
  await using hsm = await open(bench.folder)
  await using session = await hsm.loginWithKek({ serial: bench.serial }, SO(), USER(), kek())
  return await use(session)
}

/** A fresh token to restore on. */
async function elsewhere<T>(use: (bench: Bench) => Promise<T>): Promise<T> {
  const target = here(await makeToken('elsewhere'))
  try {
    return await use(target)
  } finally {
    target.folder.dispose()
  }
}

const wrapped = (key: KeySpec, made: KeyFacts, blob: Uint8Array): WrappedKey => ({
  ...key,
  attributes: made.attributes,
  fingerprint: made.fingerprint,
  wrap: 'kwp',
  blob,
  ...(made.spki && { spki: made.spki }),
})

before(async () => {
  source = here(await makeToken('source'))
  facts = await loggedIn(source, (session) => session.generateKeys(SPECS))
  const blobs = await withKek(source, (session) => session.wrapKeys(SPECS.map(({ id }) => id)))
  backup = SPECS.map((key, i) => wrapped(key, facts[i]!, (blobs[i] as { blob: Uint8Array }).blob))
})
after(() => source.folder.dispose())

/** RFC 5649 by node alone: what a person with the KEK and openssl would do. */
function unwrapped(blob: Uint8Array): Buffer {
  const decipher = createDecipheriv('id-aes256-wrap-pad', KEK, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([decipher.update(blob), decipher.final()])
}

/** AES-CMAC over one block of zeros (RFC 4493), written out. */
function cmac5(key: Buffer): string {
  const block = (data: Buffer) => createCipheriv(`aes-${key.length * 8}-ecb`, key, null).update(data)
  const number = BigInt(`0x${block(Buffer.alloc(16)).toString('hex')}`) << 1n
  const subkey = number >> 128n ? (number & ((1n << 128n) - 1n)) ^ 0x87n : number
  return block(Buffer.from(subkey.toString(16).padStart(32, '0'), 'hex'))
    .subarray(0, 5)
    .toString('hex')
}

const hmac5 = (key: Buffer, hash: string) => createHmac(hash, key).update(Buffer.alloc(16)).digest('hex').slice(0, 10)

const ecb3 = (key: Buffer) =>
  createCipheriv(key.length === 16 ? 'des-ede-ecb' : 'des-ede3-ecb', key, null)
    .update(Buffer.alloc(8))
    .toString('hex')
    .slice(0, 6)

function fingerprintOf({ type, blob }: WrappedKey): string {
  const key = unwrapped(blob)
  if (type.startsWith('tdes')) return `ecb3:${ecb3(key)}`
  return type.startsWith('aes') ? `cmac5:${cmac5(key)}` : `hmac5:${hmac5(key, type.slice(5))}`
}

describe('wrapping', () => {
  test('a secret key opens with node and the KEK, and its check value is the one on record', () => {
    for (const key of backup.filter(({ spki }) => spki === undefined)) assert.equal(fingerprintOf(key), key.fingerprint)
    assert.equal(unwrapped(backup[0]!.blob).length, 32)
    assert.equal(unwrapped(backup[1]!.blob).length, 16)
  })

  test('a private key opens with node and the KEK, and its public half is the one on record', () => {
    for (const { blob, spki } of backup.filter((key) => key.spki !== undefined)) {
      const key = createPrivateKey({ key: unwrapped(blob), format: 'der', type: 'pkcs8' })
      assert.deepEqual(createPublicKey(key).export({ format: 'der', type: 'spki' }), Buffer.from(spki!))
    }
  })

  test('what cannot be wrapped says why, and the others are wrapped', () =>
    withKek(source, async (session) => {
      const stubborn = spec('ed25519', ['sign', 'verify'])
      const kept = { ...spec('aes-256', ['encrypt']), attributes: { ...SPECS[0]!.attributes, EXTRACTABLE: false } }
      await session.generateKeys([stubborn, kept])
      const ids = [stubborn.id, kept.id, randomBytes(16), SPECS[0]!.id]
      const heard: number[] = []
      assert.deepEqual(await session.wrapKeys(ids, (done) => heard.push(done)), [
        { error: 'C_WrapKey: CKR_KEY_NOT_WRAPPABLE (0x69)' },
        { error: 'C_WrapKey: CKR_KEY_UNEXTRACTABLE (0x6a)' },
        { error: 'no private key has this id' },
        { wrap: 'kwp', blob: backup[0]!.blob, fingerprint: facts[0]!.fingerprint },
      ])
      const planned = await session.wrapKeys([SPECS[0]!.id], undefined, { 'aes-256': 'cbc-pad' })
      assert.deepEqual(planned, [{ error: 'the token has no AES-CBC with padding' }])
      assert.equal(await session.destroyKeys([stubborn.id, kept.id]), 3)
    }))

  test('the KEK is on no token and in no scan, and a plain session has none', async () => {
    const count = async (session: UserSession) => {
      const { private: ours, public: theirs } = await session.scan()
      return [ours.length, theirs.length]
    }
    const [within, without] = [await withKek(source, count), await loggedIn(source, count)]
    assert.deepEqual(
      [within, without],
      [
        [17, 0],
        [17, 0],
      ],
    )
    await loggedIn(source, (session) => assert.rejects(session.wrapKeys([SPECS[0]!.id]), { code: 'NO-KEK', exit: 4 }))
  })

  test('a wrong PIN of either role ends it by the name of the call', async () => {
    await using hsm = await open(source.folder)
    await assert.rejects(hsm.loginWithKek({ serial: source.serial }, USER(), USER(), kek()), {
      code: 'CKR_PIN_INCORRECT',
    })
    await assert.rejects(hsm.loginWithKek({ serial: source.serial }, SO(), SO(), kek()), { code: 'USER-PIN' })
    await using session = await hsm.loginWithKek({ serial: source.serial }, SO(), USER(), kek())
    assert.equal((await session.wrapKeys([SPECS[0]!.id])).length, 1)
  })

  test('KEK-AS-ASKED: ways to wrap that the profile names are not searched for, and are tried all the same', async () => {
    const mechanisms = { kwp: 'AES_KEY_WRAP_PAD', kw: 'AES_KEY_WRAP' }
    const profile = { ...new SamplePartition().beginning.profile, mechanisms }
    const blobs = async (lines: string[]) => {
      const { module, env } = scripted(lines)
      await using hsm = await open(source.folder, {
        module,
        env: environment({ env: { ...source.folder.env, ...env } }),
      })
      await using session = await hsm.loginWithKek({ serial: source.serial, profile }, SO(), USER(), kek())
      const [blob] = await session.wrapKeys([SPECS[0]!.id])
      return blob as Extract<Wrapped, { blob: Uint8Array }>
    }
    // The KEK of the SO, a key that is known, and the KEK that opens.
    const { wrap, blob } = await blobs(['C_CreateObject 4.. abort'])
    assert.deepEqual([wrap, blob], ['kwp', backup[0]!.blob])
    await assert.rejects(blobs(['C_WrapKey 1 flip']), { code: 'KEK-AS-ASKED' })
    assert.equal((await blobs(['C_WrapKey 2 flip'])).wrap, 'kwp', 'another way counts where it is right')
  })
})

/** Restored, a key is no longer made here and was once outside; all else is as it was. */
const moved = (flags: Record<string, boolean>): Record<string, boolean> => ({
  ...flags,
  LOCAL: false,
  ...('ALWAYS_SENSITIVE' in flags && { ALWAYS_SENSITIVE: false, NEVER_EXTRACTABLE: false }),
})

const asRestored = (made: KeyFacts): KeyFacts => ({
  ...made,
  attributes: isPair(made.attributes)
    ? { private: moved(made.attributes.private), public: moved(made.attributes.public) }
    : moved(made.attributes),
})

describe('restoring', () => {
  test('every key comes back under its name, id, flags and fingerprint', () =>
    elsewhere(async (target) => {
      const restored = await withKek(target, (session) => session.restoreKeys(kek(), backup))
      assert.deepEqual(restored, facts.map(asRestored))
      const read = await loggedIn(target, (session) => session.readKeys(SPECS.map(({ id }) => id)))
      assert.deepEqual(
        read.map(({ label }) => label),
        facts.map(({ label }) => label),
      )
      // SoftHSM forgets the length of what it unwraps: the size of a key can only be guessed, but where it was brought as one of its own hash.
      const guessed = [0, 2, 5, 6, 7].map((i) => read[i]!.typeGuessed)
      assert.deepEqual(guessed, [true, true, undefined, undefined, undefined])
    }))

  test('without the wrapping KEK, fingerprints and a signed challenge decide', () =>
    elsewhere((target) =>
      loggedIn(target, async (session) => {
        const restored = await session.restoreKeys(kek(), backup)
        assert.deepEqual(restored, facts.map(asRestored))
        assert.equal(await session.destroyKeys(SPECS.map(({ id }) => id)), 17)
      }),
    ))

  test('a blob that was tampered with is refused, and nothing stays', () =>
    elsewhere((target) =>
      withKek(target, async (session) => {
        const blob = Uint8Array.from(backup[0]!.blob)
        blob[9]! ^= 1
        const error = { exit: 4, code: 'CKR_GENERAL_ERROR', message: /^C_UnwrapKey: / }
        await assert.rejects(session.restoreKeys(kek(), [{ ...backup[0]!, blob }]), { ...error, changed: false })
        await assert.rejects(session.restoreKeys(kek(), [backup[1]!, { ...backup[0]!, blob }]), {
          ...error,
          changed: true,
        })
        assert.equal((await session.scan()).private.length, 1)
      }),
    ))
})

/** A token behind the module that does as these lines say. */
function behind({ folder, serial }: Bench, ...lines: string[]): Bench {
  const { module, env } = scripted(lines)
  return { folder: { ...folder, module, env: { ...folder.env, ...env } } as TokenFolder, serial }
}

/** What a blob is to blame for there. */
async function tried(keys: WrappedKey[], ...lines: string[]) {
  const { folder, serial } = behind(source, ...lines)
  await using hsm = await open(folder)
  return await hsm.tryBlobs({ serial }, kek(), keys)
}

describe('a token that lacks RFC 5649', () => {
  const LACKS = 'C_GetMechanismList * without CKM_AES_KEY_WRAP_PAD'
  const ids = SPECS.map(({ id }) => id)

  test('wraps secret keys by RFC 3394, which come back equal; a pair says why it can not', () =>
    elsewhere(async (target) => {
      const wrappedThere = await withKek(behind(source, LACKS), (session) => session.wrapKeys(ids))
      const kinds = wrappedThere.map((one) => ('wrap' in one ? one.wrap : one.error))
      const none = 'the token has no AES key wrap with padding (RFC 5649) and no AES-CBC with padding'
      assert.deepEqual(kinds, [...SECRETS.map(() => 'kw'), none, none, none, none])
      const secrets = wrappedThere.flatMap((one, i): WrappedKey[] =>
        'wrap' in one ? [{ ...backup[i]!, wrap: one.wrap, blob: one.blob }] : [],
      )
      const opener = createDecipheriv('id-aes256-wrap', KEK, Buffer.alloc(8, 0xa6))
      const value = Buffer.concat([opener.update(secrets[0]!.blob), opener.final()])
      assert.deepEqual(value, unwrapped(backup[0]!.blob))
      assert.deepEqual(
        await tried(secrets, LACKS),
        SECRETS.map(() => null),
      )
      const restored = await withKek(behind(target, LACKS), (session) => session.restoreKeys(kek(), secrets))
      assert.deepEqual(restored, facts.slice(0, SECRETS.length).map(asRestored))
    }))

  test('CLEAR-ON-HOST: a blob that it has no mechanism for is not tried', () =>
    elsewhere((target) =>
      withKek(behind(target, LACKS), (session) =>
        assert.rejects(session.restoreKeys(kek(), backup.slice(0, 1)), { code: 'CLEAR-ON-HOST', exit: 3 }),
      ),
    ))
})

describe('a token that has AES-CBC alone', () => {
  const ids = SPECS.map(({ id }) => id)
  let here: WrappedKey[]

  test('wraps every key under an IV of its own, and the host opens each', async () => {
    const blobs = await withKek(behind(source, ...ONLY_CBC), (session) => session.wrapKeys(ids))
    here = blobs.map((one, i) => ({ ...backup[i]!, ...(one as Wrapped & { blob: Uint8Array }) }))
    assert.deepEqual(
      here.map(({ wrap, fingerprint }) => [wrap, fingerprint]),
      facts.map(({ fingerprint }) => ['cbc-pad', fingerprint]),
    )
    assert.equal(new Set(here.map(({ blob }) => Buffer.from(blob.subarray(0, 16)).toString('hex'))).size, ids.length)
    for (const [i, { blob }] of here.entries()) {
      const opener = createDecipheriv('aes-256-cbc', KEK, blob.subarray(0, 16))
      const value = Buffer.concat([opener.update(blob.subarray(16)), opener.final()])
      assert.deepEqual(value, unwrapped(backup[i]!.blob))
    }
  })

  test('takes them back, each proved equal, and a bent one not', () =>
    elsewhere(async (target) => {
      assert.deepEqual(
        await tried(here, ...ONLY_CBC),
        here.map(() => null),
      )
      const there = behind(target, ...ONLY_CBC)
      const restored = await withKek(there, (session) => session.restoreKeys(kek(), here))
      assert.deepEqual(restored, facts.map(asRestored))
      const bent = { ...here[0]!, blob: Uint8Array.from(here[0]!.blob, (byte, i) => (i === 3 ? byte ^ 1 : byte)) }
      assert.deepEqual(await tried([bent], ...ONLY_CBC), [{ why: 'another key comes out' }])
    }))

  test('CLEAR-ON-HOST: what was wrapped otherwise comes to it only where the host may open it', () =>
    elsewhere(async (target) => {
      const lacks = { why: 'the token has no AES key wrap with padding (RFC 5649)', lacks: true }
      assert.deepEqual(
        await tried(backup, ...ONLY_CBC),
        backup.map(() => lacks),
      )
      const clear = backup.map((key): WrappedKey => ({ ...key, clear: true }))
      assert.deepEqual(
        await tried(clear, ...ONLY_CBC),
        backup.map(() => null),
      )
      const there = behind(target, ...ONLY_CBC)
      const error = { code: 'CLEAR-ON-HOST', exit: 3 }
      await withKek(there, async (session) => {
        await assert.rejects(session.restoreKeys(kek(), backup.slice(0, 1)), error)
        const byHost = facts.map((made) => ({ ...asRestored(made), clear: true }))
        assert.deepEqual(await session.restoreKeys(kek(), clear), byHost)
      })
    }))
})

/** What tokens do with a key that is brought to them; with the rest they are as the others. */
const TAKES_IN: [string, string[]][] = [
  ['makes no secret key of a value', ['C_CreateObject * return CKR_ATTRIBUTE_VALUE_INVALID if asks=CKA_VALUE']],
  [
    'lets no EXTRACTABLE be asked for, and forgets SENSITIVE',
    [
      'C_UnwrapKey * return CKR_ATTRIBUTE_READ_ONLY if asks=CKA_EXTRACTABLE=true',
      'C_UnwrapKey * makes CKA_EXTRACTABLE=true',
      'C_UnwrapKey * drops CKA_EXTRACTABLE',
      'C_UnwrapKey * adds CKA_EXTRACTABLE=true',
      'C_UnwrapKey * makes CKA_SENSITIVE=false',
    ],
  ],
]

for (const [does, lines] of TAKES_IN) {
  test(`a token that ${does}: blobs are tried, opened and restored, each key as it was asked`, () =>
    elsewhere(async (target) => {
      const few = [0, 5]
      const keys = few.map((i) => backup[i]!)
      assert.deepEqual(await tried(keys, ...lines), [null, null])
      await withKek(behind(target, ...lines), async (session) => {
        const restored = await session.restoreKeys(kek(), keys)
        assert.deepEqual(
          restored,
          few.map((i) => asRestored(facts[i]!)),
        )
        const again = await session.wrapKeys(keys.map(({ id }) => id))
        assert.deepEqual(
          again.map((one) => ('fingerprint' in one ? one.fingerprint : one.error)),
          keys.map(({ fingerprint }) => fingerprint),
        )
      })
    }))
}

test('KEY-AS-ASKED: a key that can not be made SENSITIVE does not stay', () =>
  elsewhere(async (target) => {
    const there = behind(target, 'C_UnwrapKey * makes CKA_SENSITIVE=false', 'C_SetAttributeValue * nothing')
    await withKek(there, async (session) => {
      const error = { code: 'KEY-AS-ASKED', exit: 4, message: /SENSITIVE is false/ }
      await assert.rejects(session.restoreKeys(kek(), backup.slice(0, 1)), error)
      assert.equal((await session.scan()).private.length, 0)
    })
  }))

test('KEY-AS-ASKED: one that comes without SENSITIVE, where those before it came with it, does not stay', () =>
  elsewhere(async (target) => {
    const [first] = backup
    const second = { ...first!, id: randomBytes(16), label: 'test/second#1' }
    const there = behind(target, 'C_UnwrapKey 2 makes CKA_SENSITIVE=false if asks=CKA_TOKEN=true')
    await withKek(there, async (session) => {
      const error = { code: 'KEY-AS-ASKED', exit: 4, message: /^test\/second#1 .*SENSITIVE is false/ }
      await assert.rejects(session.restoreKeys(kek(), [first!, second]), error)
      assert.deepEqual(
        (await session.scan()).private.map(({ label }) => label),
        [first!.label],
      )
    })
  }))

test('a blob is to blame where the token opens another: not for a call that failed once, nor where all of them fail', async () => {
  const bent = { ...backup[0]!, blob: Uint8Array.from(backup[0]!.blob, (byte, i) => (i === 9 ? byte ^ 1 : byte)) }
  const [first, second] = await tried([bent, backup[1]!])
  assert.deepEqual([/^C_UnwrapKey: /.test(first!.why), second], [true, null])
  for (const error of ['CKR_GENERAL_ERROR', 'CKR_FUNCTION_FAILED', 'CKR_HOST_MEMORY']) {
    assert.deepEqual(await tried([backup[0]!], `C_UnwrapKey 1 return ${error}`), [null], error)
    await assert.rejects(tried([backup[0]!], `C_UnwrapKey * return ${error}`), { code: error, exit: 4 })
  }
})
