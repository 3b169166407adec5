// The request of a machine that wants to be a station: its key, signed with that key, so that nobody hands in another's.

import * as v from 'valibot'
import { canonical } from './canonical.ts'
import { parseCarried } from './carried-line.ts'
import { recordCode } from './code.ts'
import { fromBase64url, pae, sha256, toBase64url, utf8 } from './encoding.ts'
import { notVerified } from './errors.ts'
import { apart, keyrite } from './hints.ts'
import { Signature } from './record.ts'
import { Host } from './record-common.ts'
import { Leaf, SigningKey, Uuid, When } from './shapes.ts'

const REQUEST_FORMAT = 'keyrite.station/1'

/** `anchor`: the leaf of the ledger's first record. */
const Request = v.strictObject({
  format: v.literal(REQUEST_FORMAT),
  partition: Uuid,
  anchor: Leaf,
  key: SigningKey,
  created: When,
  host: Host,
})
export type StationRequest = v.InferOutput<typeof Request>

const SignedRequest = v.strictObject({ request: Request, signature: Signature })
type SignedRequest = v.InferOutput<typeof SignedRequest>

export const newRequest = (members: Omit<StationRequest, 'format'>): StationRequest => ({
  format: REQUEST_FORMAT,
  ...members,
})

/** The bytes that its signature is made over. */
export const requestMessage = (request: StationRequest): Uint8Array =>
  pae('application/vnd.keyrite.station+json', utf8(canonical(request)))

export const formatRequest = (signed: SignedRequest): string => `${canonical(signed)}\n`

/** FORMAT-NEWER, STATION-REQUEST. */
export const parseRequest = (text: string): SignedRequest =>
  parseCarried(text, { shape: SignedRequest, member: 'request', format: REQUEST_FORMAT, refused: notRequest })

const notRequest = () =>
  notVerified(
    'STATION-REQUEST',
    'this is not the request of a station',
    apart(keyrite('station', 'request', '--out', 'FILE'), 'on the new machine'),
  )

/** By which people compare a station's key: 120 bits of the SHA-256 of its SPKI. */
export const stationCode = ({ spki }: SigningKey): string => recordCode(toBase64url(sha256(fromBase64url(spki))))
