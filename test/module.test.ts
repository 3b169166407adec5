// The test module itself: what its script says is what a program behind it sees, and without one SoftHSM is as it was.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pkcs11js from 'pkcs11js'
import { toBase32 as base32 } from '../src/domain/encoding.ts'
import { type Bench, makeToken, USER } from './contract/hsm-bench.ts'
import { runProgram } from './support/keyrite.ts'
import { loggedCalls, scriptEnv, testModule } from './support/module.ts'

const {
  CKA_CLASS,
  CKA_DECRYPT,
  CKA_ENCRYPT,
  CKA_LABEL,
  CKA_PRIVATE,
  CKA_SENSITIVE,
  CKA_SIGN,
  CKA_TOKEN,
  CKA_VALUE_LEN,
} = pkcs11js
const AES = { mechanism: pkcs11js.CKM_AES_KEY_GEN }
const ECB = { mechanism: pkcs11js.CKM_AES_ECB }
const BLOCK = Buffer.alloc(16)

let bench: Bench
before(async () => {
  bench = await makeToken()
})
after(() => bench.folder.dispose())

class Token {
  constructor(
    readonly lib: pkcs11js.PKCS11,
    readonly session: Buffer,
  ) {}

  make = (label: string): Buffer =>
    this.lib.C_GenerateKey(this.session, AES, [
      ...[CKA_PRIVATE, CKA_SENSITIVE, CKA_ENCRYPT, CKA_DECRYPT].map((type) => ({ type, value: true })),
      ...[CKA_TOKEN, CKA_SIGN].map((type) => ({ type, value: false })),
      { type: CKA_LABEL, value: label },
      { type: CKA_VALUE_LEN, value: 32 },
    ])

  read = (key: Buffer, type: number): Buffer =>
    this.lib.C_GetAttributeValue(this.session, key, [{ type }])[0]!.value as Buffer

  flag = (key: Buffer, type: number): boolean => this.read(key, type)[0] === 1

  encrypt(key: Buffer): string {
    this.lib.C_EncryptInit(this.session, ECB, key)
    return this.lib.C_Encrypt(this.session, BLOCK, Buffer.alloc(16)).toString('hex')
  }

  find(): number {
    this.lib.C_FindObjectsInit(this.session, [{ type: CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY }])
    const found = this.lib.C_FindObjects(this.session, 10)
    this.lib.C_FindObjectsFinal(this.session)
    return found.length
  }
}

/** Logged in through the module with this script. The process is the test's own: the module reads its environment when it is loaded. */
function through<T>(lines: string[], use: (token: Token) => T): T {
  const env = { ...bench.folder.env, ...scriptEnv(lines) }
  const lib = new pkcs11js.PKCS11()
  Object.assign(process.env, env)
  try {
    lib.load(testModule())
    lib.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK })
    const slot = lib.C_GetSlotList(true).find((one) => lib.C_GetTokenInfo(one).flags & pkcs11js.CKF_TOKEN_INITIALIZED)!
    const session = lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION)
    lib.C_Login(session, pkcs11js.CKU_USER, base32(USER().bytes.reveal()))
    return use(new Token(lib, session))
  } finally {
    lib.C_Finalize()
    lib.close()
    for (const name of Object.keys(env)) delete process.env[name]
  }
}

const code = (use: () => unknown): number | undefined => {
  try {
    use()
    return undefined
  } catch (error) {
    return Number((error as { code?: number }).code ?? /CKR_\w+:(\d+)/.exec((error as Error).message)?.[1])
  }
}

test('without a script all is as it was', () => {
  through([], (token) => {
    const key = token.make('a')
    assert.deepEqual([token.flag(key, CKA_ENCRYPT), token.find(), token.encrypt(key).length], [true, 1, 32])
  })
})

test('the calls that are meant, and no others, give an error', () => {
  const { CKR_DEVICE_ERROR, CKR_FUNCTION_FAILED } = pkcs11js
  const reads = (...lines: string[]) =>
    through(lines, (token) => {
      const key = token.make('a')
      return [1, 2, 3, 4].map(() => code(() => token.read(key, CKA_ENCRYPT)))
    })
  // pkcs11js asks for the length first: two calls a reading, of which a failed one is the only one.
  const failed = 'C_GetAttributeValue 1..2 return CKR_FUNCTION_FAILED'
  assert.deepEqual(reads(failed), [CKR_FUNCTION_FAILED, CKR_FUNCTION_FAILED, undefined, undefined])
  assert.deepEqual(reads('C_GetAttributeValue 5.. return CKR_DEVICE_ERROR after').slice(1), [
    undefined,
    CKR_DEVICE_ERROR,
    CKR_DEVICE_ERROR,
  ])
  assert.deepEqual(reads('# a comment', 'C_Sign * return CKR_DEVICE_ERROR')[0], undefined)
})

test('an effect is dropped, and all is said to be well', () => {
  through(['C_SetAttributeValue,C_DestroyObject * nothing', 'C_GenerateKey 2 nothing'], (token) => {
    const key = token.make('a')
    token.lib.C_SetAttributeValue(token.session, key, [{ type: CKA_ENCRYPT, value: false }])
    token.lib.C_DestroyObject(token.session, key)
    assert.equal(token.flag(key, CKA_ENCRYPT), true)
    const phantom = token.make('b')
    assert.equal(
      code(() => token.read(phantom, CKA_ENCRYPT)),
      pkcs11js.CKR_OBJECT_HANDLE_INVALID,
    )
    assert.equal(token.find(), 1)
  })
})

test('an attribute is said to be another, on the keys that are meant', () => {
  through(
    [
      'C_GetAttributeValue * says CKA_ENCRYPT=false if CKA_LABEL=b',
      'C_GetAttributeValue * says CKA_LABEL=two\\x20words if asks=CKA_LABEL CKA_LABEL=a',
    ],
    (token) => {
      const [a, b] = [token.make('a'), token.make('b')]
      assert.deepEqual([token.flag(a, CKA_ENCRYPT), token.flag(b, CKA_ENCRYPT)], [true, false])
      assert.deepEqual([token.read(a, CKA_LABEL), token.read(b, CKA_LABEL)].map(String), ['two words', 'b'])
    },
  )
  through(['C_GetAttributeValue * misses CKA_ENCRYPT'], (token) => {
    assert.equal(
      code(() => token.read(token.make('a'), CKA_ENCRYPT)),
      pkcs11js.CKR_ATTRIBUTE_TYPE_INVALID,
    )
  })
})

test('a key is made other than it was asked for', () => {
  through(['C_GenerateKey * makes CKA_SENSITIVE=false', 'C_SetAttributeValue * drops CKA_DECRYPT'], (token) => {
    const key = token.make('a')
    assert.equal(token.flag(key, CKA_SENSITIVE), false)
    const off = [CKA_ENCRYPT, CKA_DECRYPT].map((type) => ({ type, value: false }))
    token.lib.C_SetAttributeValue(token.session, key, off)
    assert.deepEqual([token.flag(key, CKA_ENCRYPT), token.flag(key, CKA_DECRYPT)], [false, true])
  })
})

test('another key is used than the one that was named', () => {
  for (const object of ['object', 'object CKA_LABEL=a'])
    through([`C_EncryptInit * ${object}`], (token) => {
      const [a, b] = [token.make('a'), token.make('b')]
      assert.equal(token.encrypt(a), token.encrypt(b))
    })
})

test('what comes back is cut, turned, hidden, repeated', () => {
  const with_ = (line: string) =>
    through([line], (token) => {
      const keys = [token.make('a'), token.make('b')]
      return [token.find(), token.encrypt(keys[0]!).length, new Set([1, 2].map(() => token.encrypt(keys[0]!))).size]
    })
  assert.deepEqual(with_('C_Encrypt 1 cut 3'), [2, 6, 1])
  assert.deepEqual(with_('C_Encrypt 2 flip'), [2, 32, 2])
  assert.deepEqual(with_('C_FindObjects * cut 1'), [1, 32, 1])
  assert.deepEqual(with_('C_FindObjects * hide CKA_LABEL=b'), [1, 32, 1])
  assert.deepEqual(with_('C_FindObjects * repeat'), [10, 32, 1])
})

test('a token says other things of itself', () => {
  const lines = [
    'C_GetTokenInfo 2.. info serial=12\\x1b',
    'C_GetTokenInfo 2.. flags CKF_USER_PIN_LOCKED -CKF_LOGIN_REQUIRED',
  ]
  through(lines, (token) => {
    const [slot] = token.lib.C_GetSlotList(true)
    const { serialNumber, flags } = token.lib.C_GetTokenInfo(slot!)
    assert.deepEqual(
      [serialNumber.trim(), flags & pkcs11js.CKF_USER_PIN_LOCKED],
      ['12\u001b', pkcs11js.CKF_USER_PIN_LOCKED],
    )
    assert.equal(flags & pkcs11js.CKF_LOGIN_REQUIRED, 0)
  })
})

/** Another process, so that it can be ended; it begins and ends with the same calls each time. */
const listed = (env: Record<string, string>) =>
  runProgram('pkcs11-tool', ['--module', testModule(), '-L'], { env: { ...bench.folder.env, ...env } })

test('a process ends before a call or after it, and the log tells how far it came', async () => {
  for (const [how, moment] of [
    ['kill', 'begin'],
    ['kill after', 'begin'],
  ]) {
    const log = `${bench.folder.dir}/${how}.log`
    const { signal } = await listed(scriptEnv([`C_GetTokenInfo 1 ${how}`], { log }))
    const last = loggedCalls(log).at(-1)!
    assert.deepEqual([signal, last.name, last.moment], ['SIGKILL', 'C_GetTokenInfo', moment])
    assert.equal(loggedCalls(log)[1]?.result, 'CKR_OK')
  }
})

test('several processes count together where that is asked', async () => {
  const counters = `${bench.folder.dir}/counters`
  const runs = []
  for (let run = 0; run < 3; run++) runs.push(await listed(scriptEnv(['C_Initialize 2 kill'], { counters })))
  assert.deepEqual(
    runs.map(({ signal }) => signal),
    [null, 'SIGKILL', null],
  )
})

test('a script that says nothing sensible is no module', async () => {
  for (const line of ['C_Nonsense * hang', 'C_Sign x hang', 'C_Sign * hung', 'C_Sign * says what']) {
    const { signal, stderr } = await listed({ KEYRITE_MODULE_SCRIPT: line })
    assert.deepEqual([signal, /^test module: /.test(stderr)], ['SIGABRT', true], line)
  }
})
