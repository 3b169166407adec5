// What is shown of plans by which a key comes from elsewhere: whoever approves it sees where it was, and what it has to be.
import { KnownKeys } from '../change/known-keys.ts'
import { isDecisive } from '../domain/check-values.ts'
import type { History } from '../domain/history.ts'
import { endOfRequest, holderOf, type ImportRequestNote } from '../domain/import-requests.ts'
import type { KeyImportCancelPlan, KeyImportPlan, KeyImportRequestPlan } from '../domain/inward-plans.ts'
import { isTdes } from '../domain/keys.ts'
import type { KeyTarget, Origin } from '../domain/shapes.ts'
import { counted, listed } from '../domain/words.ts'
import { type Field, marked, whole } from '../terminal/text.ts'
import { aloud, headerFields, protectorField } from './plan-outward.ts'
import { toTheMinute } from './words.ts'

/** How a key came to be, in words. */
export function originInWords(origin: Origin): string {
  switch (origin.kind) {
    case 'generated':
    case 'adopted':
      return origin.kind
    case 'components':
      return `${origin.issued ? 'made of' : 'joined from'} ${counted(origin.components.length, 'component')}, in the clear on the host for a moment`
    case 'file':
      return `imported from ${origin.block ? `a key block under ${origin.block.under}` : 'a file'}${from(origin)}, in the clear on the host for a moment`
    case 'transport':
      return `imported, wrapped for the transport key of a request${from(origin)}`
  }
}

const from = ({ sender }: { sender?: string | undefined }): string =>
  sender === undefined ? '' : `, said to be from ${sender}`

/** The hash in rows of their own, so that it can be read aloud. */
export function importing({ keys: [key], check, source }: KeyImportPlan, history: History): Field[] {
  return [
    ...originFields(key, history),
    ...(source ? sourceFields(source, key) : []),
    ['parity', isTdes(key.type) ? 'odd: the last bit of each byte of the key is set so (SP 800-67)' : undefined],
    ['has to be', checked(check, key.origin)],
    ['MAY BE', alikeField(key, check, history)],
    ['', isForgeable(key, check) ? marked(FORGEABLE, 'warning') : undefined],
  ]
}

/** What 24 bits can't tell apart. */
function alikeField(key: KeyTarget, check: string | undefined, { keys }: History): Field[1] {
  const alike = check === undefined || isDecisive(check) ? [] : new KnownKeys([key], keys).mayBe(check)
  if (alike.length === 0) return undefined
  const text = `${listed(alike)}: may be the same key, as their check values of 24 bits are one. Where both are there, the token tells, and a key comes in once`
  return marked(text, 'warning')
}

/** A pair is known by its public key; of a secret key nothing but these bytes tells who made it. */
function sourceFields({ path, bytes, sha256 }: NonNullable<KeyImportPlan['source']>, key: KeyTarget): Field[] {
  const file: Field = ['file', `${path}, ${counted(bytes, 'byte')}`]
  if (key.class === 'pair') return [file, ['SHA-256', whole(sha256)]]
  return [file, ...aloud(sha256, 'of that file: COMPARE IT with what its sender says on the telephone')]
}

/** Whoever can write the file can look for a key that has 6 to 10 given digits. */
const isForgeable = ({ class: kind, origin }: KeyTarget, check: string | undefined): boolean =>
  kind === 'secret' && check !== undefined && origin.kind !== 'components'
const FORGEABLE = 'a check value tells slips, and not forgers: another key with the same one is soon found'

const COMES_IN: Field = [
  'COMES IN',
  marked('a key that others made, and may still have: nothing here can tell who knows it', 'warning'),
]
const ISSUED: Field = [
  'ISSUED',
  marked(
    'its components were made here, and each was given to one person: all of them together have the key',
    'warning',
  ),
]

const checked = (check: string | undefined, origin: Origin): Field[1] => {
  if (check === undefined) return marked('WHATEVER it is: no check value was given', 'bad')
  const isOurs = origin.kind === 'components' && origin.issued
  return [marked(check, 'warning'), isOurs ? '' : ': COMPARE IT with what its owner says']
}

function originFields({ origin }: KeyTarget, history: History): Field[] {
  if (origin.kind === 'generated' || origin.kind === 'adopted') return []
  const sender: Field = ['from', 'sender' in origin && origin.sender ? `${origin.sender}, as we were told` : undefined]
  if (origin.kind === 'transport') return [COMES_IN, sender, ['request', whole(origin.request)]]
  const clear: Field = ['CLEAR', marked('the key is in the clear in the memory of this machine for a moment', 'bad')]
  if (origin.kind === 'file')
    return [COMES_IN, sender, ...(origin.block ? blockFields(origin.block, history) : []), clear]
  return [
    origin.issued ? ISSUED : COMES_IN,
    ...origin.components.map((component, i): Field => [`component ${i + 1}`, component]),
    clear,
  ]
}

/** What the block says of its key, and that this is no place for keys of PINs. */
function blockFields(
  { header, under }: NonNullable<Extract<Origin, { kind: 'file' }>['block']>,
  history: History,
): Field[] {
  return [
    ...headerFields(header),
    protectorField(under, history),
    ['', 'it stays on the token; the block is opened on this machine'],
    ['', marked('for keys outside PCI PIN alone: an HSM for payments opens blocks inside itself', 'warning')],
  ]
}

/** A request for a key, which is to be as it says. */
export const asking = ({ wanted, bits, hash, file, tokens: [{ member }], ...plan }: KeyImportRequestPlan): Field[] => [
  ['asks for', `${wanted.name}#1  ${wanted.type}, from somebody else`],
  ['may', wanted.usage.join(', ')],
  ['backup', wanted.backup ? 'goes into the next backup' : 'no backup: it can never leave the token'],
  ['WEAK', wanted.accepted && marked(`accepted for it: ${wanted.accepted.join(', ')}`, 'bad')],
  [
    'transport',
    `rsa-${bits}, made on the token for this request alone; what is sent is wrapped by RSA-OAEP with ${hash}`,
  ],
  [
    'lies on',
    member &&
      `${member} alone, which has to be there when the key comes in; if it is lost, the request is void, and the key is asked for anew`,
  ],
  ['until', `${toTheMinute(endOfRequest(plan))}; then nothing comes in by it`],
  ['file', file],
]

export function withdrawing({ name, request, absent = [] }: KeyImportCancelPlan, { requests }: History): Field[] {
  const note = requests.get(request)
  const away = absent.find(({ member }) => note && member === holderOf(note))
  return [
    ['gives up', `the request for ${name}${note ? `, record ${note.record}, file ${note.file}` : ''}`],
    ['SHA-256', [whole(request), '  of its file']],
    [
      'then',
      away
        ? marked(
            `its transport key stays on ${away.member} until that is synced, and nothing is taken by it any more`,
            'bad',
          )
        : 'its transport key is destroyed, and whatever was wrapped for it opens nowhere any more',
    ],
  ]
}

/** `partner/dek by dek.request of record 12, until 2026-12-05 08:00 UTC`, and of several members the one that opens it. */
export const requestInWords =
  ({ members: { areSeveral } }: Pick<History, 'members'>) =>
  (note: ImportRequestNote): string => {
    const { name, file, record, until, ends = until } = note
    const where = areSeveral ? `, opened on ${holderOf(note)} alone` : ''
    return `${name} by ${file} of record ${record}, until ${toTheMinute(ends)}${where}`
  }
