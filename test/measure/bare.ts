// The PKCS#11 calls that a change can't do without, and nothing else: what Keyrite is measured against. A process of its own.
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import pkcs11js from 'pkcs11js'
import { copyAttributes } from '../../src/domain/copy-attributes.ts'
import { attributesFor, usualUsages } from '../../src/domain/keys.ts'
import { oaepBy } from '../../src/host/backup/bring-secret.ts'
import { wanted } from '../../src/host/keys/object-kinds.ts'
import {
  flagsTemplate,
  NO_CHECK_VALUE,
  newSecretTemplate,
  sealedLast,
  secretTemplate,
} from '../../src/host/keys/templates.ts'
import { CKA, CKK, CKM, CKO, CKU, FLAG } from '../../src/host/native/constants.ts'
import { publicTemplate } from '../../src/host/native/spki.ts'
import { freshQuery, freshTemplate, type Template, ulongArray } from '../../src/host/native/values.ts'
import { bareId, KEK_VALUE, LABEL, PIN, SO_PIN } from './bare-pins.ts'

const [what, module, file, number, evidence] = process.argv.slice(2) as [string, string, string, string, string?]
const count = Number(number)
const lib = new pkcs11js.PKCS11()
lib.load(module)
lib.C_Initialize({ flags: 2 })
const slots = lib.C_GetSlotList(true)
const slot = slots.find((one) => lib.C_GetTokenInfo(one).label.trim() === LABEL) ?? slots[0]!

function loggedIn(asSo: (session: Buffer) => void = () => {}): Buffer {
  const session = lib.C_OpenSession(slot, 6)
  asSo(session)
  lib.C_Login(session, CKU.USER, PIN)
  return session
}

/** A file that has its name once it is whole, and on the disk. */
function keep(path: string, content: Buffer): void {
  const draft = openSync(`${path}.part`, 'wx', 0o600)
  writeSync(draft, content)
  fsyncSync(draft)
  closeSync(draft)
  linkSync(`${path}.part`, path)
  unlinkSync(`${path}.part`)
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

const spec = (i: number) => ({ label: `bench-${i}#1`, id: bareId(i), type: 'aes-256' as const, attributes: {} })

const flags = attributesFor('aes-256', usualUsages('aes-256'), true) as Record<string, boolean>

const keyTemplate = (i: number) => freshTemplate([...newSecretTemplate(spec(i), flags), ...NO_CHECK_VALUE])

/** The check value by two block encryptions, and every attribute in one call. */
function look(session: Buffer, key: Buffer): void {
  for (let i = 0; i < 2; i++) encrypted(session, key)
  lib.C_GetAttributeValue(session, key, freshQuery(wanted(CKO.SECRET_KEY, CKK.AES)))
}

const KEK: Template = [
  [CKA.CLASS, CKO.SECRET_KEY],
  [CKA.KEY_TYPE, CKK.AES],
  [CKA.VALUE, KEK_VALUE],
]
const kek = (session: Buffer, its: Record<string, boolean>) =>
  lib.C_CreateObject(session, freshTemplate([...KEK, ...flagsTemplate({ TOKEN: false, SENSITIVE: true, ...its })]))

const KWP = { mechanism: CKM.AES_KEY_WRAP_PAD }
const wrap = (session: Buffer, wrapping: Buffer, key: Buffer) =>
  lib.C_WrapKey(session, KWP, wrapping, key, Buffer.allocUnsafe(8192))

function loggedInWithKek(): { session: Buffer; wrapping: Buffer } {
  let wrapping!: Buffer
  const session = loggedIn((opened) => {
    lib.C_Login(opened, CKU.SO, SO_PIN)
    wrapping = kek(opened, { PRIVATE: false, TRUSTED: true, WRAP: true })
    lib.C_Logout(opened)
  })
  return { session, wrapping }
}

function secretKeys(session: Buffer): Buffer[] {
  const found: Buffer[] = []
  lib.C_FindObjectsInit(session, freshTemplate([[FLAG.PRIVATE, true]]))
  for (let some = lib.C_FindObjects(session, 1000); some.length > 0; some = lib.C_FindObjects(session, 1000))
    found.push(...some)
  lib.C_FindObjectsFinal(session)
  return found
}

/** What is in a blob: for a moment it is an object of the session, of which the check value is taken. */
function opened(session: Buffer, unwrapping: Buffer, blob: Buffer): void {
  const passing = { ...flags, TOKEN: false, EXTRACTABLE: false, ENCRYPT: true }
  const template = freshTemplate([...secretTemplate(spec(0), passing), ...NO_CHECK_VALUE])
  const key = lib.C_UnwrapKey(session, KWP, unwrapping, blob, template)
  for (let i = 0; i < 2; i++) encrypted(session, key)
  lib.C_DestroyObject(session, key)
}

const SESSION = { TOKEN: false, PRIVATE: false, TRUSTED: true, WRAP: true }
const BETWEEN: Template = [
  [CKA.CLASS, CKO.SECRET_KEY],
  [CKA.KEY_TYPE, CKK.AES],
  [CKA.LABEL, 'between'],
  // Without these whoever is logged in meanwhile could take it out under a key of their own, or have it wrap in another way.
  ...flagsTemplate({ ...SESSION, SENSITIVE: true, EXTRACTABLE: true, WRAP_WITH_TRUSTED: true }),
  ...flagsTemplate({ ENCRYPT: false, DECRYPT: false, SIGN: false, VERIFY: false, UNWRAP: false, DERIVE: false }),
  ...flagsTemplate({ MODIFIABLE: false, COPYABLE: false }),
  [CKA.ALLOWED_MECHANISMS, ulongArray(8, KWP.mechanism)],
  [CKA.VALUE_LEN, 32],
]
const LOOKED_AT = [...wanted(CKO.SECRET_KEY, CKK.AES), CKA.ALLOWED_MECHANISMS]
const OAEP = oaepBy('sha1')
const rsaTemplate = (spki: Uint8Array): Template => [
  [CKA.CLASS, CKO.PUBLIC_KEY],
  [CKA.KEY_TYPE, CKK.RSA],
  ...flagsTemplate(SESSION),
  ...publicTemplate('rsa-2048', spki, 'der'),
]

const copied = copyAttributes('aes-256', usualUsages('aes-256')) as Record<string, boolean>
const encrypted = (session: Buffer, key: Buffer) => {
  lib.C_EncryptInit(session, { mechanism: CKM.AES_ECB }, key)
  lib.C_Encrypt(session, Buffer.alloc(16), Buffer.alloc(1024))
}

/** As many at a time as Keyrite makes. */
const SESSIONS = 4

const does: Record<string, () => void | Promise<void>> = {
  init() {
    lib.C_InitToken(slot, SO_PIN, LABEL.padEnd(32))
    const session = lib.C_OpenSession(slot, 6)
    lib.C_Login(session, CKU.SO, SO_PIN)
    lib.C_InitPIN(session, PIN)
  },
  generate() {
    const session = loggedIn()
    for (let i = 0; i < count; i++) {
      const key = lib.C_GenerateKey(session, { mechanism: CKM.AES_KEY_GEN }, keyTemplate(i))
      if (evidence) look(session, key)
    }
  },
  async 'generate-beside'() {
    const left = Array.from({ length: count }, (_, i) => i).values()
    const sessions = [loggedIn(), ...Array.from({ length: SESSIONS - 1 }, () => lib.C_OpenSession(slot, 6))]
    const run = async (session: Buffer) => {
      for (const i of left)
        look(session, await lib.C_GenerateKeyAsync(session, { mechanism: CKM.AES_KEY_GEN }, keyTemplate(i)))
    }
    await Promise.all(sessions.map(run))
  },
  wrap() {
    const { session, wrapping } = loggedInWithKek()
    const keys = secretKeys(session)
    const unwrapping = kek(session, { PRIVATE: true, UNWRAP: true })
    const blobs = keys.map((key) => {
      if (evidence) look(session, key)
      const blob = wrap(session, wrapping, key)
      if (evidence) opened(session, unwrapping, blob)
      return blob.toString('base64')
    })
    writeFileSync(file, blobs.join('\n'))
  },
  unwrap() {
    const { session, wrapping } = loggedInWithKek()
    const unwrapping = kek(session, { PRIVATE: true, UNWRAP: true })
    const texts = readFileSync(file, 'utf8').split('\n')
    const bytes = texts.map((text) => Buffer.from(text, 'base64'))
    if (evidence) for (const blob of bytes) opened(session, unwrapping, blob)
    for (const [i, blob] of bytes.entries()) {
      const template = freshTemplate([...secretTemplate(spec(i), flags), ...NO_CHECK_VALUE])
      const key = lib.C_UnwrapKey(session, KWP, unwrapping, blob, template)
      if (!evidence) continue
      look(session, key)
      wrap(session, wrapping, key)
    }
  },
  /** Every key under an AES key of its own, and that under the RSA key of the file (SubjectPublicKeyInfo, DER); with evidence each into a file beside it. */
  export() {
    let wrapping!: Buffer
    const between: Buffer[] = []
    const session = loggedIn((opened) => {
      lib.C_Login(opened, CKU.SO, SO_PIN)
      wrapping = lib.C_CreateObject(opened, freshTemplate(rsaTemplate(readFileSync(file))))
      for (let i = 0; i < count; i++)
        between.push(lib.C_GenerateKey(opened, { mechanism: CKM.AES_KEY_GEN }, freshTemplate(BETWEEN)))
      lib.C_Logout(opened)
    })
    for (const [i, key] of secretKeys(session).entries()) {
      if (evidence) {
        look(session, key)
        lib.C_GetAttributeValue(session, between[i]!, freshQuery(LOOKED_AT))
      }
      const sealed = lib.C_WrapKey(session, OAEP, wrapping, between[i]!, Buffer.allocUnsafe(1024))
      const blob = Buffer.concat([sealed, wrap(session, between[i]!, key)])
      if (evidence) keep(`${file}.${process.pid}.${i}`, blob)
    }
    if (evidence) syncFolder(dirname(file))
  },
  /** Copies on an application's token: each as an object of the session, by which its check value and its proof are taken, and then for good. */
  seat() {
    const session = loggedIn()
    const unwrapping = kek(session, { PRIVATE: true, UNWRAP: true })
    const unwrapped = (i: number, blob: string, its: Record<string, boolean>) => {
      const template = freshTemplate(sealedLast(secretTemplate(spec(i), { ...copied, ...its })))
      return lib.C_UnwrapKey(session, KWP, unwrapping, Buffer.from(blob, 'base64'), template)
    }
    for (const [i, blob] of readFileSync(file, 'utf8').split('\n').entries()) {
      const first = unwrapped(i, blob, { TOKEN: false })
      for (let times = 0; times < 3; times++) encrypted(session, first)
      lib.C_DestroyObject(session, first)
      const copy = unwrapped(i, blob, {})
      lib.C_GetAttributeValue(session, copy, freshQuery(wanted(CKO.SECRET_KEY, CKK.AES)))
      encrypted(session, copy)
    }
  },
}

await does[what]!()
lib.C_Finalize()
