// What a certification authority signs is signed on the token, read again by another library, held against its plan and verified before it is written.

import { createHash, verify, X509Certificate } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { AuthorityPlan, CertAlgorithm, Crl } from '../../domain/certificate-plans.ts'
import { fromBase64url, fromHex, sha256, toHex, utf8 } from '../../domain/encoding.ts'
import { notVerified } from '../../domain/errors.ts'
import { artefactFrom } from '../../domain/file-names.ts'
import type { History } from '../../domain/history.ts'
import { label } from '../../domain/names.ts'
import { derInPem, type PemKind, toPem } from '../../domain/pem.ts'
import { publicKeyOf } from '../../domain/public-keys.ts'
import { certificateInfo, crlInfo, partsOf, signedWhole } from '../../domain/x509/write.ts'
import type { UserSession } from '../../hsm/port.ts'
import { readCertificate, readCrl } from '../../x509/read.ts'
import { checkOnToken } from '../key-targets.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { orNone } from '../what-lies-there.ts'
import { type RequestFiles, readBack } from './request-certificate.ts'

const kindOf = ({ op }: AuthorityPlan): PemKind => (op === 'cert.crl' ? 'X509 CRL' : 'CERTIFICATE')

const infoOf = (plan: AuthorityPlan): Uint8Array =>
  plan.op === 'cert.crl' ? crlInfo(plan.crl) : certificateInfo(plan.certificate)

const algorithmOf = (plan: AuthorityPlan): CertAlgorithm =>
  plan.op === 'cert.crl' ? plan.crl.algorithm : plan.certificate.algorithm

const spkiOf = ({ keys: [{ name, version }] }: AuthorityPlan, history: History): Uint8Array =>
  fromBase64url(history.key(name, version)!.spki!)

export function signCertificate(plan: AuthorityPlan, files: RequestFiles): Operation {
  const [target] = plan.keys
  return {
    check: async (session) => {
      bytesToSign(plan)
      await checkOnToken(target, session)
    },
    async run({ session, history }) {
      const info = bytesToSign(plan)
      const whole = signedWhole(info, algorithmOf(plan), await signature(plan, info, spkiOf(plan, history), session))
      await checkWhole(plan, whole, spkiOf(plan, history))
      const keys = await readBack(target, session)
      const content = toPem(kindOf(plan), whole)
      return { changed: false, keys, artefacts: files.createFiles([{ path: plan.file, content }]) }
    },
    /** A file that has its name is whole, and what failed came after: a recovery reads it anew. */
    async determineOutcome(context) {
      const { artefacts } = await certificateOutcome(plan, context, files)
      if (artefacts) throw notVerified('OUTCOME-FILES', `${plan.file} is there all the same`)
      return { changed: false, keys: [] }
    },
  }
}

/** CERT-AS-SIGNED: the fields that were approved give the bytes that were. */
function bytesToSign(plan: AuthorityPlan): Uint8Array {
  const info = infoOf(plan)
  if (toHex(sha256(info)) === plan.tbs) return info
  throw notVerified('CERT-AS-SIGNED', 'the bytes to be signed are not those whose hash the plan has')
}

const HASHES = {
  'ecdsa-sha256': 'sha256',
  'ecdsa-sha384': 'sha384',
  'ecdsa-sha512': 'sha512',
  'rsa-sha256': 'sha256',
} as const

/** By the way of `key sign`: the token gets the digest; of Ed25519 the bytes. */
async function signature(
  plan: AuthorityPlan,
  info: Uint8Array,
  spki: Uint8Array,
  session: UserSession,
): Promise<Uint8Array> {
  const [{ id, type }] = plan.keys
  const algorithm = algorithmOf(plan)
  const key = { id: fromHex(id), spki, type }
  if (algorithm === 'ed25519') return await session.signAs(key, info)
  const hash = HASHES[algorithm]
  const digest = { hash, value: createHash(hash).update(info).digest('hex') }
  return await session.signDigest(key, algorithm === 'rsa-sha256' ? 'rsa-pkcs1' : 'ecdsa', digest)
}

/** CERT-AS-SIGNED: it says what the plan says, and its signature is of the key. */
async function checkWhole(plan: AuthorityPlan, whole: Uint8Array, spki: Uint8Array): Promise<void> {
  await checkFields(plan, whole)
  const [{ name, version }] = plan.keys
  if (!isOfPlan(plan, whole, spki))
    throw notVerified('KEY-ANSWERS', `what the token gave is no signature by ${label(name, version)}`)
}

/** CERT-AS-SIGNED: read by another library than it is written with, it has the fields of its plan and no others. */
async function checkFields(plan: AuthorityPlan, whole: Uint8Array): Promise<void> {
  const read = plan.op === 'cert.crl' ? await readCrl(whole) : await readCertificate(whole)
  const wanted = plan.op === 'cert.crl' ? asWritten(plan.crl) : plan.certificate
  if (!isDeepStrictEqual(read, wanted))
    throw notVerified('CERT-AS-SIGNED', 'what would be signed does not say what its plan says')
}

/** Of a list without what the ledger alone knows. */
const asWritten = (crl: Crl): Crl => ({
  ...crl,
  revoked: crl.revoked.map(({ serial, date, reason }) => ({ serial, date, reason })),
})

/** CERT-AS-SIGNED: the same before anybody is asked, with something in the place of the signature. */
export const checkPlanned = (plan: AuthorityPlan): Promise<void> =>
  checkFields(plan, signedWhole(bytesToSign(plan), algorithmOf(plan), new Uint8Array(64).fill(1)))

/** Whether these are the bytes that the plan names, signed by this key. */
function isOfPlan(plan: AuthorityPlan, whole: Uint8Array, spki: Uint8Array): boolean {
  const { info, signature } = partsOf(whole) ?? {}
  if (!info || toHex(sha256(info)) !== plan.tbs) return false
  const algorithm = algorithmOf(plan)
  const hash = algorithm === 'ed25519' ? null : HASHES[algorithm]
  const key = publicKeyOf(spki)
  return verify(hash, info, key, signature!) && (plan.op === 'cert.crl' || new X509Certificate(whole).verify(key))
}

/** Done where the file is there, as planned. That it is not proves nothing: people carry such files away. */
export async function certificateOutcome(
  plan: AuthorityPlan,
  { session, history }: Pick<OperationContext, 'session' | 'history'>,
  files: RequestFiles,
): Promise<Effects> {
  files.dropUnfinished(plan.file)
  const text = await orNone(() => files.readText(plan.file))
  const keys = await readBack(plan.keys[0], session)
  const whole = text === undefined ? undefined : derInPem(kindOf(plan), text)
  if (!whole || keys.length === 0 || !isOfPlan(plan, whole, spkiOf(plan, history)))
    return { changed: false, keys: [], unproved: true }
  return { changed: false, keys, artefacts: [artefactFrom(plan.file, utf8(text!))] }
}
