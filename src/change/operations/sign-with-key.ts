// A signature over a file, or over a digest that somebody brings: made on the token, and verified here before it is written.

import { createHash } from 'node:crypto'
import { ecdsaInDer } from '../../domain/certificate-request.ts'
import { fromBase64url, fromHex } from '../../domain/encoding.ts'
import { deviceFailed, notVerified, refused } from '../../domain/errors.ts'
import { artefactFrom } from '../../domain/file-names.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { mayNowSign } from '../../domain/key-transitions.ts'
import { type KeyType, standingOf, statableOnly } from '../../domain/keys.ts'
import { type KeyVersion, label, quoted } from '../../domain/names.ts'
import type { Digest, KeySignPlan } from '../../domain/outward-plans.ts'
import type { Foreseen } from '../../domain/profile.ts'
import {
  type Hash,
  HEAD_OF_SEQUENCE,
  isOfWhole,
  isOverDigest,
  isSequence,
  MOST_OF_WHOLE,
  type Padding,
  type SignatureScheme,
  schemesOf,
  usualHash,
  verifierOf,
  verifiesDigest,
} from '../../domain/signing.ts'
import type { UserSession } from '../../hsm/port.ts'
import type { Files } from '../../ledger/port.ts'
import { checkOnToken, checkRestored, findKey, knownKey } from '../key-targets.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import { orNone } from '../what-lies-there.ts'
import { readBack } from './request-certificate.ts'

export type SignedFiles = Pick<Files, 'chunks' | 'createFiles' | 'dropUnfinished'>

interface Wanted {
  key: KeyVersion
  of: ToSign
  padding?: Padding | undefined
  /** The absolute path of the file that is to be written. */
  file: string
}

/** The digest of a file, or of what nobody shows. */
type ToSign = Pick<KeySignPlan, 'digest' | 'source'>

/** KEY-EXISTS, KEY-USAGE, KEY-STATE, KEY-ABSENT. */
export function planSignature({ key, of, padding, file }: Wanted, history: History, inputs: PlanInputs): KeySignPlan {
  checkNoneOpen(history)
  const entry = signingKey(key, history)
  checkRestored([entry], history)
  const scheme = schemeFor(entry.type, of, padding)
  const known = { ...knownKey(entry), attributes: statableOnly(entry.attributes) }
  return { ...planHeader('key.sign', history, inputs), keys: [known], file, scheme, ...of }
}

/** KEY-EXISTS, KEY-USAGE, KEY-STATE: a key that may sign now. */
export function signingKey(key: KeyVersion, history: History): KeyEntry {
  const entry = findKey(key, history)
  const name = label(entry.name, entry.version)
  const list = keyrite('key', 'list', '--state', 'active')
  if (entry.class !== 'pair') throw refused('KEY-USAGE', `${name} is ${entry.type}: only a pair signs files`, list)
  if (!entry.usage.includes('sign'))
    throw refused('KEY-USAGE', `${name} is made to ${entry.usage.join(' and ')}, not to sign`, list)
  if (mayNowSign(entry)) return entry
  throw refused('KEY-STATE', `${name} is ${standingOf(entry)}: it signs nothing`, list)
}

/** KEY-USAGE: a way that the type has, and what comes of it can be verified here. */
function schemeFor(type: KeyType, { digest, source }: ToSign, padding: Padding | undefined): SignatureScheme {
  const all = schemesOf(type)
  const scheme = all.length === 1 ? all[0]! : padding === 'pss' ? 'rsa-pss' : 'rsa-pkcs1'
  if (padding !== undefined && all.length === 1)
    throw refused('KEY-USAGE', `${type} knows no padding`, 'the same command without --padding')
  if (source === undefined && !isOverDigest(scheme))
    throw refused('KEY-USAGE', WITH_FILE[scheme]!, to('name the file', add('--in', 'FILE')))
  if (!isOfWhole(scheme)) return scheme
  if (digest.hash !== usualHash(type))
    throw refused('KEY-USAGE', `${scheme} has a hash of its own`, 'the same command without --hash')
  if (source!.bytes <= MOST_OF_WHOLE) return scheme
  const message = `${scheme} signs files of up to 1 MiB, and this one has ${source!.bytes} bytes`
  throw refused('KEY-USAGE', message, 'sign it with an ec or an rsa key')
}

const WITH_FILE: { readonly [scheme in SignatureScheme]?: string } = {
  ed25519: 'ed25519 signs a file, and no digest',
  'ml-dsa': 'ml-dsa signs a file, and no digest',
  'rsa-pss': 'a PSS signature of a digest alone could not be verified here',
}

/** FILE-MISSING, FILE-KIND, FILE-EMPTY: what of a file is signed. It is read once, and is never in memory as a whole. `check` gets its first bytes, and how many it has. */
export async function toSign(
  path: string,
  hash: Hash,
  files: Pick<Files, 'chunks'>,
  check: (head: Uint8Array, bytes: number) => void,
): Promise<ToSign> {
  let head = new Uint8Array()
  const { value, bytes } = await measured(path, hash, files, (chunk) => {
    if (head.length < HEAD_OF_SEQUENCE) head = Uint8Array.of(...head, ...chunk.subarray(0, HEAD_OF_SEQUENCE))
  })
  check(head, bytes)
  return { digest: { hash, value } as Digest, source: { path, bytes } }
}

/** CERT-UNSEEN: what a CA signs of certificates is shown field by field, and never comes as a file. */
export function checkNoCertificate(
  path: string,
  head: Uint8Array,
  bytes: number,
  key: KeyEntry,
  history: History,
): void {
  if (!history.certificates.isAuthority(key) || !isSequence(head, bytes)) return
  throw refused(
    'CERT-UNSEEN',
    `${quoted(path)} is a structure in ASN.1, as certificates, lists and requests are signed, and ${label(key.name, key.version)} is a key of a CA: nobody would see what it says`,
    to('what a CA signs is told by a profile', keyrite('cert', 'issue', '--help'), keyrite('cert', 'crl', '--help')),
  )
}

/** FILE-EMPTY: of nothing there is nothing to sign. Its bytes go to `take` as well. */
async function measured(
  path: string,
  hash: Hash,
  files: Pick<Files, 'chunks'>,
  take?: (chunk: Uint8Array) => void,
): Promise<{ value: string; bytes: number }> {
  const digest = createHash(hash)
  let bytes = 0
  for await (const chunk of files.chunks(path)) {
    digest.update(chunk)
    take?.(chunk)
    bytes += chunk.length
  }
  if (bytes === 0) throw refused('FILE-EMPTY', `${quoted(path)} is empty`, 'choose another file')
  return { value: digest.digest('hex'), bytes }
}

/** MECHANISM: by its list. The others sign the challenge that proves a key. */
export function checkSigns({ scheme }: KeySignPlan, { audit }: Pick<Foreseen, 'audit'>): void {
  if (scheme !== 'rsa-pss' || audit.includes('PS256')) return
  throw deviceFailed('MECHANISM', 'the token lists nothing that signs by RSA-PSS', 'the same command without --padding')
}

export function signWithKey(plan: KeySignPlan, files: SignedFiles): Operation {
  const [target] = plan.keys
  return {
    async check(session) {
      await checkOnToken(target, session)
      await checkUnchanged(plan, files)
    },
    async run({ session, history }) {
      const spki = spkiOf(plan, history)
      const content = await signature(plan, spki, session, files)
      if (!(await isSignatureOf(plan, spki, content, files)))
        throw notVerified('KEY-ANSWERS', `what the token gave is no signature by ${label(target.name, target.version)}`)
      const keys = await readBack(plan.keys[0], session)
      return { changed: false, keys, artefacts: files.createFiles([{ path: plan.file, content }]) }
    },
    /** A file that has its name is whole, and what failed came after: a recovery reads it anew. */
    async determineOutcome(context) {
      const { artefacts } = await signatureOutcome(plan, context, files)
      if (artefacts) throw notVerified('OUTCOME-FILES', `${plan.file} is there all the same`)
      return { changed: false, keys: [] }
    },
  }
}

const spkiOf = ({ keys: [{ name, version }] }: KeySignPlan, history: History): Uint8Array =>
  fromBase64url(history.key(name, version)!.spki!)

/** FILE-CHANGED: nobody signs what was not approved. */
async function checkUnchanged({ source, digest }: KeySignPlan, files: SignedFiles): Promise<void> {
  if (source === undefined) return
  const { value } = await measured(source.path, digest.hash, files)
  if (value === digest.value) return
  throw refused('FILE-CHANGED', `${quoted(source.path)} is not what was approved any more`, 'run the command again')
}

async function signature(
  { keys: [{ id, type }], scheme, digest, source }: KeySignPlan,
  spki: Uint8Array,
  session: UserSession,
  files: SignedFiles,
): Promise<Uint8Array> {
  const key = { id: fromHex(id), spki, type }
  if (isOfWhole(scheme)) return await session.signAs(key, await whole(source!.path, files))
  const made = await session.signDigest({ id: key.id, type }, scheme, digest)
  return scheme === 'ecdsa' ? ecdsaInDer(made) : made
}

async function whole(path: string, files: Pick<Files, 'chunks'>, most = MOST_OF_WHOLE): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of files.chunks(path)) {
    bytes += chunk.length
    if (bytes > most) throw refused('FILE-KIND', `${quoted(path)} is longer than it was to be`)
    chunks.push(chunk)
  }
  return Uint8Array.from(Buffer.concat(chunks))
}

/** By the file, as long as it is the one of the plan; else by the digest, where that tells. */
async function isSignatureOf(
  plan: KeySignPlan,
  spki: Uint8Array,
  signature: Uint8Array,
  files: Pick<Files, 'chunks'>,
): Promise<boolean> {
  const verifier = verifierOf(plan, spki)
  if (!(await passes(plan, files, verifier.update))) return await verifiesDigest(plan, spki, signature)
  return verifier.isRight(signature)
}

/** Whether the file is there, and the one of the plan: its bytes go to `take`. */
async function passes(
  { source, digest }: KeySignPlan,
  files: Pick<Files, 'chunks'>,
  take: (chunk: Uint8Array) => void,
): Promise<boolean> {
  if (source === undefined) return false
  const found = await orNone(() => measured(source.path, digest.hash, files, take))
  return found?.value === digest.value
}

/** ML-DSA-87 has more than half of it. */
const LONGEST = 8192

/** Done where the file is there and the signature right. That it is not proves nothing: people carry such files away. */
export async function signatureOutcome(
  plan: KeySignPlan,
  { session, history }: Pick<OperationContext, 'session' | 'history'>,
  files: SignedFiles,
): Promise<Effects> {
  files.dropUnfinished(plan.file)
  const content = await orNone(() => whole(plan.file, files, LONGEST))
  const keys = await readBack(plan.keys[0], session)
  const isThere =
    content !== undefined && keys.length > 0 && (await isSignatureOf(plan, spkiOf(plan, history), content, files))
  if (!isThere) return { changed: false, keys: [], unproved: true }
  return { changed: false, keys, artefacts: [artefactFrom(plan.file, content)] }
}
