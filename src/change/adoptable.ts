// What a token holds that others made, as a partition would take it over: each key as it is, and why not where it can't be.

import { toBase64url, toHex } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import { groupedBy } from '../domain/grouped.ts'
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
import { pairFingerprint } from '../domain/public-keys.ts'
import type { KeyReport } from '../domain/shapes.ts'
import { recordable } from '../domain/texts.ts'
import type { KeyFacts, ObjectFacts, UserSession } from '../hsm/port.ts'
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
  const looked = await lookedAt(scan, session)
  const taken = [...looked.values()].filter((one) => typeof one !== 'string')
  const objects = new Set(taken.flatMap((one) => one.objects))
  const left = [...scan.private, ...scan.public].filter((object) => !objects.has(object) && !isKey(object))
  const keys = taken.map(({ key }) => key)
  return {
    keys: named(keys, names).sort((a, b) => (a.name < b.name ? -1 : 1)),
    refused: [...looked].flatMap(([object, why]) =>
      typeof why === 'string' ? [{ object: objectInWords(object), why }] : [],
    ),
    others: [...new Set(left.map(objectInWords))].sort(),
  }
}

const isKey = ({ class: kind }: ObjectFacts): boolean => kind === 'secret' || kind === 'private'

/** The key, without a name yet, and the private objects that are it. */
interface Taken {
  key: KeyReport
  objects: ObjectFacts[]
}

/** A key as it is on the token: of a pair with its public half. */
interface Candidate {
  object: ObjectFacts
  type: KeyType
  half?: ObjectFacts
  objects: ObjectFacts[]
}

/** Each key, or why it can't be taken. All of them are read by one search, and asked by another: a search goes through the whole token. */
async function lookedAt(scan: Scan, session: UserSession): Promise<Map<ObjectFacts, Taken | string>> {
  const looked = new Map<ObjectFacts, Candidate | string>()
  const [own, open] = [scan.private, scan.public].map((objects) => groupedBy(objects, ({ id }) => toHex(id)))
  for (const object of scan.private.filter(isKey)) {
    const sameId = (objects = new Map<string, ObjectFacts[]>()) => objects.get(toHex(object.id)) ?? []
    looked.set(object, candidate(object, sameId(own), sameId(open)))
  }
  for (const object of scan.public.filter(isKey))
    looked.set(object, 'anyone can use it without a PIN: it is not private')
  const candidates = [...looked.values()].filter((one) => typeof one !== 'string')
  const answers = [...(await secretsRead(candidates, session)), ...(await pairsAsked(candidates, session))]
  const told = new Map(answers)
  return new Map([...looked].map(([object, one]) => [object, typeof one === 'string' ? one : told.get(object)!]))
}

/** `own`, `open`: the private and the public objects of its id. */
function candidate(object: ObjectFacts, own: readonly ObjectFacts[], open: readonly ObjectFacts[]): Candidate | string {
  const { id, type } = object
  if (id.length === 0) return 'it has no id'
  if (id.length > 64) return 'its id is longer than 64 bytes'
  if (type === undefined) return 'it is of a kind that keyrite does not know'
  if (own.filter(isKey).length > 1) return 'another key has the same id'
  if (classOf(type) === 'secret') return { object, type, objects: [object] }
  const isHalf = (one: ObjectFacts) => one.class === 'public' && one.type === type && one.spki !== undefined
  const halves = own.filter(isHalf)
  if (own.length > halves.length + 1) return OTHERS
  const [half, another] = halves.length > 0 ? halves : open.filter(isHalf)
  if (!half) return 'its public half is not on the token'
  if (another) return 'several public keys have the same id'
  return { object, type, half, objects: [object, ...halves] }
}

const OTHERS = 'other private objects have the same id'

type Told = [object: ObjectFacts, taken: Taken | string]

async function secretsRead(candidates: readonly Candidate[], session: UserSession): Promise<Told[]> {
  const secrets = candidates.filter(({ half }) => !half)
  const read = await session.readKeys(secrets.map(({ object }) => object.id))
  const facts = new Map(read.map((one) => [toHex(one.id), one]))
  return secrets.map((one) => [one.object, takeSecret(one, facts.get(toHex(one.object.id)))])
}

function takeSecret({ object, type, objects }: Candidate, facts: KeyFacts | undefined): Taken | string {
  if (!facts?.fingerprint) return 'its usage gives no check value, by which it could be known again'
  if (facts.otherObjects) return OTHERS
  return { key: report(object, type, facts.attributes, facts.fingerprint), objects }
}

async function pairsAsked(candidates: readonly Candidate[], session: UserSession): Promise<Told[]> {
  const pairs = candidates.flatMap((one) => (one.half?.spki ? [{ ...one, half: one.half, spki: one.half.spki }] : []))
  const able = pairs.filter(({ object }) => object.attributes.SIGN)
  const answers = await session.answers(able.map(({ object: { id }, spki, type }) => ({ id, spki, type })))
  const strange = new Set(able.filter((_, i) => !answers[i]).map(({ object }) => object))
  return pairs.map((pair) => [
    pair.object,
    strange.has(pair.object) ? 'its public half is that of another key' : takePair(pair),
  ])
}

function takePair({ object, type, half, spki, objects }: Candidate & { half: ObjectFacts; spki: Uint8Array }): Taken {
  const publicFlags =
    objects.length > 1 ? half.attributes : { ...OF_OURS, ...half.attributes, PRIVATE: true, COPYABLE: false }
  const attributes = { private: object.attributes, public: made(publicFlags) }
  return { key: { ...report(object, type, attributes, pairFingerprint(spki)), spki: toBase64url(spki) }, objects }
}

/** A public half that is made here: what it is said to be of the past is not its own. */
const made = ({ LOCAL: _, TRUSTED: __, ...flags }: Flags): Flags => flags
const OF_OURS: Flags = { TOKEN: true, MODIFIABLE: true, DESTROYABLE: true }

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
  const labelled = groupedBy(keys, labelOf)
  return keys.map((key) => {
    const own = labelOf(key)
    const isOne = labelled.get(own)!.length === 1
    const said = names.get(key.id) ?? (isOne ? names.get(own) : undefined)
    return { ...key, name: said ?? (isOne && KEY_NAME.test(own) ? own : key.id.slice(0, 63)) }
  })
}

const labelOf = ({ origin }: KeyReport): string => (origin.kind === 'adopted' ? origin.label : '')
