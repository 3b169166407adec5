// The stanza of an age file for a P-256 key in hardware: p256tag of https://c2sp.org/age. The key agrees on a secret, and the rest is done here.
import { createHash, ECDH } from 'node:crypto'
import { base64nopad, bech32 } from '@scure/base'
import { concat, sameBytes, utf8 } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import type { Stanza } from './age-scrypt.ts'
import { extract, openBase } from './hpke.ts'
import type { CardFound, CardKeys } from './port.ts'

const NAME = 'p256tag'
const INFO = utf8('age-encryption.org/p256tag')
const HRP = 'age1tag'
const CURVE = 'prime256v1'
const [TAG_BYTES, POINT_BYTES, SECRET_BYTES, BODY_BYTES] = [4, 65, 32, 32]

export const isForCard = ({ args }: Stanza): boolean => args[0] === NAME

/** A stanza whose lengths are right, and whose point is on the curve. */
interface Tagged {
  tag: Uint8Array
  /** The sender's, uncompressed. */
  point: Uint8Array
  body: Uint8Array
}

/** SHARE-FILE: nothing else reaches a card. */
function parseTagged({ args, body }: Stanza): Tagged {
  const [tag, point] = [decoded(args[1]), decoded(args[2])]
  const wellFormed = args.length === 3 && tag?.length === TAG_BYTES && point?.length === POINT_BYTES
  if (!wellFormed || body.length !== BODY_BYTES) throw malformed('is malformed')
  if (!isOnCurve(point)) throw malformed('holds a point that is not on the curve P-256')
  return { tag, point, body }
}

const malformed = (how: string) => refused('SHARE-FILE', `the part of the age file that is for a card ${how}`)

/** Canonical base64 alone. */
function decoded(text = ''): Uint8Array | undefined {
  try {
    return base64nopad.decode(text)
  } catch {
    return undefined
  }
}

function isOnCurve(point: Uint8Array): boolean {
  try {
    return point[0] === 0x04 && sameBytes(converted(point, 'uncompressed'), point)
  } catch {
    return false
  }
}

const converted = (point: Uint8Array, form: 'compressed' | 'uncompressed'): Uint8Array =>
  Uint8Array.from(ECDH.convertKey(point, CURVE, undefined, undefined, form) as Buffer)

/** The point of an SPKI: of one of P-256 it is the end. */
const pointOf = (spki: Uint8Array): Uint8Array => spki.slice(-POINT_BYTES)

/** `age1tag1...` of a public key. `spki`: of P-256, DER. */
export function tagRecipient(spki: Uint8Array): string {
  const point = converted(pointOf(spki), 'compressed')
  return bech32.encode(HRP, bech32.toWords(point))
}

/** A recipient's 33 bytes name a point on the curve. */
export function isTagPoint(compressed: Uint8Array): boolean {
  try {
    return sameBytes(converted(compressed, 'compressed'), compressed)
  } catch {
    return false
  }
}

/** What tells, without the private key, for which public key a stanza is. */
function tagFor(spki: Uint8Array, sender: Uint8Array): Uint8Array {
  const hash = createHash('sha256')
    .update(converted(pointOf(spki), 'compressed'))
    .digest()
  return extract(INFO, concat(sender, hash.subarray(0, TAG_BYTES))).subarray(0, TAG_BYTES)
}

interface Unlocked {
  fileKey: Uint8Array
  card: CardFound
}

/** CARD-KEY, SHARE-FILE, and what the card refuses: the key of the file, by the first stanza that is for one of its keys. */
export async function unlockByCard(stanzas: readonly Stanza[], cards: CardKeys): Promise<Unlocked> {
  const tagged = stanzas.filter(isForCard).map(parseTagged)
  const keys = (await cards.publicKeys()).filter((spki) => isOnCurve(pointOf(spki)))
  for (const stanza of tagged) {
    const spki = keys.find((key) => sameBytes(tagFor(key, stanza.point), stanza.tag))
    if (spki === undefined) continue
    using dh = await cards.agree(spki, stanza.point)
    return { fileKey: unlocked(stanza, spki, dh), card: { recipient: tagRecipient(spki), tag: tagText(stanza.tag) } }
  }
  const tags = tagged.map(({ tag }) => tagText(tag)).join(', ')
  throw refused('CARD-KEY', `no key on the card is the one that this share is for (tag ${tags} in the file)`)
}

const tagText = (tag: Uint8Array): string => base64nopad.encode(tag)

/** CARD-KEY. */
function unlocked({ point, body }: Tagged, spki: Uint8Array, dh: Secret): Uint8Array {
  const exchange = { dh: dh.reveal(), sender: point, recipient: pointOf(spki) }
  const fileKey = exchange.dh.length === SECRET_BYTES ? openBase(exchange, INFO, body) : undefined
  if (fileKey === undefined)
    throw refused('CARD-KEY', 'the card has the key that this share is for, and what it gives does not open the file')
  return fileKey
}
