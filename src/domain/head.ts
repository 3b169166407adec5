// The head that the token keeps, and what follows when it and the ledger differ (docs/formats.md, 3).
import * as v from 'valibot'
import { canonical } from './canonical.ts'
import { fromBase64url, toBase64url } from './encoding.ts'
import { KeyriteError, notVerified } from './errors.ts'
import { quoted } from './names.ts'
import { memberOf, refuseNewer } from './newer.ts'
import { once } from './once.ts'
import type { HeadKind } from './profile.ts'
import type { Record as LedgerRecord } from './record.ts'
import { Count, Leaf, Uuid } from './shapes.ts'

const HEAD_FORMAT = 'keyrite.head/2'
/** Heads of before say nothing of the state. */
const STATELESS = 'keyrite.head/1'

const Place = { partition: Uuid, seq: Count, leaf: Leaf }
const HeadShape = v.variant('format', [
  v.strictObject({ format: v.literal(HEAD_FORMAT), ...Place, state: Leaf }),
  v.strictObject({ format: v.literal(STATELESS), ...Place }),
])
/** `state`: the digest of all that the ledger tells up to this record (docs/formats.md, 18). */
export interface Head {
  partition: string
  seq: number
  leaf: string
  state?: string
}
/** As it stands on a token. Where it is packed it has no partition, and its leaf alone tells whose it is. */
type Told = Omit<Head, 'partition'> & { partition?: string }

export const formatHead = ({ partition, seq, leaf, state }: Head): string =>
  canonical({ format: state === undefined ? STATELESS : HEAD_FORMAT, partition, seq, leaf, state })

const PACKED = /^[A-Za-z0-9_-]{96}$/
/** 32 zero bytes. */
const NO_STATE = 'A'.repeat(43)

/** For a token that has no data objects: 8 bytes of seq, 32 of the leaf, 32 of the state, zeros where there is none; base64url. */
export function packHead({ seq, leaf, state = NO_STATE }: Told): string {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(seq))
  return toBase64url(Buffer.concat([number, fromBase64url(leaf), fromBase64url(state)]))
}

function unpackHead(text: string): Told | undefined {
  const bytes = Buffer.from(text, 'base64url')
  const [leaf, state] = [toBase64url(bytes.subarray(8, 40)), toBase64url(bytes.subarray(40))]
  const seq = Number(bytes.readBigUInt64BE())
  return Number.isSafeInteger(seq) ? { seq, leaf, ...(state === NO_STATE ? {} : { state }) } : undefined
}

/** FORMAT-NEWER, HEAD-SHAPE: what is called a head on the token is one. */
export function parseHead(text: string): Told {
  const packed = PACKED.test(text) ? unpackHead(text) : undefined
  if (packed) return packed
  try {
    const value: unknown = JSON.parse(text)
    refuseNewer(memberOf(value, 'format'), HEAD_FORMAT)
    const { format: _, ...head } = v.parse(HeadShape, value)
    if (formatHead(head) === text) return head
  } catch (error) {
    if (error instanceof KeyriteError) throw error
  }
  throw notVerified('HEAD-SHAPE', `the token holds a keyrite/head that is no ledger head: ${quoted(text)}`)
}

export const COPY_HINT = 'take the newest ledger.jsonl from the host that was used last, or from a backup'

/** HEAD-FORKED, HEAD-PRESENT: the newest of the token's heads; a reader takes the highest number. */
export function newestHead(values: readonly string[], partition: string): Head {
  const heads = values.map(parseHead).sort((a, b) => b.seq - a.seq)
  const [newest] = heads
  if (!newest) {
    throw notVerified(
      'HEAD-PRESENT',
      'the token holds no ledger head: it was wiped or replaced',
      'restore from a backup',
    )
  }
  const foreign = heads.find((head) => head.partition !== undefined && head.partition !== partition)
  if (foreign) {
    throw notVerified('HEAD-PARTITION', `the token holds the ledger head of another partition, ${foreign.partition}`)
  }
  const duplicate = heads.find((head, i) => i > 0 && head.seq === heads[i - 1]!.seq)
  if (duplicate)
    throw notVerified('HEAD-FORKED', `the token holds two ledger heads of number ${duplicate.seq}`, COPY_HINT)
  return { ...newest, partition }
}

/** An intent is taken back for these, before anything is done for it, and no head names it then. */
export const WITHDRAWN: readonly string[] = ['OTHER-HOST', 'TOKEN-FULL']

/** A record beyond the head, as much of it as the comparison needs. `intent`: the leaf that an outcome refers to, but for one that takes an intent back. */
export interface Beyond {
  leaf: string
  type: string
  intent?: string
}

/** Of a record what `checkHead` looks at. What takes an intent back is of none: the head of neither stands on the token. */
export const asBeyond = (record: LedgerRecord, leaf: string): Beyond =>
  'intent' in record && !takesBack(record)
    ? { leaf, type: record.type, intent: record.intent }
    : { leaf, type: record.type }

const takesBack = (record: LedgerRecord): boolean =>
  record.type === 'outcome' && record.result === 'failed' && WITHDRAWN.includes(record.error?.code ?? '')

/**
 * Holds the ledger against the token's head. `leafAtHead`: the ledger's leaf with the head's number, absent when the ledger is shorter;
 * `beyond`: the ledger's records after it. Returns when the ledger is as the head says, or ahead of it by what a crash can leave.
 */
export function checkHead(head: Head, leafAtHead: string | undefined, beyond: readonly Beyond[]): void {
  if (leafAtHead === undefined) {
    throw notVerified('LEDGER-BEHIND', `the token has seen record ${head.seq}, which this ledger lacks`, COPY_HINT)
  }
  if (leafAtHead !== head.leaf) {
    throw notVerified('LEDGER-FORKED', `record ${head.seq} is not the one that the token has seen`, COPY_HINT)
  }
  const leaves = new Set(beyond.map((record) => record.leaf))
  if (beyond.some((record) => record.intent !== undefined && leaves.has(record.intent))) {
    throw notVerified(
      'TOKEN-BEHIND',
      `the token has seen nothing after record ${head.seq}: an older copy of it was put back`,
    )
  }
}

/** What is kept as a head for a moment, where it is tried out whether a token keeps one: it tells of no record. */
export const headSamples = once((): Readonly<Record<HeadKind, string>> => {
  const sample = packHead({ seq: 0, leaf: 'A'.repeat(43) })
  return { data: '{"seq":0}', 'hmac-id': sample, label: sample }
})
