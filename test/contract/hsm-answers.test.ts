// What a token answers is not believed for being an answer: errors, lies and nonsense of the module, and what is said and left after each.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { usageAttributes } from '../../src/domain/keys.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { Hsm, KeyFacts, KeySpec, UserSession } from '../../src/hsm/port.ts'
import { scripted } from '../support/module.ts'
import { copyFolder, type TokenFolder } from '../support/softhsm.ts'
import { type Bench, derived, here, loggedIn, makeToken, open, SO, spec, text, USER } from './hsm-bench.ts'

const KEPT = {
  secret: spec('aes-256', ['encrypt', 'decrypt'], 'kept#1'),
  idle: spec('aes-256', ['decrypt'], 'idle#1'),
  pair: spec('ec-p256', ['sign', 'verify'], 'pair#1'),
  other: spec('ec-p256', ['sign', 'verify'], 'other#1'),
}
const ids = Object.values(KEPT).map(({ id }) => id)
const OBJECTS = 6

let bench: Bench
let made: KeyFacts[]
before(async () => {
  bench = here(await makeToken())
  made = await loggedIn(bench, (session) => session.generateKeys(Object.values(KEPT)))
})
after(() => bench.folder.dispose())

/** The token behind the module that does as these lines say. */
const lying = (...lines: string[]): Bench => {
  const { module, env } = scripted(lines)
  return { ...bench, folder: { ...bench.folder, module, env: { ...bench.folder.env, ...env } } as TokenFolder }
}

type Use = (session: UserSession, hsm: Hsm) => Promise<unknown>
type Refusal = { code: string; exit?: number; changed?: boolean; message?: RegExp }

/** The call fails like this. At the end an honest module finds every key as it was. */
async function refused(lines: string[], use: Use, refusal: Refusal): Promise<void> {
  await assert.rejects(
    loggedIn(lying(...lines), (session, hsm) => use(session, hsm)),
    refusal,
    lines.join('; '),
  )
}

const allIsThere = () =>
  loggedIn(bench, async (session) => {
    assert.equal((await session.scan()).private.length, OBJECTS)
    assert.deepEqual(await session.proveKeys(ids), made)
  })

const kek = () => new Secret(Uint8Array.from(KEK))
const KEK = randomBytes(32)
async function withKek<T>(at: Bench, use: (session: UserSession) => Promise<T>): Promise<T> {
  await using hsm = await open(at.folder)
  await using session = await hsm.loginWithKek({ serial: at.serial }, SO(), USER(), kek())
  return await use(session)
}

describe('an error is no absence', () => {
  after(allIsThere)

  const ERRORS = ['CKR_GENERAL_ERROR', 'CKR_FUNCTION_FAILED', 'CKR_DEVICE_ERROR', 'CKR_OBJECT_HANDLE_INVALID']
  for (const error of ERRORS) {
    test(`${error} of a read stops, and takes nothing to be incomplete`, async () => {
      const hiccup = (count: string) => [`C_GetAttributeValue ${count} return ${error}`]
      const secret = `C_GetAttributeValue * return ${error} if CKA_LABEL=kept#1`
      const told = { code: error, exit: 4, changed: false, message: /^C_GetAttributeValue: / }
      await refused(hiccup('3'), (session) => session.readKeys(ids), told)
      await refused([secret], (session) => session.readKeys(ids), told)
      await refused([secret], (session) => session.scan(), told)
      await refused(hiccup('1..8'), (session) => session.clearIncompleteObjects([]), told)
    })
  }

  test('CKR_ATTRIBUTE_VALUE_INVALID, which SoftHSM says of what has no class yet, stops where the class is told', () =>
    refused(['C_GetAttributeValue 2 return CKR_ATTRIBUTE_VALUE_INVALID'], (session) => session.readKeys(ids), {
      code: 'CKR_ATTRIBUTE_VALUE_INVALID',
    }))

  test('a check value that fails is no key without a value', () =>
    refused(['C_EncryptInit 1 return CKR_MECHANISM_INVALID'], (session) => session.readKeys(ids), {
      code: 'CKR_MECHANISM_INVALID',
    }))

  test('a name that is empty once is looked at twice before anything goes', () =>
    loggedIn(
      lying(
        'C_GetAttributeValue 1..2 says CKA_LABEL=text: if asks=CKA_LABEL',
        'C_GetAttributeValue 1..2 says CKA_ID=text: if asks=CKA_LABEL',
        'C_GetAttributeValue 1..2 says CKA_TOKEN=false if asks=CKA_LABEL',
      ),
      async (session) => assert.equal(await session.clearIncompleteObjects([]), 0),
    ))

  test('a search that was cut off is no loss', async () => {
    const told = { code: 'TWO-LOOKS', exit: 4 }
    await refused(['C_FindObjects 1 cut 0'], (session) => session.readKeys(ids), told)
    await refused(['C_FindObjects 1 cut 3'], (session) => session.readKeys(ids), told)
    await refused(['C_FindObjects 1 cut 0'], (session) => session.readKeys([ids[0]!]), told)
  })

  test('too few sessions are fewer sessions, and another error is an error', async () => {
    const many = Array.from({ length: 8 }, (_, i) => spec('aes-256', ['encrypt'], `many-${i}#1`))
    const opening = ['C_OpenSession * return CKR_DEVICE_ERROR if sessions=1']
    const making = loggedIn(lying(...opening), (session) => session.generateKeys(many))
    await assert.rejects(making, { code: 'CKR_DEVICE_ERROR', message: /^C_OpenSession: / })
    await loggedIn(bench, (session) => session.destroyKeys(many.map(({ id }) => id)))
  })
})

describe('CKR_OK is no proof', () => {
  after(allIsThere)

  const MAKING = 'C_GenerateKey,C_GenerateKeyPair'
  const WEAK: [string, string[], KeySpec, RegExp][] = [
    [
      'a key that may leave the token',
      [`${MAKING} * makes CKA_EXTRACTABLE=true`],
      notExtractable(),
      /EXTRACTABLE is true/,
    ],
    [
      'a key that was outside',
      ['C_GetAttributeValue * says CKA_LOCAL=false'],
      spec('ec-p256', ['sign']),
      /LOCAL is false/,
    ],
    [
      'a key that can be read',
      [`${MAKING} * makes CKA_SENSITIVE=false`],
      spec('aes-256', ['encrypt']),
      /SENSITIVE is false/,
    ],
    [
      'a key that may be wrapped by anyone',
      [`${MAKING} * drops CKA_WRAP_WITH_TRUSTED`],
      spec('aes-256', ['encrypt']),
      /WRAP_WITH/,
    ],
    [
      'a key that may be copied',
      [`${MAKING} * makes CKA_COPYABLE=true`],
      spec('hmac-sha256', ['sign']),
      /COPYABLE is true/,
    ],
    [
      'a key that can never be changed',
      [`${MAKING} * makes CKA_MODIFIABLE=false`],
      spec('aes-256', ['encrypt']),
      /MODIFIABLE/,
    ],
    [
      'a key for more than it was made for',
      [`${MAKING} * makes CKA_UNWRAP=true`],
      spec('aes-256', ['encrypt']),
      /UNWRAP is true/,
    ],
    ['a shorter key', ['C_GenerateKey * makes CKA_VALUE_LEN=16'], spec('aes-256', ['encrypt']), /its type is aes-128/],
    ['a smaller modulus', ['C_GenerateKeyPair * makes CKA_MODULUS_BITS=2048'], spec('rsa-3072', ['sign']), /rsa-2048/],
    ['another name', [`${MAKING} * makes CKA_LABEL=other`], spec('aes-256', ['encrypt']), /its label is another/],
    [
      'a flag that the token does not tell',
      ['C_GetAttributeValue * misses CKA_EXTRACTABLE'],
      spec('aes-256', ['encrypt']),
      /not told/,
    ],
    [
      'flags that stay as they were',
      ['C_SetAttributeValue * nothing'],
      spec('ec-p384', ['derive']),
      /private SIGN is true/,
    ],
  ]
  for (const [what, lines, key, message] of WEAK) {
    test(`KEY-AS-ASKED: ${what} is named by the difference, and goes`, () =>
      refused(lines, (session) => session.generateKeys([key]), { code: 'KEY-AS-ASKED', exit: 4, message }))
  }

  test('KEY-ANSWERS: a private key that does not belong to its public key is no key', async () => {
    const answer = ['C_Sign * flip']
    const told = { code: 'KEY-ANSWERS', exit: 5 }
    for (const usages of [['sign'], ['derive']] as const)
      await refused(answer, (session) => session.generateKeys([spec('ec-p256', usages)]), told)
    await refused(answer, (session) => session.generateKeys([spec('rsa-2048', ['decrypt'])]), told)
  })

  test('a change of usage without effect is told', () =>
    refused(
      ['C_SetAttributeValue * nothing'],
      (session) => session.setUsage(KEPT.secret.id, usageAttributes('aes-256', [])),
      { code: 'KEY-AS-ASKED', message: /ENCRYPT is true/ },
    ))

  test('a key that is destroyed without effect is told', () =>
    refused(['C_DestroyObject * nothing'], (session) => session.destroyKeys([KEPT.secret.id]), { code: 'MODULE-DATA' }))

  test('a flag that was lent for a check value goes off again, or that is told as a change', async () => {
    const back = ['C_SetAttributeValue 2 nothing']
    const own = copyFolder(bench.folder.dir)
    const { module, env } = scripted(back)
    const at = { ...bench, folder: { ...own, module, env: { ...own.env, ...env } } as TokenFolder }
    await assert.rejects(
      loggedIn(at, (session) => session.proveKeys([KEPT.idle.id])),
      { code: 'KEY-AS-ASKED', changed: true, message: /SIGN/ },
    )
    own.dispose()
    await refused(['C_Sign 1 return CKR_DEVICE_ERROR'], (session) => session.proveKeys([KEPT.idle.id]), {
      code: 'CKR_DEVICE_ERROR',
    })
  })

  test('a head that was not made, or reads back as another, is told', async () => {
    await refused(['C_CreateObject * nothing'], (session) => session.createHead('{}'), {
      code: 'CKR_OBJECT_HANDLE_INVALID',
    })
    await loggedIn(bench, (session) => session.createHead('{"seq":1}'))
    const unread = ['C_GetAttributeValue * misses CKA_VALUE']
    await assert.rejects(
      loggedIn(lying(...unread), (session) => session.heads()),
      { code: 'MODULE-DATA' },
    )
    await loggedIn(bench, (session) => session.dropHeads(['{"seq":1}']))
  })

  test('a backup KEK that would rest on the token is no KEK', async () => {
    const resting = ['C_CreateObject * makes CKA_TOKEN=true if asks=CKA_WRAP']
    await assert.rejects(
      withKek(lying(...resting), async () => undefined),
      { code: 'KEK-AS-ASKED' },
    )
  })

  test('a blob that holds another key than was asked for shows as that', () =>
    withKek(lying('C_WrapKey * object CKA_LABEL=other#1 if CKA_LABEL=pair#1'), async (session) => {
      const blobs = await session.wrapKeys(ids)
      const found = blobs.map((blob) => ('fingerprint' in blob ? blob.fingerprint : blob.error))
      assert.deepEqual(found, [made[0]!.fingerprint, made[1]!.fingerprint, '', made[3]!.fingerprint])
    }))
})

describe('a handle may be of another object than was asked for', () => {
  after(allIsThere)

  test('what was made is not taken for a key that was there, which stays', async () => {
    for (const [key, victim, code, objects] of [
      [spec('aes-256', ['encrypt'], 'new#1'), 'kept#1', 'KEY-AS-ASKED', 1],
      [spec('ec-p256', ['derive'], 'new#1'), 'pair#1', 'OBJECT-ANOTHER', 2],
    ] as const) {
      const lie = `C_GenerateKey,C_GenerateKeyPair * gives CKA_LABEL=${victim}`
      await assert.rejects(
        loggedIn(lying(lie), (session) => session.generateKeys([key])),
        { code, changed: true },
      )
      assert.equal(await loggedIn(bench, (session) => session.destroyKeys([key.id])), objects)
    }
  })

  const SEARCHES: [string, Use][] = [
    ['destroyed', (session) => session.destroyKeys([KEPT.idle.id])],
    ['changed', (session) => session.setUsage(KEPT.idle.id, usageAttributes('aes-256', ['encrypt']))],
    ['proved', (session) => session.proveKeys([KEPT.idle.id])],
  ]
  for (const [what, use] of SEARCHES)
    test(`SEARCH-TRUE: nothing that was not searched for is ${what}`, () =>
      refused(['C_FindObjects * gives CKA_LABEL=kept#1'], use, { code: 'SEARCH-TRUE', exit: 4, changed: false }))

  test('a blob is not opened into a key that is there', async () => {
    for (const victim of ['kept#1', 'pair#1']) {
      const blobs = await withKek(lying(`C_UnwrapKey * gives CKA_LABEL=${victim}`), (session) => session.wrapKeys(ids))
      assert.ok(blobs.some((blob) => 'error' in blob && blob.error.includes(`the token gave ${victim} in place of`)))
    }
  })

  test('KEK-AS-ASKED: a backup KEK that is another than the shares give wraps nothing', async () => {
    for (const lie of [
      'C_CreateObject * gives CKA_LABEL=kept#1',
      'C_CreateObject * makes CKA_VALUE=text:0123456789abcdef if asks=CKA_TRUSTED',
    ])
      await assert.rejects(
        withKek(lying(lie), async () => undefined),
        { code: 'KEK-AS-ASKED', exit: 4 },
        lie,
      )
  })

  test('TWO-LOOKS: a key that says nothing of itself for a while is not incomplete', async () => {
    const known = ids.map((id, i) => ({ id, objects: i < 2 ? (1 as const) : (2 as const) }))
    const told = { code: 'TWO-LOOKS', exit: 4, changed: false }
    const silent = ['C_GetAttributeValue * return CKR_ATTRIBUTE_VALUE_INVALID if CKA_LABEL=kept#1']
    const blank = ['LABEL=text:', 'ID=text:', 'TOKEN=false'].map(
      (said) => `C_GetAttributeValue * says CKA_${said} if CKA_LABEL=kept#1`,
    )
    for (const lines of [silent, blank]) await refused(lines, (session) => session.clearIncompleteObjects(known), told)
  })
})

/** As `--no-backup` asks for it. */
function notExtractable(): KeySpec {
  const key = spec('aes-256', ['encrypt'])
  return { ...key, attributes: { ...key.attributes, EXTRACTABLE: false, WRAP_WITH_TRUSTED: false } }
}

describe('what can not be', () => {
  after(allIsThere)

  const NONSENSE: [string, string, Use][] = [
    ['a class of three bytes', 'C_GetAttributeValue * says CKA_CLASS=text:abc', (session) => session.scan()],
    ['a flag of two bytes', 'C_GetAttributeValue * claims CKA_SIGN 2', (session) => session.readKeys(ids)],
    ['a list that goes round', 'C_FindObjects * repeat', (session) => session.scan()],
    ['a check value longer than its buffer', 'C_Encrypt * length 100000', (session) => session.readKeys(ids)],
    ['no signature', 'C_Sign * cut 0', (session) => session.proveKeys([KEPT.pair.id])],
  ]
  for (const [what, line, use] of NONSENSE) {
    test(`${what} is told with the name of the call`, () =>
      refused([line], use, { code: 'MODULE-DATA', exit: 4, message: /^C_\w+: CKR_OK, but it / }))
  }

  test('a point that is on no curve makes no key, and no bug', () =>
    refused(
      ['C_GetAttributeValue * says CKA_EC_POINT=text:nonsense'],
      (session) => session.generateKeys([spec('ec-p256', ['sign'])]),
      { code: 'KEY-UNREADABLE', exit: 4 },
    ))

  test('a class that is the module itself is no object of the token', () =>
    loggedIn(lying('C_GetAttributeValue * says CKA_CLASS=7 if CKA_LABEL=kept#1'), async (session) =>
      assert.equal((await session.scan()).private.length, OBJECTS - 1),
    ))

  test('a signature that has always the same length is given that room, and no more', () =>
    loggedIn(lying('C_Sign * return CKR_ARGUMENTS_BAD if room=1024'), async (session) => {
      assert.equal((await session.proveKeys([KEPT.pair.id])).length, 1)
    }))

  test('a name that is not UTF-8 is a name', () =>
    loggedIn(lying('C_GetAttributeValue * says CKA_LABEL=\\xff\\xfe'), async (session) =>
      assert.ok((await session.scan()).private.every(({ label }) => label.includes('\ufffd'))),
    ))
})

describe('tokens', () => {
  const fresh = async () => here(await makeToken('fresh'))
  const at = ({ folder, serial }: Bench, ...lines: string[]): Bench => {
    const { module, env } = scripted(lines)
    return { serial, folder: { ...folder, module, env: { ...folder.env, ...env } } as TokenFolder }
  }

  test('PIN-AS-ASKED: a PIN that was set without effect is told', async () => {
    const own = await fresh()
    const setting = async (...lines: string[]) => {
      await using hsm = await open(at(own, ...lines).folder)
      await hsm.setPins({ serial: own.serial }, SO(), derived('so 2'), derived('user 2'))
    }
    const told = (message: RegExp) => ({ code: 'PIN-AS-ASKED', exit: 4, changed: true, message })
    await assert.rejects(setting('C_SetPIN * nothing'), told(/^C_SetPIN: CKR_OK, but the new SO PIN /))
    await assert.rejects(setting('C_SetPIN,C_InitPIN * nothing'), told(/SO PIN/))
    await setting('C_InitPIN 2 nothing')
    own.folder.dispose()
  })

  test('TOKEN-AS-ASKED: a token that was initialised without effect is told', async () => {
    const own = await fresh()
    await using hsm = await open(at(own, 'C_InitToken * nothing').folder)
    const [slot] = await hsm.slots()
    await assert.rejects(hsm.initToken(slot!.slot, SO(), 'fresh', slot!.token!), {
      code: 'TOKEN-AS-ASKED',
      changed: true,
      message: /user PIN still/,
    })
    own.folder.dispose()
  })

  test('one that is sick hides no others', async () => {
    const own = await fresh()
    await using hsm = await open(at(own, 'C_GetTokenInfo 2 return CKR_DEVICE_ERROR').folder)
    const [first, second] = await hsm.slots()
    assert.equal(first!.token?.serial, own.serial)
    assert.deepEqual([second!.token, second!.fault], [undefined, 'C_GetTokenInfo: CKR_DEVICE_ERROR (0x30)'])
    await using other = await open(at(own, 'C_GetSlotInfo 1 return CKR_GENERAL_ERROR').folder)
    assert.deepEqual(
      (await other.slots()).map(({ fault }) => fault),
      ['C_GetSlotInfo: CKR_GENERAL_ERROR (0x5)', undefined],
    )
    await using third = await open(at(own, 'C_GetTokenInfo * return CKR_DEVICE_ERROR').folder)
    await assert.rejects(third.random({ serial: own.serial }, 16), { code: 'CKR_DEVICE_ERROR' })
    own.folder.dispose()
  })

  test('TWO-TOKENS: of two with one serial none is initialised; a blank one is nobody’s duplicate', async () => {
    const own = await fresh()
    await using hsm = await open(at(own, 'C_GetTokenInfo * info serial=\\x00\\x0001').folder)
    const [, blank] = await hsm.slots()
    assert.deepEqual([blank!.token!.initialised, blank!.token!.serial], [false, '01'])
    await assert.rejects(hsm.initToken(blank!.slot, text('12345678'), 'second'), { code: 'TWO-TOKENS', changed: false })
    assert.equal((await hsm.random({ serial: '01' }, 16)).length, 16)
    own.folder.dispose()
  })

  test('TWO-TOKENS: a serial of zeros names none: those that share it are told apart by their labels', async () => {
    const own = await fresh()
    for (const serial of ['0000000000000000', '']) {
      await using hsm = await open(at(own, `C_GetTokenInfo * info serial=${serial}`).folder)
      const blank = (await hsm.slots()).find(({ token }) => !token!.initialised)!
      const twin = hsm.initToken(blank.slot, text('12345678'), 'fresh')
      await assert.rejects(twin, { code: 'TWO-TOKENS', changed: false, message: /are called fresh/ })
      const { label } = await hsm.initToken(blank.slot, text('12345678'), `second${serial}`)
      assert.equal((await hsm.random({ serial, label }, 16)).length, 16)
      await assert.rejects(hsm.random({ serial, label: 'third' }, 16), { code: 'NO-TOKEN' })
    }
    own.folder.dispose()
  })

  test('a token that is full lacks nothing: the probe says that it is full', async () => {
    await using hsm = await open(lying('C_CreateObject * return CKR_DEVICE_MEMORY').folder)
    const [slot] = await hsm.slots()
    await assert.rejects(hsm.probe(slot!.slot, ['aes-256']), { code: 'CKR_DEVICE_MEMORY', exit: 4 })
  })

  test('random bytes that are all one are none', async () => {
    await using hsm = await open(lying('C_GenerateRandom * zero').folder)
    await assert.rejects(hsm.random({ serial: bench.serial }, 32), { code: 'MODULE-DATA' })
  })
})

describe('the PIN that a role changes by itself', () => {
  const change = (role: 'so' | 'user', ...lines: string[]) => {
    const { folder, serial } = lying(...lines)
    const from = role === 'so' ? SO() : USER()
    return open(folder).then(async (hsm) => {
      await using _ = hsm
      await hsm.changePin({ serial }, role, from, derived('next'))
    })
  }

  test('PIN-AS-ASKED: is not believed to be set where it does not open the role', async () => {
    for (const role of ['so', 'user'] as const)
      await assert.rejects(change(role, 'C_SetPIN * nothing'), { code: 'PIN-AS-ASKED', exit: 4, changed: true })
    await assert.rejects(change('user', 'C_SetPIN * return CKR_DEVICE_ERROR'), {
      code: 'CKR_DEVICE_ERROR',
      changed: true,
    })
  })

  test('PIN-TRIES: is not tried where the token says that one try is left, or none', async () => {
    for (const [role, flag] of [
      ['so', 'CKF_SO_PIN_FINAL_TRY'],
      ['so', 'CKF_SO_PIN_LOCKED'],
      ['user', 'CKF_USER_PIN_FINAL_TRY'],
      ['user', 'CKF_USER_PIN_LOCKED'],
    ] as const)
      await assert.rejects(change(role, `C_GetTokenInfo * flags ${flag}`), {
        code: 'PIN-TRIES',
        exit: 3,
        changed: false,
      })
    await using hsm = await open(bench.folder)
    assert.deepEqual(
      [
        await hsm.pinOpens({ serial: bench.serial }, 'so', SO()),
        await hsm.pinOpens({ serial: bench.serial }, 'user', USER()),
      ],
      [true, true],
    )
  })
})
