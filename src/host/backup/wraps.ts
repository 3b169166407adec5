// The kinds of wrapping that a token has, found by what it makes of a key that we know, and how each is called.
import { randomBytes } from 'node:crypto'
import { deviceFailed, refused } from '../../domain/errors.ts'
import { add } from '../../domain/hints.ts'
import type { KeyType } from '../../domain/keys.ts'
import type { Profile } from '../../domain/profile.ts'
import { takesType, WRAP_KINDS, WRAP_NAMES, type WrapKind } from '../../domain/wrap-kinds.ts'
import type { Place } from '../keys/key-index.ts'
import { isRefused, Pkcs11Error } from '../native/ckr.ts'
import { ckmName } from '../native/constants.ts'
import type { Mechanism, Native } from '../native/native.ts'
import { withSession } from '../native/sessions.ts'
import type { ObjectHandle, Slot, Template } from '../native/values.ts'
import { Scratch } from '../probe/scratch.ts'
import { cbcPad } from './kinds/cbc-pad.ts'
import type { Kind } from './kinds/kind.ts'
import { kw } from './kinds/kw.ts'
import { kwp } from './kinds/kwp.ts'

/** By preference. */
const KINDS: readonly Kind[] = [kwp, kw, cbcPad]
/** By the list of a token's mechanisms. `mayWrap`: whether one of them is there for that. */
export const kindsListed = (mechanisms: ReadonlySet<number>, mayWrap = (_: number): boolean => true): WrapKind[] =>
  KINDS.filter((kind) => kind.mechanisms.some((one) => mechanisms.has(one) && mayWrap(one))).map(({ name }) => name)
export const kindNamed = (name: WrapKind): Kind => KINDS.find((kind) => kind.name === name)!

/** What a type can be wrapped by, in words. */
export const kindsFor = (type: KeyType): string[] =>
  WRAP_KINDS.filter((kind) => takesType(kind, type)).map((kind) => WRAP_NAMES[kind])

/** A kind, and the mechanism that is it on a token. */
export interface Wrap {
  kind: Kind
  mechanism: number
}

export const takes = ({ kind }: Wrap, type: KeyType): boolean => takesType(kind.name, type)

const called = ({ mechanism }: Wrap, iv: Uint8Array): Mechanism =>
  iv.length === 0 ? { mechanism } : { mechanism, parameter: Buffer.from(iv) }

/** `iv`: that of a blob, where the same is to come out again. */
export function wrapBy(
  { lib, session }: Place,
  wrap: Wrap,
  kek: ObjectHandle,
  key: ObjectHandle,
  iv: Uint8Array = freshIv(wrap),
): Uint8Array {
  return Uint8Array.from(Buffer.concat([iv, lib.wrap(session, called(wrap, iv), kek, key)]))
}

/** To draw nothing takes as long as to draw something. */
const freshIv = ({ kind: { ivLength } }: Wrap): Uint8Array => (ivLength === 0 ? NO_IV : randomBytes(ivLength))
const NO_IV = new Uint8Array()

export const ivOf = ({ kind }: Wrap, blob: Uint8Array): Uint8Array => blob.subarray(0, kind.ivLength)

export function unwrapBy(
  { lib, session }: Place,
  wrap: Wrap,
  kek: ObjectHandle,
  blob: Uint8Array,
  template: Template,
): ObjectHandle {
  const iv = ivOf(wrap, blob)
  return lib.unwrap(session, called(wrap, iv), kek, blob.subarray(iv.length), template)
}

/** What node makes of a known key under a known KEK, and the token the same, or it is not this kind. */
export function wrapsSame(place: Place, wrap: Wrap, known: Known): boolean {
  const iv = randomBytes(wrap.kind.ivLength)
  const made = wrapBy(place, wrap, known.kek, known.key, iv)
  return Buffer.concat([iv, wrap.kind.wrapped(known.kekValue, known.value, iv)]).equals(made)
}

export function isKind(place: Place, wrap: Wrap, known: Known, isSpare: boolean): boolean {
  try {
    return wrapsSame(place, wrap, known)
  } catch (error) {
    // A call that fails otherwise tells nothing of the mechanism: that stops, unless there is a better one.
    if (isRefused(error) || (isSpare && error instanceof Pkcs11Error)) return false
    throw error
  }
}

interface Known {
  kekValue: Uint8Array
  kek: ObjectHandle
  value: Uint8Array
  key: ObjectHandle
}

/** By preference. An AES key tells: some modules pad a PKCS#8 of their own accord. */
export function wrapsOf({ lib, session }: Place, mechanisms: ReadonlySet<number>): Wrap[] {
  if (!KINDS.some((kind) => kind.mechanisms.some((number) => mechanisms.has(number)))) return []
  using scratch = new Scratch(lib, session)
  const [kekValue, value] = [randomBytes(32), randomBytes(32)]
  const kek = scratch.aesKey(kekValue, { WRAP: true })
  const key = scratch.aesKey(value, { EXTRACTABLE: true, SENSITIVE: false })
  const known = { kekValue, kek, value, key }
  const found: Wrap[] = []
  for (const kind of KINDS) {
    const ways = kind.mechanisms.filter((number) => mechanisms.has(number)).map((mechanism) => ({ kind, mechanism }))
    const way = ways.find((one) => isKind({ lib, session }, one, known, found.length > 0))
    if (way) found.push(way)
  }
  return found
}

/** As a profile names them, without a search; undefined where the token lists one of them no more. */
function wrapsNamed({ mechanisms }: Profile, listed: ReadonlySet<number>): Wrap[] | undefined {
  const named = KINDS.filter((kind) => mechanisms[kind.name] !== undefined)
  const found = named.flatMap((kind) => {
    const mechanism = kind.mechanisms.find((one) => listed.has(one) && mechanismName(one) === mechanisms[kind.name])
    return mechanism === undefined ? [] : [{ kind, mechanism }]
  })
  return found.length > 0 && found.length === named.length ? found : undefined
}

/** As a profile holds it. */
export const mechanismName = (number: number): string => ckmName(number).slice(4)

/** NO-KEY-WRAP: the ways to wrap, or the reason why this token can't be backed up. */
export function someWraps(place: Place, mechanisms: ReadonlySet<number>): Wrap[] {
  const wraps = wrapsOf(place, mechanisms)
  if (wraps.length > 0) return wraps
  throw deviceFailed('NO-KEY-WRAP', `no mechanism of the token is ${Object.values(WRAP_NAMES).join(' or ')}`)
}

/** CLEAR-ON-HOST: what was wrapped in a way that the token lacks comes to it by way of the host, or not at all. */
export function wrapNamed(wraps: readonly Wrap[], name: WrapKind): Wrap {
  const wrap = wraps.find(({ kind }) => kind.name === name)
  if (wrap !== undefined) return wrap
  const message = `the token has no ${WRAP_NAMES[name]}: what was wrapped so would have to be opened on this host for a moment`
  throw refused('CLEAR-ON-HOST', message, add('--accept', 'clear-on-host'))
}

/** MECHANISM: the one that is RFC 5649. */
export function kwpAmong(wraps: readonly Wrap[]): Wrap {
  const found = wraps.find(({ kind }) => kind.name === 'kwp')
  if (found) return found
  throw deviceFailed('MECHANISM', 'the token has no AES key wrap with padding (RFC 5649)')
}

/** As the profile names them; else what the token shows to be one. */
export const knownWraps = (
  lib: Native,
  slot: Slot,
  profile: Profile | undefined,
  listed: ReadonlySet<number>,
): Wrap[] =>
  (profile && wrapsNamed(profile, listed)) ?? withSession(lib, slot, (session) => someWraps({ lib, session }, listed))
