// The parts of the HSM room that need no token: checked values, PINs, templates, types, public keys and names of errors.
import assert from 'node:assert/strict'
import { type createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { toBase32 as base32 } from '../../src/domain/encoding.ts'
import type { KeyType } from '../../src/domain/keys.ts'
import { escaped } from '../../src/domain/names.ts'
import { derivedLength } from '../../src/domain/pins.ts'
import { Dialect, type Fit } from '../../src/host/keys/dialects.ts'
import { inParallelSessions } from '../../src/host/keys/lanes.ts'
import { Throttle } from '../../src/host/keys/pace.ts'
import { flagsTemplate } from '../../src/host/keys/templates.ts'
import { calling } from '../../src/host/native/binding.ts'
import { ckrName, Pkcs11Error } from '../../src/host/native/ckr.ts'
import { CKA, CKK, FLAG } from '../../src/host/native/constants.ts'
import { typesOf } from '../../src/host/native/mechanisms.ts'
import { readAttributes } from '../../src/host/native/reading.ts'
import { publicTemplate, spkiOf } from '../../src/host/native/spki.ts'
import type { Session, Template } from '../../src/host/native/values.ts'
import { freshQuery, freshTemplate, fromUlong, handle, ulong32, ulongArray } from '../../src/host/native/values.ts'
import { pinText } from '../../src/host/pin.ts'
import type { User } from '../../src/host/user.ts'

describe('a native call gets', () => {
  const unfit: [string, () => unknown][] = [
    ['no attribute without a type', () => freshTemplate([[undefined as unknown as number, true]])],
    ['no attribute without a value', () => freshTemplate([[1, undefined as unknown as boolean]])],
    ['no date', () => freshTemplate([[0x110, new Date() as unknown as string]])],
    ['no ArrayBuffer', () => freshTemplate([[3, new ArrayBuffer(8) as unknown as Uint8Array]])],
    ['no number of more than 32 bits', () => freshTemplate([[CKA.VALUE_LEN, 2 ** 32 + 32]])],
    ['no negative number', () => ulong32(-1, 'count')],
    ['no fraction', () => ulong32(1.5, 'count')],
    ['no query without a type', () => freshQuery([undefined as unknown as number])],
    ['no handle that is none', () => handle(undefined as unknown as Session)],
    ['no handle of another size', () => handle(Buffer.alloc(5) as Session)],
    ['no flag that does not exist', () => flagsTemplate({ ENCRPYT: true })],
  ]
  for (const [what, call] of unfit) test(what, () => assert.throws(call, TypeError))

  test('a fresh template each time: the native side writes into it', () => {
    const template: Template = [[CKA.ID, Buffer.from('id')]]
    const first = freshTemplate(template)
    first[0]!.value = Buffer.from('written')
    assert.deepEqual(freshTemplate(template), [{ type: CKA.ID, value: Buffer.from('id') }])
  })

  test('numbers in the machine’s own layout', () => {
    assert.equal(fromUlong(ulongArray(8, 0x210a)), 0x210a)
    assert.equal(fromUlong(ulongArray(4, 0x210a)), 0x210a)
    assert.equal(ulongArray(8, 1, 2).length, 16)
  })
})

describe('an error of the module', () => {
  const failing = (error: unknown) => () =>
    calling('C_Sign', () => {
      throw error
    })

  test('is known by its number, wherever pkcs11js puts it', () => {
    const expected = { fn: 'C_Sign', number: 0x1b, message: 'C_Sign: CKR_ACTION_PROHIBITED (0x1b)' }
    assert.throws(failing(Object.assign(new Error('CKR_VENDOR_DEFINED'), { code: 27 })), expected)
    assert.throws(failing(new Error('CKR_VENDOR_DEFINED:27')), expected)
  })

  test('is a mistake of ours when it has none', () => {
    assert.throws(failing(new TypeError('Argument 0 has wrong type')), TypeError)
    assert.throws(failing(Object.assign(new Error('odd'), { code: 0 })), /^Error: odd$/)
  })

  test('has the name of 2.40 or 3.x, or its number', () => {
    assert.equal(ckrName(0xa0), 'CKR_PIN_INCORRECT')
    assert.equal(ckrName(0x140), 'CKR_CURVE_NOT_SUPPORTED')
    assert.equal(ckrName(0x80000042), 'CKR_0x80000042')
  })
})

describe('attributes are read', () => {
  const has = new Map([
    [1, Buffer.from('a')],
    [2, Buffer.from('b')],
  ])
  const batch = (calls: number[][]) => (types: readonly number[]) => {
    calls.push([...types])
    if (types.some((type) => !has.has(type))) throw new Pkcs11Error('C_GetAttributeValue', 0x12)
    return types.map((type) => ({ type, value: has.get(type)! }))
  }

  test('in one call where all are there', () => {
    const calls: number[][] = []
    assert.deepEqual(readAttributes(batch(calls), [1, 2]), has)
    assert.deepEqual(calls, [[1, 2]])
  })

  test('one by one where some are missing, and the missing are left out', () => {
    assert.deepEqual(readAttributes(batch([]), [1, 2, 3]), has)
  })

  test('not at all when the device is gone', () => {
    const gone = () => {
      throw new Pkcs11Error('C_GetAttributeValue', 0x30)
    }
    assert.throws(() => readAttributes(gone, [1]), { ckr: 'CKR_DEVICE_ERROR' })
  })
})

describe('a PIN', () => {
  const twenty = () => ({ bytes: Uint8Array.from({ length: 20 }, (_, i) => i * 13), form: 'derived' as const })
  const whole = base32(twenty().bytes)

  test('is base32 of RFC 4648 in lower case', () => {
    const vectors = {
      '': '',
      f: 'my',
      fo: 'mzxq',
      foo: 'mzxw6',
      foob: 'mzxw6yq',
      fooba: 'mzxw6ytb',
      foobar: 'mzxw6ytboi',
    }
    for (const [text, encoded] of Object.entries(vectors)) assert.equal(base32(Buffer.from(text)), encoded)
    assert.equal(whole.length, 32)
  })

  test('is cut to the limit of the token, prefix included', () => {
    assert.equal(pinText(twenty(), { min: 4, max: 24 }, ''), whole.slice(0, 24))
    assert.equal(pinText(twenty(), { min: 4, max: 24 }, '0001'), `0001${whole.slice(0, 20)}`)
  })

  test('is whole where the token says nothing sensible of a limit', () => {
    for (const max of [0, 3, 0xffff_ffff, 255]) assert.equal(pinText(twenty(), { min: 4, max }, ''), whole)
  })

  test('SHORT-PIN: is refused below 16 characters, unless that is accepted; how short it is is said in bits', () => {
    const limit = { min: 4, max: 8 }
    const accepted = ['short-pin']
    assert.throws(() => derivedLength(limit), {
      code: 'SHORT-PIN',
      exit: 4,
      message: /: 40 bits, where 80 are needed$/,
    })
    assert.equal(derivedLength(limit, { accepted }), 8)
    assert.throws(() => derivedLength({ min: 4, max: 18 }, { prefix: '0001' }), { code: 'SHORT-PIN' })
    assert.throws(() => derivedLength(limit, { prefix: 'name1234:', accepted }), { code: 'SHORT-PIN' })
    assert.equal(pinText(twenty(), limit, ''), whole.slice(0, 8))
  })

  test('LONG-PIN: is refused where the token takes longer ones alone', () => {
    assert.throws(() => pinText(twenty(), { min: 33, max: 64 }, ''), { code: 'LONG-PIN', exit: 4 })
    assert.equal(pinText(twenty(), { min: 33, max: 64 }, '1'), `1${whole}`)
    for (const limit of [
      { min: 33, max: 20 },
      { min: 0xffff_ffff, max: 0 },
    ])
      assert.equal(pinText(twenty(), limit, ''), whole)
  })

  test('that was typed stays as it is, and its bytes are wiped', () => {
    const bytes = Uint8Array.from(Buffer.from('grün 12'))
    assert.equal(pinText({ bytes, form: 'text' }, { min: 4, max: 4 }, '0001'), 'grün 12')
    assert.ok(bytes.every((byte) => byte === 0))
  })
})

describe('a template', () => {
  const template = flagsTemplate({ COPYABLE: false, SIGN: true })
  const extras = flagsTemplate({ SIGN_RECOVER: false })

  test('claims nothing that the token alone decides', () => {
    assert.deepEqual(
      flagsTemplate({ LOCAL: true, ALWAYS_SENSITIVE: true, NEVER_EXTRACTABLE: true, TRUSTED: false }),
      [],
    )
    assert.equal(flagsTemplate({ TRUSTED: true }).length, 1)
  })

  const failing = (number: number) => () => {
    throw new Pkcs11Error('C_GenerateKey', number)
  }

  /** A token that has no word for these. */
  const lacking = (...lacks: number[]) => {
    const tried: number[] = []
    const make = (fit: Fit): number => {
      const { length } = fit([...template, ...extras]).filter(([type]) => lacks.includes(type))
      tried.push(length)
      return length > 0 ? failing(0x10)() : tried.length
    }
    return { make, tried }
  }

  test('is given whole, then without what the token does not know and no more, and that is remembered for the call', () => {
    const dialect = new Dialect()
    const { make, tried } = lacking(FLAG.COPYABLE, FLAG.SIGN_RECOVER)
    dialect.try('generate', make)
    const asked = tried.length
    dialect.try('generate', make)
    assert.equal(tried.length, asked + 1)
    assert.deepEqual(dialect.unknown, { generate: ['COPYABLE', 'SIGN_RECOVER'], create: [], unwrap: [] })
    assert.deepEqual(dialect.fit('unwrap')(template), template)
    assert.equal(
      new Dialect({ unknown: dialect.unknown }).try('generate', lacking(FLAG.COPYABLE, FLAG.SIGN_RECOVER).make),
      1,
    )
  })

  test('keeps what protects a key, is not tried again after another error, and the first error is the one that is told', () => {
    assert.throws(() => new Dialect().try('create', lacking(FLAG.SIGN).make), { number: 0x10 })
    assert.throws(() => new Dialect().try('unwrap', failing(0x30)), { number: 0x30 })
  })
})

const long = (number: number) => ulongArray(8, number)

test('a type is told by attributes: one, none, or two where the length is not told', () => {
  const rsa = (bits: number, zeros = 0) =>
    Buffer.concat([Buffer.alloc(zeros), Buffer.from([0x80]), Buffer.alloc(bits / 8 - 1)])
  const rows: [[number, Buffer][], KeyType[]][] = [
    [
      [
        [CKA.KEY_TYPE, long(CKK.AES)],
        [CKA.VALUE_LEN, long(32)],
      ],
      ['aes-256'],
    ],
    [
      [
        [CKA.KEY_TYPE, long(CKK.AES)],
        [CKA.VALUE_LEN, long(25)],
      ],
      [],
    ],
    [
      [
        [CKA.KEY_TYPE, long(CKK.AES)],
        [CKA.VALUE_LEN, long(0)],
      ],
      ['aes-256', 'aes-192', 'aes-128'],
    ],
    [[[CKA.KEY_TYPE, long(CKK.AES)]], []],
    [[[CKA.KEY_TYPE, long(CKK.DES2)]], ['tdes-112']],
    [[[CKA.KEY_TYPE, long(CKK.DES3)]], ['tdes-168']],
    [
      [
        [CKA.KEY_TYPE, long(CKK.SHA256_HMAC)],
        [CKA.VALUE_LEN, long(32)],
      ],
      ['hmac-sha256'],
    ],
    [
      [
        [CKA.KEY_TYPE, long(CKK.GENERIC_SECRET)],
        [CKA.VALUE_LEN, long(0)],
      ],
      ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'],
    ],
    [
      [
        [CKA.KEY_TYPE, long(CKK.SHA384_HMAC)],
        [CKA.VALUE_LEN, long(0)],
      ],
      ['hmac-sha384'],
    ],
    [
      [
        [CKA.KEY_TYPE, long(CKK.RSA)],
        [CKA.MODULUS, rsa(3072, 1)],
      ],
      ['rsa-3072'],
    ],
    [
      [
        [CKA.KEY_TYPE, long(CKK.RSA)],
        [CKA.MODULUS, rsa(1024)],
      ],
      [],
    ],
    [
      [
        [CKA.KEY_TYPE, long(CKK.EC)],
        [CKA.EC_PARAMS, Buffer.from('06052b81040022', 'hex')],
      ],
      ['ec-p384'],
    ],
    [
      [
        [CKA.KEY_TYPE, long(CKK.EC)],
        [CKA.EC_PARAMS, Buffer.from('06052b8104000a', 'hex')],
      ],
      [],
    ],
    [[[CKA.KEY_TYPE, long(CKK.EC)]], []],
    [[], []],
  ]
  for (const [seen, types] of rows) assert.deepEqual(typesOf(new Map(seen)), types)
})

describe('a public key', () => {
  const made: [KeyType, () => Buffer][] = [
    ['rsa-2048', () => der(generateKeyPairSync('rsa', { modulusLength: 2048 }))],
    ['ec-p256', () => der(generateKeyPairSync('ec', { namedCurve: 'P-256' }))],
    ['ec-p384', () => der(generateKeyPairSync('ec', { namedCurve: 'P-384' }))],
    ['ed25519', () => der(generateKeyPairSync('ed25519'))],
  ]
  const der = ({ publicKey }: { publicKey: ReturnType<typeof createPublicKey> }) =>
    publicKey.export({ format: 'der', type: 'spki' })
  const asSeen = (type: KeyType, spki: Buffer, form: 'der' | 'bare') =>
    new Map(publicTemplate(type, spki, form).map(([number, value]) => [number, Buffer.from(value as Uint8Array)]))

  for (const [type, make] of made) {
    test(`of ${type} goes to attributes and back`, () => {
      const spki = make()
      for (const form of ['der', 'bare'] as const)
        assert.deepEqual(Buffer.from(spkiOf(type, asSeen(type, spki, form))!), spki)
      assert.equal(asSeen(type, spki, 'bare').get(CKA.EC_POINT)?.length === 32, type === 'ed25519')
    })
  }

  test('is understood with a bare point as well', () => {
    const spki = made[1]![1]()
    const seen = asSeen('ec-p256', spki, 'der')
    seen.set(CKA.EC_POINT, seen.get(CKA.EC_POINT)!.subarray(2))
    assert.deepEqual(Buffer.from(spkiOf('ec-p256', seen)!), spki)
  })

  test('that is none is none: off the curve, cut, or missing', () => {
    const seen = asSeen('ec-p256', made[1]![1](), 'der')
    const point = seen.get(CKA.EC_POINT)!
    for (const bad of [Buffer.alloc(67, 4), point.subarray(0, 40), Buffer.alloc(0)]) {
      assert.equal(spkiOf('ec-p256', new Map([...seen, [CKA.EC_POINT, bad]])), undefined)
    }
    assert.equal(spkiOf('rsa-2048', new Map()), undefined)
  })
})

test('text of a library is made harmless', () => {
  assert.equal(escaped('a\u001b[2Jb\r\u202e'), 'a\\u{1b}[2Jb\\u{d}\\u{202e}')
})

describe('work in parallel sessions', () => {
  const bare = Buffer.alloc(8)
  const user = { lib: { openSession: () => bare, closeSession: () => undefined }, slot: bare, session: bare }
  const throttle = () => new Throttle({ report: () => undefined, isAlone: () => false, leave: () => undefined })

  test('is told by the first failure in time, whichever session had it: later failures may follow from it', async () => {
    const started: number[] = []
    let goOn: () => void
    const afterwards = new Promise<void>((resolve) => (goOn = resolve))
    const fails = async (_: unknown, item: number) => {
      started.push(item)
      // The others once whatever comes of this failure has come of it.
      if (item === 2) setImmediate(() => goOn())
      else await afterwards
      if (item === 0 || item === 2) throw new Pkcs11Error('C_GenerateKey', item === 2 ? 0x30 : 0xb3)
    }
    const items = Array.from({ length: 20 }, (_, i) => i)
    await assert.rejects(inParallelSessions(user as unknown as User, items, fails, throttle()), { number: 0x30 })
    assert.deepEqual(started, [0, 1, 2, 3])
  })
})
