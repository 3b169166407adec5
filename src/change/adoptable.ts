// What a token holds that others made, as a partition would take it over: each key as it is, and why not where it can't be.

import { sha256, toBase64url, toHex } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import { apart, keyrite } from '../domain/hints.ts'
import {
  type Attributes,
  classOf,
  type Flags,
  halvesOf,
  isPair,
  type KeyType,
  USAGES,
  usageAttributes,
} from '../domain/keys.ts'
import { KEY_NAME } from '../domain/names.ts'
import type { KeyReport } from '../domain/shapes.ts'
import { recordable } from '../domain/texts.ts'
import type { ObjectFacts, UserSession } from '../hsm/port.ts'
import { HEAD_LABEL, objectInWords, type Scan } from './inventory.ts'

export interface Adoptable {
  keys: KeyReport[]
  /** Keys that can't be taken, each by its name in words, and why. */
  refused: { object: string; why: string }[]
  /** What is no key: it is let be. */
  others: string[]
}

/** At no moment is the token of a partition without a head. */
const isOfLedger = ({ label, id }: ObjectFacts): boolean =>
  label === HEAD_LABEL || Buffer.from(id).toString() === HEAD_LABEL

/** Of a partition, or what an adoption that was cut off left of what it had tried. */
const isOurs = ({ label, id }: ObjectFacts): boolean =>
  label.startsWith('keyrite/') || Buffer.from(id).toString().startsWith('keyrite/')

/**
 * TOKEN-KNOWN: a token that has the head of a ledger is that of a partition. `begun`: an adoption of it was begun before. What that left, by its
 * names of ours, goes with the next look at what the token can do.
 */
export async function adoptableKeys(
  session: UserSession,
  names: ReadonlyMap<string, string>,
  begun: boolean,
): Promise<Adoptable> {
  const seen = await session.scan()
  const head = [...seen.private, ...seen.public].find(isOfLedger)
  if (head && !begun)
    throw notVerified(
      'TOKEN-KNOWN',
      `the token is that of a partition: it holds a ${objectInWords(head)}`,
      apart(
        keyrite('token', 'list', '--module', 'PATH'),
        'what an adoption left that was given up is to be destroyed with another program',
      ),
    )
  const scan = {
    private: seen.private.filter((one) => !isOurs(one)),
    public: seen.public.filter((one) => !isOurs(one)),
  }
  const all = [...scan.private, ...scan.public]
  const found: Adoptable = { keys: [], refused: [], others: [] }
  const taken = new Set<ObjectFacts>()
  for (const object of all.filter(isKey)) {
    const looked = scan.public.includes(object)
      ? 'anyone can use it without a PIN: it is not private'
      : await take(object, scan, session)
    if (typeof looked === 'string') found.refused.push({ object: objectInWords(object), why: looked })
    else {
      found.keys.push(looked.key)
      for (const one of looked.objects) taken.add(one)
    }
  }
  const left = all.filter((object) => !taken.has(object) && !isKey(object))
  const keys = named(found.keys, names).sort((a, b) => (a.name < b.name ? -1 : 1))
  return { ...found, keys, others: [...new Set(left.map(objectInWords))].sort() }
}

const isKey = ({ class: kind }: ObjectFacts): boolean => kind === 'secret' || kind === 'private'

/** The key, without a name yet, and the private objects that are it. */
interface Taken {
  key: KeyReport
  objects: ObjectFacts[]
}

async function take(object: ObjectFacts, scan: Scan, session: UserSession): Promise<Taken | string> {
  const { id, type } = object
  if (id.length === 0) return 'it has no id'
  if (id.length > 64) return 'its id is longer than 64 bytes'
  if (type === undefined) return 'it is of a kind that keyrite does not know'
  if (scan.private.filter((one) => isKey(one) && sameId(one, object)).length > 1) return 'another key has the same id'
  return classOf(type) === 'secret' ? takeSecret(object, type, session) : takePair(object, type, scan, session)
}

const sameId = (a: ObjectFacts, b: ObjectFacts): boolean => toHex(a.id) === toHex(b.id)

const OTHERS = 'other private objects have the same id'

async function takeSecret(object: ObjectFacts, type: KeyType, session: UserSession): Promise<Taken | string> {
  const [facts] = await session.readKeys([object.id])
  if (!facts?.fingerprint) return 'its usage gives no check value, by which it could be known again'
  if (facts.otherObjects) return OTHERS
  const { attributes, fingerprint } = facts
  return { key: report(object, type, attributes, fingerprint), objects: [object] }
}

async function takePair(object: ObjectFacts, type: KeyType, scan: Scan, session: UserSession): Promise<Taken | string> {
  const isHalf = (one: ObjectFacts) => one.class === 'public' && sameId(one, object) && one.type === type && one.spki
  const own = scan.private.filter(isHalf)
  if (scan.private.filter((one) => sameId(one, object)).length > own.length + 1) return OTHERS
  const halves = own.length > 0 ? own : scan.public.filter(isHalf)
  const [half, another] = halves
  if (!half?.spki) return 'its public half is not on the token'
  if (another) return 'several public keys have the same id'
  if (object.attributes.SIGN && !(await session.answers(object.id, half.spki, type)))
    return 'its public half is that of another key'
  const publicFlags =
    own.length > 0 ? half.attributes : { ...OF_OURS, ...half.attributes, PRIVATE: true, COPYABLE: false }
  const attributes = { private: object.attributes, public: made(publicFlags) }
  const key = { ...report(object, type, attributes, fingerprintOf(half.spki)), spki: toBase64url(half.spki) }
  return { key, objects: [object, ...own] }
}

/** A public half that is made here: what it is said to be of the past is not its own. */
const made = ({ LOCAL: _, TRUSTED: __, ...flags }: Flags): Flags => flags
const OF_OURS: Flags = { TOKEN: true, MODIFIABLE: true, DESTROYABLE: true }

const fingerprintOf = (spki: Uint8Array): string => `sha256:${toHex(sha256(spki))}`

/** Its use and its state follow from its flags. */
function report(object: ObjectFacts, type: KeyType, flags: Attributes, fingerprint: string): KeyReport {
  const usage = USAGES.filter((one) =>
    halvesOf(flags).some(([half, own]) => isOwn(one, half) && own[one.toUpperCase()]),
  )
  return {
    name: '',
    version: 1,
    id: toHex(object.id),
    class: classOf(type),
    type,
    state: usage.length > 0 ? 'active' : 'deactivated',
    origin: { kind: 'adopted', label: recordable(object.label) },
    usage,
    attributes: stated(flags, usageAttributes(type, usage)),
    fingerprint,
  }
}

/** Of a pair the public half encrypts, verifies and wraps, and the private one does the rest. */
const isOwn = (usage: string, half: string): boolean =>
  half === 'secret' || (half === 'public') === ['encrypt', 'verify', 'wrap'].includes(usage)

/** A flag of use that the token does not know is not set. */
const stated = (flags: Attributes, usages: Attributes): Attributes =>
  isPair(flags) && isPair(usages)
    ? { private: { ...flags.private, ...usages.private }, public: { ...flags.public, ...usages.public } }
    : ({ ...flags, ...usages } as Flags)

/** By its label, or its id in hex, as it was said; else its label, where that is a name and no other key's; else its id. */
function named(keys: readonly KeyReport[], names: ReadonlyMap<string, string>): KeyReport[] {
  const labels = keys.map(labelOf)
  return keys.map((key) => {
    const own = labelOf(key)
    const isOne = labels.filter((one) => one === own).length === 1
    const said = names.get(key.id) ?? (isOne ? names.get(own) : undefined)
    return { ...key, name: said ?? (isOne && KEY_NAME.test(own) ? own : key.id.slice(0, 63)) }
  })
}

const labelOf = ({ origin }: KeyReport): string => (origin.kind === 'adopted' ? origin.label : '')
