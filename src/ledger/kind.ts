// What a file is: told by how it begins, or by the format that its JSON names.
import { closeSync, readSync } from 'node:fs'
import { openRegular } from '../disk/files.ts'
import { textIn } from '../domain/encoding.ts'
import { KeyriteError } from '../domain/errors.ts'
import { type Hint, keyrite } from '../domain/hints.ts'
import { KEY_BLOCK } from '../domain/key-block.ts'
import { readLines } from './lines.ts'

/** In words, for messages. */
export const KINDS = {
  backup: 'a backup',
  ledger: 'a ledger',
  checkpoint: 'a checkpoint',
  certificate: 'a certificate of destruction',
  share: 'a share file',
  plan: 'a plan',
  report: 'a report',
  index: 'the index beside a ledger',
  manifest: 'a manifest of keys',
  'certificate-profile': 'the profile of a certificate, or of a revocation list',
  'station-request': 'a request of a station',
  'import-request': 'a request for a key, for whoever sends it',
  challenge: 'a challenge for a share',
  answer: 'the answer of a share to a challenge',
  confirmation: 'the confirmation of a new share',
  proposal: 'a plan that was sent for approval',
  contribution: 'the sealed share of a custodian who approves from afar',
  proof: 'a proof of records',
  'witness-request': 'a request for a witness',
  pending: 'what is noted of an unfinished init or restore',
  issue: 'what is noted of shares that were handed out',
  settings: 'the settings of a host',
  'private-key': 'a private key, such as that of a station',
  identity: 'an age identity',
  'x509-certificate': 'an X.509 certificate',
  'x509-request': 'a request for a certificate',
  'x509-crl': 'a revocation list',
  component: 'a component of a key, which is secret',
  'key-block': 'a key block (X9.143, before that TR-31)',
  'ceremony-script': 'the script of a key ceremony',
  'ceremony-site': 'the site file of a key ceremony',
  'ceremony-journal': 'the journal of a key ceremony',
  'ceremony-head': 'the head of a journal, which witnesses sign',
  'ceremony-record': 'the record of a key ceremony',
  'ceremony-rehearsal': 'what a rehearsal of a key ceremony has left',
  'witness-signature': 'a signature of ssh-keygen, such as that of a witness',
} as const
export type Kind = keyof typeof KINDS

/** People write it: notes may stand before, and members in any order. */
function named(format: string): RegExp {
  return new RegExp(`(?:^|[{,\\s])"?format"?\\s*[=:]\\s*["']${format}/\\d`)
}

const BEGINS: readonly (readonly [begins: RegExp, kind: Kind])[] = [
  [/^\{"header":/, 'backup'],
  [/^\{"record":/, 'ledger'],
  [/^keyrite\/[0-9a-f-]{36}\n/, 'checkpoint'],
  [/^\{"proof":/, 'proof'],
  [/^old \d+\n/, 'witness-request'],
  [/^\{"request":/, 'station-request'],
  // Laid out for people.
  [/^\{\s+"request":/, 'import-request'],
  [/^\{"challenge":/, 'challenge'],
  [/^\{"answer":/, 'answer'],
  [/^\{"confirmation":/, 'confirmation'],
  [/^\{"proposal":/, 'proposal'],
  [/^\{"anchor":\{"code":/, 'report'],
  [/^\{"contribution":/, 'contribution'],
  [/^\{"signature":|^CERTIFICATE OF DESTRUCTION/i, 'certificate'],
  [/^-----BEGIN AGE|^age-encryption\.org|^krs1|^# partition: /, 'share'],
  ...inDer(),
  [/^-----BEGIN PRIVATE KEY/, 'private-key'],
  [/^AGE-SECRET-KEY-1|^# created: /i, 'identity'],
  [/^\{"format":"keyrite\.pending\//, 'pending'],
  [/^\{"format":"keyrite\.issue\//, 'issue'],
  [/^\{\s*"(version|partitions)":/, 'settings'],
  [/^# component \d of \d of /, 'component'],
  [KEY_BLOCK, 'key-block'],
  [/^\{"entry":/, 'ceremony-journal'],
  [/^\{"head":/, 'ceremony-head'],
  [/^\{"manifest":\{"files":/, 'ceremony-record'],
  [/^\{"rehearsal":/, 'ceremony-rehearsal'],
  [/^-----BEGIN SSH SIGNATURE-----/, 'witness-signature'],
  // People write them: notes may stand before, and members in any order.
  [/^\s*(?:\{|"?format"?\s*[=:]|#|[a-z]+\s*=)[\s\S]*?"?format"?\s*[=:]\s*["']keyrite\.ceremony\/\d/, 'ceremony-script'],
  [
    /^\s*(?:\{|"?format"?\s*[=:]|#|[a-z]+\s*=)[\s\S]*?"?format"?\s*[=:]\s*["']keyrite\.ceremony-site\/\d/,
    'ceremony-site',
  ],
  [/^(?:# |<!doctype html>|[^\n]*\r\n)[\s\S]*?\bkeyrite report [a-z-]+ [^\n]*--as-of \d{4}-/i, 'report'],
  [/^\["[\w-]{22}",\d+\]\[/, 'index'],
  [named('keyrite\\.manifest'), 'manifest'],
  // Canonical, or as --dry-run --json shows it.
  [/^\{"(abandons|absent|accepted|backup|certificate|created)":|^\{"ok":true,"data":\{"plan":/, 'plan'],
  [named('keyrite\\.ceremony'), 'ceremony-script'],
  [named('keyrite\\.ceremony-site'), 'ceremony-site'],
  // It names no format.
  [/^(?!\s*\{)(?=[\s\S]*^key\s*=)(?=[\s\S]*^(?:not-after|next-update|valid-for)\s*=)/m, 'certificate-profile'],
]

/** Others write what it says before it, and a shell of Windows writes UTF-16. */
const IN_PEM: typeof BEGINS = [
  [/^-----BEGIN CERTIFICATE-----/m, 'x509-certificate'],
  [/^-----BEGIN (NEW )?CERTIFICATE REQUEST-----/m, 'x509-request'],
  [/^-----BEGIN X509 CRL-----/m, 'x509-crl'],
]

/** Of each what is signed comes first in it. A certificate has its version in brackets; a request (of version 0) goes on with a name, a list (of version 1) with an algorithm. */
function inDer(): (readonly [RegExp, Kind])[] {
  const sequence = String.raw`\x30(?:[\0-\x7f]|\x81[^]|\x82[^]{2}|\x83[^]{3})`
  const starting = (then: string) => new RegExp(`^${sequence}${sequence}${then}`)
  return [
    [starting(String.raw`\xa0\x03\x02\x01[\0-\x02]\x02`), 'x509-certificate'],
    [starting(String.raw`\x02\x01\0(?:\x30\0|${sequence}\x31)`), 'x509-request'],
    [starting(String.raw`\x02\x01\x01${sequence}\x06`), 'x509-crl'],
  ]
}

/** Bytes: notes of people may stand before a format. */
const BEGINNING = 4096

/** Undefined where it is nothing of ours. */
export function kindOf(path: string): Kind | undefined {
  const bytes = beginningOf(path)
  const begins = bytes.toString('latin1')
  if (/^\{"accepted":\[/.test(begins) && isIndex(path)) return 'index'
  const among = (kinds: typeof BEGINS, text: string) => kinds.find(([pattern]) => pattern.test(text))?.[1]
  return among(BEGINS, begins) ?? among(IN_PEM, textIn(bytes) ?? begins)
}

/** Its first line may be long: what it is stands in the second. */
const isIndex = (path: string): boolean => {
  let n = 0
  for (const { bytes } of readLines(openRegular(path)))
    if (n++ === 1) return bytes.toString('latin1').includes('"format":"keyrite.index/')
  return false
}

function beginningOf(path: string): Buffer {
  const fd = openRegular(path)
  try {
    const bytes = Buffer.alloc(BEGINNING)
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0))
  } finally {
    closeSync(fd)
  }
}

/** Which command takes a file that was given to another. */
const TAKEN: { readonly [kind in Kind]?: (path: string) => Hint } = {
  challenge: (path) => keyrite('quorum', 'drill', '--challenge', path, '--out', 'ANSWER'),
  answer: (path) => keyrite('quorum', 'drill', '--in', path),
  confirmation: (path) => keyrite('quorum', 'confirm', '--in', path),
  proposal: (path) => keyrite('plan', 'show', path, '--ledger', 'FILE'),
  share: (path) => keyrite('share', 'show', path),
}

/** Of files that are carried between machines: that it is none of those. */
const NOT_THAT: readonly string[] = ['STATEMENT-FILE', 'PROPOSAL-FILE', 'CONTRIBUTION-FILE']

/** A file that is carried to or from shares, and that is none of this kind: where it is another of ours it is said which. */
export function ofKind<T>(path: string, wanted: Kind, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof KeyriteError) || !NOT_THAT.includes(error.code)) throw error
    const kind = kindOf(path)
    if (!kind || kind === wanted) throw error
    const hint = TAKEN[kind]?.(path) ?? keyrite('inspect', path)
    throw error.with({ message: notThat(path, kind, KINDS[wanted]), hint })
  }
}

/** `pay.txt is not a backup`, or what it is instead. */
export const notThat = (path: string, kind: Kind | undefined, wanted: string): string =>
  kind === undefined ? `${path} is not ${wanted}` : `${path} is ${KINDS[kind]}, not ${wanted}`
