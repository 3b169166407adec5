// What must be true of the tokens of applications once a crash has been recovered from, and `app sync` has been through: seen through
// pkcs11js alone, by the PINs that follow from the shares.
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyAttributes } from '../../src/domain/copy-attributes.ts'
import type { History } from '../../src/domain/history.ts'
import { type Flags, isPair } from '../../src/domain/keys.ts'
import type { Copy, KnownApplication } from '../../src/domain/known-application.ts'
import { label } from '../../src/domain/names.ts'
import type { Kept } from './oracle.ts'
import { pinsOfApplication } from './pins.ts'
import type { Place } from './place.ts'
import { lookAsUser, lookInto, openAs, type TokenObject } from './token.ts'

/** What each has is what the ledger wishes, and good for it; who was ended has nothing more. */
export async function judgeApplications(place: Place, history: History, kept: Kept | undefined): Promise<void> {
  for (const app of history.applications.all) {
    if (app.retired) {
      if (app.retired.token === 'erased') await isErased(place, app, history)
      continue
    }
    if (app.pin.kind === 'given') continue
    const pins = await pinsOfApplication(place, history, app)
    lookInto(place.folder, app.token.serial, pins, (objects) => {
      isAsWished(objects, app)
      for (const copy of app.copies.values()) worksAsDelivered(copy, objects, history, kept)
    })
  }
}

/** The serials of tokens that are an application's, or were. */
export const serialsOf = ({ applications }: History): string[] =>
  applications.all
    .flatMap(({ token, former }) => [token, ...former.map((before) => before.token)])
    .map(({ serial }) => serial)

/** A token that no application came to have: nothing is on it, and its SO PIN is in a file. */
export function isLeftEmpty({ folder, home }: Place, serial: string): void {
  const file = readdirSync(home).find((name) => name.endsWith('.so-pin') && name.includes(serial))
  assert.ok(file, `nobody knows the SO PIN of the token ${serial}`)
  const pin = readFileSync(join(home, file), 'utf8').trim()
  openAs(folder, serial, 'so', pin)
}

/** In one line each: two of one label, or of one id, would show. */
function isAsWished(objects: readonly TokenObject[], { name, copies }: KnownApplication): void {
  const all = [...copies.values()]
  assert.deepEqual(
    all.map((copy) => `${copy.label} ${copy.state}`),
    all.map((copy) => `${copy.label} ${copy.wished ? 'present' : 'absent'}`),
    `what the ledger says of the copies of ${name}`,
  )
  const expected = all.filter(({ wished }) => wished).flatMap(partsOf)
  assert.deepEqual(objects.map(nameOf).sort(), expected.sort(), `objects on the token of ${name}`)
  for (const copy of all.filter(({ wished }) => wished)) checkFlags(copy, objects)
}

const nameOf = ({ class: kind, label: name, id }: TokenObject): string => `${kind} ${name} ${id}`

function partsOf({ type, usage, label: name, id, certificate }: Copy): string[] {
  const attributes = copyAttributes(type, usage)
  const kinds = isPair(attributes)
    ? ['public', ...(Object.keys(attributes.private).length > 0 ? ['private'] : [])]
    : ['secret']
  return [...kinds, ...(certificate ? ['certificate'] : [])].map((kind) => `${kind} ${name} ${id}`)
}

function checkFlags({ type, usage, label: name, id }: Copy, objects: readonly TokenObject[]): void {
  const attributes = copyAttributes(type, usage)
  const compare = (flags: Flags, kind: TokenObject['class']) => {
    const object = objects.find((one) => one.id === id && one.class === kind)
    const actual = Object.fromEntries(Object.keys(flags).map((flag) => [flag, object?.flag(flag)]))
    assert.deepEqual(actual, flags, `flags of the copy ${name}`)
  }
  if (!isPair(attributes)) return compare(attributes, 'secret')
  compare(attributes.private, 'private')
  compare(attributes.public, 'public')
}

const BLOCK = Buffer.alloc(32, 7)

/** The key itself is there: it opens what was sealed before the crash, or signs what its public key in the ledger verifies. */
function worksAsDelivered(copy: Copy, objects: readonly TokenObject[], history: History, kept: Kept | undefined): void {
  if (!copy.wished) return
  const own = (kind: TokenObject['class']) => objects.find((one) => one.id === copy.id && one.class === kind)!
  if (kept && label(copy.name, copy.version) === kept.label && copy.usage.includes('decrypt'))
    assert.deepEqual(own('secret').decrypt(kept.secret), kept.plain, `the copy ${copy.label} decrypts`)
  const { spki } = history.key(copy.name, copy.version)!
  if (spki === undefined || !copy.usage.includes('sign')) return
  const key = createPublicKey({ key: Buffer.from(spki, 'base64url'), format: 'der', type: 'spki' })
  const signature = own('private').sign(createHash('sha256').update(BLOCK).digest())
  assert.ok(verify('sha256', BLOCK, { key, dsaEncoding: 'ieee-p1363' }, signature), `the copy ${copy.label} signs`)
}

/** Nothing is on it, and the PIN that was handed over opens nothing. */
async function isErased(place: Place, app: KnownApplication, history: History): Promise<void> {
  const { so, user } = await pinsOfApplication(place, history, app)
  openAs(place.folder, app.token.serial, 'so', so)
  assert.throws(() => openAs(place.folder, app.token.serial, 'user', user), /CKR_PIN_INCORRECT/)
  const generation = app.pin.kind === 'derived' ? app.pin.generation + 1 : 1
  const next = await pinsOfApplication(place, history, { ...app, pin: { ...app.pin, generation } as typeof app.pin })
  lookAsUser(place.folder, app.token.serial, next.user, (objects) => assert.deepEqual(objects.map(nameOf), []))
}

/** Whoever was handed a PIN that the ledger counts has it in the file. */
export async function pinIsInFile(place: Place, history: History, name: string, generation: number) {
  const app = history.applications.named(name)
  if (app?.pin.kind !== 'derived' || app.pin.generation !== generation) return
  const files = readdirSync(place.out).filter((one) => one.startsWith(name))
  const { user } = await pinsOfApplication(place, history, app)
  const told = files.map((one) => readFileSync(join(place.out, one), 'utf8'))
  assert.ok(told.includes(user), `the PIN of ${name} was handed over in no file`)
}
