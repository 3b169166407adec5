// What a token itself keeps, tried by plain PKCS#11 calls on a token with PINs that everybody knows: nothing of the program under test takes
// part, but that it says how a library is bound. A process of its own, as modules crash: its arguments are a library, parameters and the
// present SO PIN; it prints JSON.
import { createCipheriv, randomBytes } from 'node:crypto'
import pkcs11js from 'pkcs11js'
import { bindToOwnLibraries } from '../../src/host/native/own-symbols.ts'

export const RULES = {
  sensitive: 'keeps: SENSITIVE is not read',
  notExtractable: 'keeps: not EXTRACTABLE, not wrapped',
  wrapWithTrusted: 'keeps: WRAP_WITH_TRUSTED',
  userTrusted: 'keeps: TRUSTED is not the user’s to set',
  application: 'can be an application token',
} as const

export type Rule = keyof typeof RULES
/** `weak`: it isn't kept; `no`: it can't be done; `none`: it could not be tried. */
export type Verdict = { is: 'works' } | { is: 'weak' | 'refused' | 'none'; why: string }

const SO = '87654321'
const USER = '12345678'
const OLD = SO
const NEW_SO = '18273645'
const P = pkcs11js
const READ_WRITE = P.CKF_SERIAL_SESSION | P.CKF_RW_SESSION

type Attributes = Record<string, boolean | number | Buffer | string>

const numbers = pkcs11js as unknown as Record<string, number>
const CKA_WRAP_WITH_TRUSTED = 0x210
const numberOf = (name: string): number =>
  name === 'WRAP_WITH_TRUSTED' ? CKA_WRAP_WITH_TRUSTED : numbers[`CKA_${name}`]!
const template = (attributes: Attributes) =>
  Object.entries(attributes).map(([name, value]) => ({ type: numberOf(name), value }))

/** A session object of a user; each attribute that a token might refuse is stated by whoever wants it. */
const KEY: Attributes = { CLASS: P.CKO_SECRET_KEY, KEY_TYPE: P.CKK_AES, TOKEN: false, PRIVATE: true, SENSITIVE: true }

class Trial {
  constructor(
    readonly lib: pkcs11js.PKCS11,
    readonly session: Buffer,
  ) {}

  generate(attributes: Attributes): Buffer {
    return this.lib.C_GenerateKey(
      this.session,
      { mechanism: P.CKM_AES_KEY_GEN },
      template({ ...KEY, VALUE_LEN: 32, ...attributes }),
    )
  }

  create(value: Buffer, attributes: Attributes): Buffer {
    return this.lib.C_CreateObject(this.session, template({ ...KEY, VALUE: value, ...attributes }))
  }

  read(key: Buffer, name: string): Buffer {
    return this.lib.C_GetAttributeValue(this.session, key, [{ type: numberOf(name) }])[0]!.value as Buffer
  }

  wrap(kek: Buffer, key: Buffer, mechanism: pkcs11js.Mechanism): Buffer {
    return this.lib.C_WrapKey(this.session, mechanism, kek, key, Buffer.alloc(512))
  }
}

const IV = Buffer.alloc(16, 7)
/** The ways to wrap that node knows too, so that what comes back can be told. */
const WAYS: { mechanism: pkcs11js.Mechanism; cipher: string; iv: Buffer }[] = [
  { mechanism: { mechanism: 0x210b }, cipher: 'id-aes256-wrap-pad', iv: Buffer.from('a65959a6', 'hex') },
  { mechanism: { mechanism: 0x210a }, cipher: 'id-aes256-wrap-pad', iv: Buffer.from('a65959a6', 'hex') },
  { mechanism: { mechanism: 0x2109 }, cipher: 'id-aes256-wrap', iv: Buffer.alloc(8, 0xa6) },
  { mechanism: { mechanism: P.CKM_AES_CBC_PAD, parameter: IV }, cipher: 'aes-256-cbc', iv: IV },
]

const works: Verdict = { is: 'works' }
const weak = (why: string): Verdict => ({ is: 'weak', why })
const refused = (why: string): Verdict => ({ is: 'refused', why })
const untried = (why: string): Verdict => ({ is: 'none', why })

function attempt<T>(act: () => T): { gives: T } | { error: string } {
  try {
    return { gives: act() }
  } catch (error) {
    return { error: (error as Error).message.split('\n')[0]!.replace(/:\d+$/, '') }
  }
}

function sensitive(trial: Trial): Verdict {
  const key = attempt(() => trial.generate({ EXTRACTABLE: true }))
  if ('error' in key) return untried(`no AES key: ${key.error}`)
  const value = attempt(() => trial.read(key.gives, 'VALUE'))
  return 'gives' in value && value.gives.length > 0 ? weak('its value was read') : works
}

/** A key of these attributes must not be wrapped where one without them is. */
function keptFromWrapping(trial: Trial, plain: Attributes, kept: Attributes): Verdict {
  const kek = attempt(() => trial.generate({ WRAP: true }))
  if ('error' in kek) return untried(`no AES key that wraps: ${kek.error}`)
  const way = WAYS.find(
    ({ mechanism }) => 'gives' in attempt(() => trial.wrap(kek.gives, trial.generate(plain), mechanism)),
  )
  if (!way) return untried('it wraps no key at all')
  const key = attempt(() => trial.generate(kept))
  if ('error' in key) return refused(key.error)
  return 'gives' in attempt(() => trial.wrap(kek.gives, key.gives, way.mechanism)) ? weak('the key was wrapped') : works
}

/** Made so, or made and then set so. */
function userTrusted(trial: Trial): Verdict {
  const [made, changed] = [
    () => trial.generate({ WRAP: true, TRUSTED: true }),
    () => {
      const key = trial.generate({ WRAP: true })
      trial.lib.C_SetAttributeValue(trial.session, key, template({ TRUSTED: true }))
      return key
    },
  ]
  const isTrusted = (key: Buffer) => trial.read(key, 'TRUSTED')[0] === 1
  const does = [made, changed].some((way) => {
    const done = attempt(() => isTrusted(way()))
    return 'gives' in done && done.gives
  })
  if (does) return weak('the user made one')
  return 'error' in attempt(() => trial.generate({ WRAP: true })) ? untried('no AES key that wraps') : works
}

/** A key that was wrapped elsewhere comes in, and is from the first moment what it must be. */
function application(trial: Trial): Verdict {
  const value = randomBytes(32)
  const kek = attempt(() => trial.create(value, { UNWRAP: true, SENSITIVE: false }))
  if ('error' in kek) return refused(`C_CreateObject of a key that unwraps: ${kek.error}`)
  const reasons = WAYS.map(({ mechanism, cipher, iv }) => {
    const outside = createCipheriv(cipher, value, iv)
    const blob = Buffer.concat([outside.update(randomBytes(32)), outside.final()])
    // SoftHSM takes nothing after MODIFIABLE = false.
    const wanted = { ...KEY, TOKEN: true, EXTRACTABLE: false, ENCRYPT: true, MODIFIABLE: false }
    const key = attempt(() => trial.lib.C_UnwrapKey(trial.session, mechanism, kek.gives, blob, template(wanted)))
    if ('error' in key) return `C_UnwrapKey: ${key.error}`
    const flags = (['SENSITIVE', 'EXTRACTABLE', 'MODIFIABLE'] as const).map((name) => trial.read(key.gives, name)[0])
    return `${flags}` === '1,0,0'
      ? undefined
      : `it is SENSITIVE ${flags[0]}, EXTRACTABLE ${flags[1]}, MODIFIABLE ${flags[2]}`
  })
  if (reasons.includes(undefined)) return works
  const tried = reasons.find((why) => why?.startsWith('it is')) ?? reasons.find((why) => !why?.includes('MECHANISM'))
  return refused(tried ?? 'no AES key wrap that unwraps')
}

/** A new token with both its PINs, the user logged in. */
function openedBy(lib: pkcs11js.PKCS11, presentPin: string | undefined): Trial {
  const slot = newTokenOf(lib)
  if (presentPin !== '') lib.C_InitToken(slot, presentPin ?? SO, 'rules'.padEnd(32))
  // Some modules give an initialised token another slot.
  const own = lib.C_GetSlotList(true).find((one) => lib.C_GetTokenInfo(one).label.trim() === 'rules') ?? slot
  const session = lib.C_OpenSession(own, READ_WRITE)
  lib.C_Login(session, P.CKU_SO, presentPin ?? SO)
  if (presentPin === OLD) lib.C_SetPIN(session, OLD, NEW_SO)
  lib.C_InitPIN(session, USER)
  lib.C_Logout(session)
  lib.C_Login(session, P.CKU_USER, USER)
  return new Trial(lib, session)
}

function newTokenOf(lib: pkcs11js.PKCS11): Buffer {
  const slots = lib.C_GetSlotList(true)
  const blank = (slot: Buffer) => {
    const info = attempt(() => lib.C_GetTokenInfo(slot).flags)
    return 'gives' in info && !(info.gives & P.CKF_WRITE_PROTECTED) && !(info.gives & P.CKF_USER_PIN_INITIALIZED)
  }
  const found = slots.filter(blank).at(-1)
  if (!found) throw new Error('there is no token to initialise')
  return found
}

export function tryRules([library, parameters, presentPin]: string[]): Record<Rule, Verdict> {
  // As the program loads it: a module is to use its own OpenSSL.
  bindToOwnLibraries(library!)
  const lib = new pkcs11js.PKCS11()
  lib.load(library!)
  lib.C_Initialize({ flags: P.CKF_OS_LOCKING_OK, ...(parameters && { libraryParameters: parameters }) })
  const opened = attempt(() => openedBy(lib, presentPin))
  if ('error' in opened) return everyRule(untried(`no token with PINs could be made: ${opened.error}`))
  const trial = opened.gives
  const exportable = { EXTRACTABLE: true }
  return {
    sensitive: sensitive(trial),
    notExtractable: keptFromWrapping(trial, exportable, { EXTRACTABLE: false }),
    wrapWithTrusted: keptFromWrapping(trial, exportable, { ...exportable, WRAP_WITH_TRUSTED: true }),
    userTrusted: userTrusted(trial),
    application: application(trial),
  }
}

export const everyRule = (verdict: Verdict): Record<Rule, Verdict> =>
  Object.fromEntries(Object.keys(RULES).map((rule) => [rule, verdict])) as Record<Rule, Verdict>
