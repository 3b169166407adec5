// What is shown of plans by which something goes out of a token in a file: whoever approves a key's way out sees for whom it is.
import { DESTINATION_NAMES, methodNamed, wayInWords } from '../domain/destinations.ts'
import { fromBase64url } from '../domain/encoding.ts'
import type { ExportNote } from '../domain/exports.ts'
import type { History } from '../domain/history.ts'
import { keyBlockHeaderFacts, optionalWords } from '../domain/key-block-words.ts'
import { label } from '../domain/names.ts'
import {
  type BlockExportPlan,
  isOfBlocks,
  isWrapped,
  type KeyExportPlan,
  type KeySignPlan,
  type WrappedExportPlan,
} from '../domain/outward-plans.ts'
import { spkiDigest } from '../domain/public-keys.ts'
import type { KeyTarget } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { keyInWords } from '../domain/wrapping-key.ts'
import { type Field, marked, whole } from '../terminal/text.ts'

/** What a CA's key does besides its certificates and lists may be one of them. */
const ofAuthority = (keys: readonly KeyTarget[], what: string, { certificates, keys: known }: History): Field =>
  keys.some(({ name, version }) =>
    certificates.isAuthority({ name, version, spki: known.get(label(name, version))?.spki }),
  )
    ? ["A CA'S KEY", marked(what, 'bad')]
    : ['', undefined]

export const signing = ({ file, scheme, digest, source, keys }: KeySignPlan, history: History): Field[] => [
  ofAuthority(keys, 'WHAT IT SIGNS MAY BE A CERTIFICATE OR A REVOCATION LIST, AND NO PLAN SHOWS WHAT IT SAYS', history),
  [
    'signs',
    source
      ? `the file ${source.path}, ${counted(source.bytes, 'byte')}`
      : marked('a bare digest: CONTENTS UNKNOWN', 'warning'),
  ],
  [digest.hash, whole(digest.value)],
  ['by', scheme],
  ['file', file],
]

export const exporting = (plan: KeyExportPlan, history: History): Field[] => [
  [
    'GOES OUT',
    marked(
      `to ${DESTINATION_NAMES[plan.for]} (${plan.for}): nothing here can take it back, or destroy it there`,
      'bad',
    ),
  ],
  ofAuthority(plan.keys, 'WHOEVER GETS IT SIGNS CERTIFICATES AND REVOCATION LISTS THAT NO PLAN SHOWS', history),
  ...(isWrapped(plan) ? wrapping(plan) : []),
  ...(isOfBlocks(plan) ? inBlocks(plan, history) : []),
  ...plan.files.map((file, i): Field => [i === 0 ? 'file' : '', file]),
]

/** What each block says of its key, for whoever takes it in; and that this is no place for keys of PINs. */
function inBlocks({ blocks: { under, headers } }: BlockExportPlan, history: History): Field[] {
  return [
    ...headers.flatMap(headerFields),
    protectorField(under, history),
    ['', 'it stays on the token; the block is made on this machine'],
    ['CLEAR', marked('the key is in the clear in the memory of this machine for a moment', 'bad')],
    ['', marked('for keys outside PCI PIN alone: an HSM for payments makes blocks inside itself', 'warning')],
  ]
}

/** The key that protects a block, by the check value that whoever has it too can compare. */
export function protectorField(under: string, history: History): Field {
  const key = history.keys.get(under)
  return ['under', key ? `${under}  ${key.type}  kcv ${key.fingerprint}` : under]
}

/** What the header of a key block says. */
export function headerFields(header: string): Field[] {
  const { usage, algorithm, mode, exportable } = keyBlockHeaderFacts(header)
  return [
    ['key block', whole(header)],
    ['', `usage ${usage}; algorithm ${algorithm}; mode ${mode}; exportable ${exportable}`],
    ...optionalWords(header).map((words): Field => ['', words]),
  ]
}

/** The hash in rows of their own, so that it can be read aloud. */
function wrapping({ method, wrappingKey: { spki, kid, until }, ephemeral, pads, ...plan }: WrappedExportPlan): Field[] {
  const bytes = fromBase64url(spki)
  const digest = spkiDigest(bytes)
  const way = methodNamed(plan.for, method)
  return [
    ['method', `${method}${way ? `: ${wayInWords(way)}` : ''}`],
    ['under', keyInWords(bytes)],
    ['called', kid],
    ...aloud(digest, 'of its SubjectPublicKeyInfo: COMPARE IT with what the owner of that key says'),
    ['good until', until ?? marked('nobody knows: its file does not say', 'warning')],
    [
      'EPHEMERAL',
      ephemeral &&
        marked(
          `${ephemeral}: an AES key that wraps is made beside the library, and is in the memory of this machine for a moment`,
          'bad',
        ),
    ],
    [
      'PADS',
      pads &&
        marked(
          'the token fills what is no whole blocks of 8 bytes with zeros before it wraps: some readers refuse that',
          'warning',
        ),
    ],
  ]
}

const inFours = (hex: string): string => hex.match(/.{4}/g)!.join(' ')

/** A SHA-256 in two rows of eight groups, and what it is of. */
export const aloud = (digest: string, what: string): Field[] => [
  ['SHA-256', marked(inFours(digest.slice(0, 32)), 'warning')],
  ['', marked(inFours(digest.slice(32)), 'warning')],
  ['', what],
]

/** Where a key is besides, for whom its next version comes or its end is decided. */
export const exportedTo = ({ name, version }: Pick<KeyTarget, 'name' | 'version'>, { exports }: History): Field[] =>
  exports.of(name, version).map((note): Field => [note.sha256 ? 'exported' : 'PERHAPS', exportInWords(note)])

/** `aws by RSA_AES_KEY_WRAP_SHA_256 on 2026-11-27, record 214, file dek.wrapped, for the key sha256 4c1f...`. */
export const exportInWords = ({
  method,
  time,
  record,
  name,
  sha256,
  wrappingKey,
  under,
  ephemeral,
  ...note
}: ExportNote): string =>
  `to ${note.for} by ${method} ${sha256 ? 'on' : 'from'} ${time.slice(0, 10)}, record ${record}, file ${name}, ${wrappingKey ? `for the key sha256 ${wrappingKey.slice(0, 32)}...` : `in a key block under ${under}`}` +
  `${ephemeral ? ', ephemeral: host' : ''}${sha256 ? '' : ': nobody knows whether it was written'}`
