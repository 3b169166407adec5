// What a certification authority is to sign, as people write it in TOML: the profile of a root, of a request, of a certificate for another, or of a revocation list.
import {
  type Certificate,
  type CertKeyUsage,
  KEY_USAGES,
  OID,
  REASON_NAMES,
  type Reason,
  SERIAL,
  URI,
} from '../domain/certificate-plans.ts'
import { usage } from '../domain/errors.ts'
import { type KeyVersion, parseDuration, parseKeyVersion, quoted } from '../domain/names.ts'
import { formatSubject, type NamePart, parseSubject } from '../domain/subject.ts'
import { parseConstraint, parseName } from '../domain/x509/constraints.ts'
import { PURPOSES } from '../domain/x509/purposes.ts'
import { type Members, owed, readProfile } from './members.ts'

const DAY = 86_400_000

/** Far above the dates that people number lists by, and far below the highest number that a plan can have: the next lists need theirs. */
const MOST_GIVEN = 2 ** 52

/** From when and until when: `until` as a moment, or as so many milliseconds after the beginning. */
export interface Period {
  from?: string
  until: string | number
}

/** What a certificate says beyond its subject and its key. */
type Limits = Pick<
  Certificate,
  'pathLength' | 'extendedKeyUsage' | 'names' | 'permitted' | 'excluded' | 'policies' | 'crlAt' | 'ocspAt' | 'issuerAt'
> & { ca: boolean; keyUsage: CertKeyUsage[] }

export interface CertificateProfile {
  key: KeyVersion
  /** Absent where it is the one of the request. */
  subject?: string
  serial?: string
  period: Period
  limits: Limits
}

interface RevokedEntry {
  serial: string
  date: string
  reason: Reason
  elsewhere?: true
  corrects?: number
}

export interface CrlProfile {
  key: KeyVersion
  issuer: string
  number?: number
  period: Period
  revoked: RevokedEntry[]
}

/** CERT-PROFILE. */
export function readRootProfile(text: string, file: string): CertificateProfile {
  return readProfile(text, file, 'root', (members) => {
    const profile = { ...common(members), limits: limitsOf(members, true) }
    owed(members, 'subject', profile.subject)
    return profile
  })
}

/** CERT-PROFILE. What a request is to say; another names the key. */
export function readRequestProfile(text: string, file: string): { subject: NamePart[]; names: string[] } {
  return readProfile(text, file, 'request', (members) => ({
    subject: owed(members, 'subject', members.text('subject', parseSubject)),
    names: members.texts('names', parseName) ?? [],
  }))
}

/** CERT-PROFILE. `issuer`: the path of the signer's certificate, from the profile's own folder. */
export function readIssueProfile(text: string, file: string): CertificateProfile & { issuer: string } {
  return readProfile(text, file, 'issue', (members) => {
    const issuer = owed(members, 'issuer', members.text('issuer', plain))
    const ca = owed(members, 'ca', members.flag('ca'))
    return { ...common(members), issuer, limits: { ...limitsOf(members, ca), ...placesOf(members) } }
  })
}

/** CERT-PROFILE. */
export function readCrlProfile(text: string, file: string): CrlProfile {
  return readProfile(text, file, 'crl', (members) => {
    const number = members.number('number', 1, MOST_GIVEN)
    return {
      key: owed(members, 'key', members.text('key', parseKeyVersion)),
      issuer: owed(members, 'issuer', members.text('issuer', plain)),
      ...(number === undefined ? {} : { number }),
      period: periodOf(members, 'this-update', 'next-update'),
      revoked: members.all('revoked').map(entryOf),
    }
  })
}

const LACKS_SIGN = 'keyCertSign is missing: without it a CA signs no certificate'

function common(members: Members): Omit<CertificateProfile, 'limits'> {
  const subject = members.text('subject', (text) => formatSubject(parseSubject(text)))
  const serial = members.text('serial', parseSerial)
  return {
    key: owed(members, 'key', members.text('key', parseKeyVersion)),
    ...(subject === undefined ? {} : { subject }),
    ...(serial === undefined ? {} : { serial }),
    period: periodOf(members, 'not-before', 'not-after'),
  }
}

/** The end stands there, or how long it takes, and never both. */
function periodOf(members: Members, begins: string, ends: string): Period {
  const [from, until] = [members.time(begins), members.time(ends)]
  const length = members.text('valid-for', (text) => parseDuration(text, DAY, 36_525 * DAY))
  if (members.has(ends) === members.has('valid-for'))
    members.tell(ends, 'either it or valid-for (such as "365d") says when it ends')
  return { ...(from === undefined ? {} : { from }), until: until ?? length! }
}

function limitsOf(members: Members, ca: boolean): Limits {
  const pathLength = members.number('path-length', 0, 100)
  if (ca === false && pathLength !== undefined) members.tell('path-length', 'it is of a CA, and ca is false')
  const constraints = members.inner('name-constraints')
  if (ca === false && constraints) members.tell('name-constraints', 'they are of a CA, and ca is false')
  const permitted = constraints?.texts('permitted', parseConstraint)
  const excluded = constraints?.texts('excluded', parseConstraint)
  constraints?.end()
  if (constraints && !constraints.has('permitted') && !constraints.has('excluded'))
    members.tell('name-constraints', 'it is empty')
  return {
    ca,
    keyUsage: keyUsageOf(members, ca),
    ...present({ pathLength, permitted, excluded, policies: members.texts('policies', parseOid) }),
  }
}

/** Of others than a root: whom it names besides, and where its users find what they need. */
function placesOf(members: Members): Partial<Limits> {
  return present({
    extendedKeyUsage: members.texts('extended-key-usage', parsePurpose),
    names: members.texts('names', parseName),
    crlAt: members.texts('crl-at', parseUri),
    ocspAt: members.texts('ocsp-at', parseUri),
    issuerAt: members.texts('issuer-at', parseUri),
  })
}

function present<T extends object>(members: T): { [name in keyof T]?: NonNullable<T[name]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}

function keyUsageOf(members: Members, ca: boolean): CertKeyUsage[] {
  const given = members.texts('key-usage', (text) => {
    if (KEY_USAGES.some((one) => one === text)) return text
    throw usage(`${quoted(text)} is none of ${KEY_USAGES.join(', ')}`)
  })
  if (ca === false && !members.has('key-usage'))
    members.tell('key-usage', `it is missing: what the key may be used for, of ${KEY_USAGES.join(', ')}`)
  const all = given ?? ['keyCertSign', 'cRLSign']
  if (ca === false && given?.includes('keyCertSign'))
    members.tell('key-usage', 'keyCertSign is of a CA, and ca is false')
  if (ca && !all.includes('keyCertSign')) members.tell('key-usage', LACKS_SIGN)
  return KEY_USAGES.filter((one) => all.includes(one))
}

function entryOf(members: Members): RevokedEntry {
  const reason = members.text('reason', (text) => {
    const known = REASON_NAMES.find((one) => one === text)
    if (known) return known
    throw usage(`${quoted(text)} is none of ${REASON_NAMES.join(', ')}`)
  })
  const entry = {
    serial: owed(members, 'serial', members.text('serial', parseSerial)),
    date: owed(members, 'date', members.time('date')),
    reason: reason ?? 'unspecified',
    ...(members.flag('elsewhere') ? { elsewhere: true as const } : {}),
    ...present({ corrects: members.number('corrects', 1, Number.MAX_SAFE_INTEGER) }),
  }
  members.end()
  return entry
}

const plain = (text: string): string => {
  if (text !== '') return text
  throw usage('it is empty')
}

/** Hex as openssl and certtool write it: with colons or without. */
function parseSerial(text: string): string {
  const digits = text.toLowerCase().replace(/^0x/, '').replaceAll(':', '')
  const whole = digits.length % 2 === 0 ? digits : `0${digits}`
  const serial = whole.replace(/^(00)+(?=..)/, '')
  if (SERIAL.test(serial)) return serial
  throw usage(`${quoted(text)} is no serial number: hex of a positive number of 20 bytes at most`)
}

const parsePurpose = (text: string): string =>
  Object.hasOwn(PURPOSES, text) ? PURPOSES[text]! : parseOid(text, `, and none of ${Object.keys(PURPOSES).join(', ')}`)

function parseOid(text: string, nor = ''): string {
  const arcs = text.split('.').map(Number)
  // X.660: below 0 and 1 there are 40. DER has the first two as one number.
  const fits = arcs[0] === 2 || arcs[1]! < 40
  if (OID.test(text) && fits && arcs.every((arc) => arc <= Number.MAX_SAFE_INTEGER - 80)) return text
  throw usage(`${quoted(text)} is no object identifier, such as 2.5.29.32.0${nor}`)
}

/** A host and its port; of a directory it may be left to whoever asks. */
const AUTHORITY = /^(ldap:\/\/|\w+:\/\/([^/?#:@]+|\[[0-9A-Fa-f:.]+\])(:\d+)?)([/?#]|$)/

/** RFC 3986, 2: whoever fetches it reads it as it is signed. A browser would mend what is wrong with it. */
const WRITTEN = /^([A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/

function parseUri(text: string): string {
  if (URI.test(text) && AUTHORITY.test(text) && WRITTEN.test(text) && URL.canParse(text)) return text
  throw usage(`${quoted(text)} is no address like http://pki.example.com/root.crl; https:// and ldap:// are others`)
}
