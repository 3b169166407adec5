// Plans of what a certification authority signs: a profile, a request and the signer's own certificate become the fields of one certificate or list.

import {
  ALGORITHM_OF,
  type AuthorityPlan,
  type CertAlgorithm,
  type CertCrlPlan,
  type CertIssuePlan,
  type Certificate,
  type CertRootPlan,
  type Crl,
  isBefore,
} from '../../domain/certificate-plans.ts'
import { wrongIssued, wrongList, wrongRoot } from '../../domain/certificate-rules.ts'
import { ACCEPTS_CLOCK } from '../../domain/clock.ts'
import { fromBase64url, sha256, toBase64url, toHex } from '../../domain/encoding.ts'
import { refused } from '../../domain/errors.ts'
import { add, apart, type Hint, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { CERTIFIABLE } from '../../domain/key-transitions.ts'
import { statableOnly } from '../../domain/keys.ts'
import { label, toTime } from '../../domain/names.ts'
import { pairFingerprint } from '../../domain/public-keys.ts'
import type { KeyTarget } from '../../domain/shapes.ts'
import { listed } from '../../domain/words.ts'
import { certificateInfo, crlInfo, keyIdOf } from '../../domain/x509/write.ts'
import type { Issuer } from '../../x509/issuer.ts'
import type { CertificateProfile, CrlProfile, Period } from '../../x509/profile.ts'
import type { Requested } from '../../x509/request.ts'
import { checkRestored, knownKey } from '../key-targets.ts'
import { checkNoneOpen } from '../open-intent.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { HostSources } from '../ports.ts'
import { checkWithin, unfit } from './issuer-limits.ts'
import { checkIssuedName, checkRootName } from './names-of-authorities.ts'
import { checkNotCompromised, checkStands } from './revoked-keys.ts'
import { signingKey } from './sign-with-key.ts'

/** 127 random bits: nobody guesses the next one, and no two are alike. */
function newSerial({ random }: Pick<HostSources, 'random'>): string {
  const bytes = random(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return toHex(bytes)
}

/** The key that signs, as the plan names it. KEY-USAGE: RFC 9881 is not written here. */
function signer(key: CertificateProfile['key'], history: History): { entry: KeyEntry; keys: [KeyTarget] } {
  checkNoneOpen(history)
  const entry = signingKey(key, history)
  if (ALGORITHM_OF[entry.type] === undefined)
    throw refused(
      'KEY-USAGE',
      `${label(entry.name, entry.version)} is ${entry.type}: certificates and lists are signed here by rsa, ec and ed25519 keys alone`,
      keyrite('key', 'list', '--state', 'active'),
    )
  checkRestored([entry], history)
  return { entry, keys: [{ ...knownKey(entry), attributes: statableOnly(entry.attributes) }] }
}

const algorithmOf = ({ type }: KeyEntry): CertAlgorithm => ALGORITHM_OF[type]!

/** Others read what is signed: where its plan says that the clock is right, and the ledger ahead, its dates are those of the clock. */
const nowBy = (
  { created, accepted = [] }: Pick<AuthorityPlan, 'created' | 'accepted'>,
  { sources }: PlanInputs,
): string => (accepted.includes(ACCEPTS_CLOCK) ? toTime(sources.clock()) : created)

/** Whole seconds: certificates know no others. */
function spanOf({ from, until }: Period, now: string): [begins: string, ends: string] {
  const begins = from ?? `${now.slice(0, 19)}.000Z`
  return [begins, typeof until === 'string' ? until : new Date(Date.parse(begins) + until).toISOString()]
}

/** KEY-EXISTS, KEY-USAGE, KEY-STATE, KEY-ABSENT, CERT-FITS, CERT-SERIAL. */
export function planRoot(
  profile: CertificateProfile,
  file: string,
  history: History,
  inputs: PlanInputs,
): CertRootPlan {
  const { entry, keys } = signer(profile.key, history)
  const header = planHeader('cert.root', history, inputs)
  const now = nowBy(header, inputs)
  checkStands(undefined, entry, history)
  checkRootName(profile.subject!, entry, history, now)
  const keyId = keyIdOf(fromBase64url(entry.spki!))
  const certificate: Certificate = {
    ...datedOf(profile, now, inputs),
    algorithm: algorithmOf(entry),
    issuer: profile.subject!,
    subject: profile.subject!,
    spki: entry.spki!,
    subjectKeyId: keyId,
    authorityKeyId: keyId,
  }
  const plan = { ...header, keys, file, certificate, tbs: digestOf(certificateInfo(certificate)) }
  return fitting(plan, wrongRoot(plan), history)
}

/** Serial number, times and limits. */
function datedOf({ serial, period, limits }: CertificateProfile, now: string, { sources }: PlanInputs) {
  const [notBefore, notAfter] = spanOf(period, now)
  if (notAfter <= now) throw unfit(`the certificate would be over already: it ends at ${notAfter}`)
  return { serial: serial ?? newSerial(sources), notBefore, notAfter, ...limits }
}

interface Asked {
  profile: CertificateProfile
  issuer: Issuer
  request: Requested
  source: { path: string; sha256: string }
  file: string
}

/** The same, and CERT-ISSUER, CERT-REQUEST. */
export function planIssue(asked: Asked, history: History, inputs: PlanInputs): CertIssuePlan {
  const { profile, issuer, request, source, file } = asked
  const { entry, keys } = signer(profile.key, history)
  checkIssuer(issuer, entry, 'keyCertSign', history)
  checkStands(issuer, entry, history)
  checkNotEnded(request, history)
  checkNotCompromised(request.spki, history)
  const header = planHeader('cert.issue', history, inputs)
  const now = nowBy(header, inputs)
  const certificate: Certificate = {
    ...datedOf(profile, now, inputs),
    algorithm: algorithmOf(entry),
    issuer: issuer.subject,
    subject: subjectOf(profile, request),
    spki: toBase64url(request.spki),
    subjectKeyId: keyIdOf(request.spki),
    authorityKeyId: issuer.keyId,
  }
  checkWithin(certificate, issuer)
  checkIssuedName(certificate, { ...issuer, entry }, history, now)
  const plan = {
    ...header,
    keys,
    file,
    certificate,
    under: issuer.sha256,
    request: source,
    tbs: digestOf(certificateInfo(certificate)),
  }
  return fitting(plan, wrongIssued(plan), history)
}

/** CERT-ISSUER: the signer's certificate is of the key that signs, and lets it sign such a thing. */
function checkIssuer(
  { spki, keyUsage, tbs }: Issuer,
  entry: KeyEntry,
  usage: 'keyCertSign' | 'cRLSign',
  history: History,
): void {
  const name = label(entry.name, entry.version)
  if (toBase64url(spki) !== entry.spki)
    throw refused(
      'CERT-ISSUER',
      `the certificate that the profile names as issuer is not of ${name}`,
      keyrite('key', 'public', name),
    )
  checkKnown(tbs, entry, history)
  if (keyUsage.includes(usage)) return
  throw refused(
    'CERT-ISSUER',
    `the certificate of ${name} lacks ${usage}: nobody would accept what it signs`,
    OTHER_ISSUER,
  )
}

/** CERT-ISSUER: where the ledger has certificates of this key it is one of them, with the limits that were approved. */
function checkKnown(tbs: string, { name, version, spki }: KeyEntry, history: History): void {
  const known = history.certificates.of(spki!)
  if (known.length === 0 || known.some((one) => one.tbs === tbs)) return
  const files = listed(known.map(({ file, record }) => `${file} of record ${record}`))
  throw refused(
    'CERT-ISSUER',
    `the certificate that the profile names as issuer is none that the ledger knows of ${label(name, version)}`,
    `it knows ${files}`,
  )
}

const OTHER_ISSUER = 'choose a key whose certificate allows it, or have another certificate made'

/** CERT-REQUEST: of a key of this partition the ledger knows whether it is still good. */
function checkNotEnded({ spki }: Requested, history: History): void {
  const own = history.keys.pair(pairFingerprint(spki))
  if (own === undefined || CERTIFIABLE.includes(own.state)) return
  const name = label(own.name, own.version)
  throw refused('CERT-REQUEST', `the request is for ${name}, which is ${own.state}`, keyrite('key', 'show', name))
}

/** CERT-REQUEST: where both name somebody they name the same; where no certificate here can name whom the request names, the profile says who it is. */
function subjectOf({ subject }: CertificateProfile, { subject: asked, unfit }: Requested): string {
  if (unfit !== undefined) {
    if (subject !== undefined) return subject
    throw refused('CERT-REQUEST', `the subject of the request can't be taken over: ${unfit}`, SUBJECT_THERE)
  }
  if (subject === undefined || subject === asked) return asked
  throw refused(
    'CERT-REQUEST',
    `the request is for ${asked}, and the profile is for ${subject}`,
    'ask whoever sent it, or leave subject out of the profile',
  )
}

const SUBJECT_THERE = 'write subject into the profile, as whoever sent the request says it'

/** The same of a revocation list, and CRL-NUMBER, CRL-KNOWN, CRL-KEEPS. */
export function planCrl(
  profile: CrlProfile,
  issuer: Issuer,
  file: string,
  history: History,
  inputs: PlanInputs,
): CertCrlPlan {
  const { entry, keys } = signer(profile.key, history)
  checkIssuer(issuer, entry, 'cRLSign', history)
  const header = planHeader('cert.crl', history, inputs)
  const now = nowBy(header, inputs)
  const [thisUpdate, nextUpdate] = spanOf(profile.period, now)
  if (nextUpdate <= now) throw unfit(`the list would be over already: its next update is at ${nextUpdate}`)
  const revoked = profile.revoked.toSorted((a, b) => (isBefore(a.serial, b.serial) ? -1 : 1))
  const twice = revoked.find(({ serial }, i) => serial === revoked[i - 1]?.serial)
  if (twice) throw unfit(`${twice.serial} is revoked twice`)
  const crl: Crl = {
    algorithm: algorithmOf(entry),
    issuer: issuer.subject,
    authorityKeyId: issuer.keyId,
    thisUpdate,
    nextUpdate,
    number: profile.number ?? history.certificates.nextNumber(label(entry.name, entry.version)),
    revoked,
  }
  const plan = { ...header, keys, file, crl, under: issuer.sha256, tbs: digestOf(crlInfo(crl)) }
  return fitting(plan, wrongList(plan), history)
}

function fitting<P extends AuthorityPlan>(plan: P, wrong: string | undefined, history: History): P {
  if (wrong !== undefined) throw unfit(wrong)
  const [code, why] = history.certificates.broken(plan) ?? []
  if (code !== undefined) throw refused(code, why!, brokenHint(code, plan, history))
  return plan
}

function brokenHint(code: string, plan: AuthorityPlan, history: History): Hint {
  if (code === 'CRL-KEEPS') return keepingHint(plan, history)
  if (code !== 'CRL-NUMBER') return keyrite('audit', 'show')
  const [{ name, version }] = plan.keys
  return Number.isSafeInteger(history.certificates.nextNumber(label(name, version)))
    ? 'leave number out of the profile: the list gets the next one'
    : 'a CA whose key is another signs lists of its own'
}

/** Nothing that was revoked is let go; that a list was wrong about it can be said. */
function keepingHint({ keys: [{ name, version }], reason }: AuthorityPlan, { certificates }: History): Hint {
  const { number } = certificates.lastList(label(name, version))!
  return apart(
    `have its table in the profile as list ${number} has it; where that is wrong, the right date or reason and corrects = ${number}`,
    ...(reason === undefined ? [add('--reason', 'TEXT')] : []),
  )
}

const digestOf = (info: Uint8Array): string => toHex(sha256(info))
