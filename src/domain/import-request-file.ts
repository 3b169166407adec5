// The file of a request for a key, for whoever sends that: the public transport key, until when it is taken, and what to type there. Signed by the audit key.
import * as v from 'valibot'
import { canonical } from './canonical.ts'
import { pae, utf8 } from './encoding.ts'
import { notVerified } from './errors.ts'
import { endOfRequest } from './import-requests.ts'
import { type KeyImportRequestPlan, TRANSPORT_HASHES } from './inward-plans.ts'
import { classOf, KEY_TYPES, type KeyType } from './keys.ts'
import { serialOf } from './plan.ts'
import { publicKeyOf, publicKeyOrNone, spkiDigest } from './public-keys.ts'
import type { Signature } from './record.ts'

const IMPORT_REQUEST_FORMAT = 'keyrite.import-request/1'

/** What is signed: of an `intent`, made in the partition `name`. `spki`: of the transport key, DER. */
export function importRequest(plan: KeyImportRequestPlan, name: string, spki: Uint8Array) {
  const { partition, created, clock = created, hash, bits, wanted } = plan
  return {
    format: IMPORT_REQUEST_FORMAT,
    partition,
    name,
    token: serialOf(plan),
    key: { name: wanted.name, type: wanted.type },
    created: clock,
    until: endOfRequest(plan),
    hash,
    bits,
    ...ofItsKey(wanted.type, hash, spki),
  }
}

/** What is made of the transport key: its hash, itself for people, and the lines to type. */
const ofItsKey = (type: KeyType, hash: string, spki: Uint8Array) => ({
  sha256: spkiDigest(spki),
  pem: (publicKeyOf(spki).export({ format: 'pem', type: 'spki' }) as string).trimEnd().split('\n'),
  how: howToSend(type, hash, spki),
})

/** IMPORT-REQUEST: whoever exchanged the key on its way may have left its hash, which people compare, or other lines, which people run. */
export function checkOfItsKey(request: unknown): void {
  const read = v.safeParse(OfKey, request)
  const { key, hash, sha256, pem, how } = read.success ? read.output : unlike()
  const spki = publicKeyOrNone(Buffer.from(pem.slice(1, -1).join(''), 'base64'))?.export({
    format: 'der',
    type: 'spki',
  })
  if (!spki || canonical(ofItsKey(key.type, hash, spki)) !== canonical({ sha256, pem, how })) unlike()
}

const OfKey = v.object({
  key: v.object({ type: v.picklist(KEY_TYPES) }),
  hash: v.picklist(TRANSPORT_HASHES),
  sha256: v.string(),
  pem: v.array(v.string()),
  how: v.array(v.string()),
})

function unlike(): never {
  throw notVerified(
    'IMPORT-REQUEST',
    'its SHA-256 and its lines are not those that its public key makes: it was exchanged',
  )
}
type ImportRequest = ReturnType<typeof importRequest>

/** The bytes that its signature is made over. */
export const importRequestMessage = (request: ImportRequest): Uint8Array =>
  pae('application/vnd.keyrite.import-request+json', utf8(canonical(request)))

/** Laid out for people: who sends the key has no program of ours. */
export const formatImportRequest = (request: ImportRequest, signature: Signature): string =>
  `${JSON.stringify({ request, signature }, undefined, 2)}\n`

/**
 * What the sender types, in a shell with openssl 3: the key is in `key.bin` (a secret key, its bare bytes) or `key.pem` (a pair), and `key.wrapped` is sent; its SHA-256 comes last, to be read aloud. No
 * line has a character that JSON would write otherwise. From OpenSSL 3.5 on its `enc` wraps no more than a file that is named.
 */
function howToSend(type: KeyType, hash: string, spki: Uint8Array): string[] {
  const key = Buffer.from(spki).toString('base64')
  const oaep = `-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:${hash} -pkeyopt rsa_mgf1_md:${hash}`
  const encrypt = `openssl pkeyutl -encrypt -pubin -keyform DER -inkey transport.der ${oaep}`
  const first = [`echo ${key} | openssl base64 -d -A -out transport.der`, 'openssl dgst -sha256 -r transport.der']
  const last = 'openssl dgst -sha256 -r key.wrapped'
  if (classOf(type) === 'secret') return [...first, `${encrypt} -in key.bin -out key.wrapped`, last]
  return [
    ...first,
    'umask 077',
    'openssl pkey -in key.pem -pubout -out public.pem',
    'openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der',
    'openssl rand -out between.bin 32',
    `${encrypt} -in between.bin -out first.bin`,
    'openssl enc -id-aes256-wrap-pad -K $(od -An -v -tx1 between.bin | tr -dc 0-9a-f) -iv A65959A6 -in key.der -out second.bin',
    'cat first.bin second.bin > key.wrapped',
    'rm key.der between.bin first.bin second.bin',
    last,
  ]
}
