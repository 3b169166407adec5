// A slot and its token as whoever has never seen that HSM is told: what Keyrite can do there, what not, and why.
import { type Address, addressed, keyrite } from '../domain/hints.ts'
import { KEY_TYPES, type KeyType } from '../domain/keys.ts'
import { shellQuoted } from '../domain/names.ts'
import { type Foreseen, isTried, type Profile } from '../domain/profile.ts'
import { namesOne, tokenName } from '../domain/token-address.ts'
import type { Ability, Capabilities, SlotFacts, TokenFacts } from '../hsm/port.ts'
import type { Mark } from '../terminal/look.ts'
import { type Field, fields, line, marked, type Part, type Run } from '../terminal/text.ts'
import { pinsInWords, type Verdict, verdictOf } from './token-verdict.ts'
import { dayOf, modelOf } from './words.ts'

/** Whose token it is, or was until it was replaced. */
export interface Owner {
  name: string
  replaced?: string
  /** The partition was retired then. */
  retired?: string
  /** What it was taken for, which is not finished. */
  prepared?: 'init' | 'adopt' | 'restore' | 'test'
}

/** A slot, and what is known of its token. */
interface ShownSlot extends SlotFacts {
  partition?: Owner
  /** What init found of it, by the ledger. */
  profile?: Profile
  foreseen?: Foreseen
  can?: Capabilities
  untried?: string
  /** Of its P-256 keys, for shares. */
  recipients?: readonly { label: string; recipient: string }[]
}

/** How its library is reached. */
interface Reached {
  module: string
  address: Address
  /** Text that goes before each PIN. */
  prefix?: string | undefined
}

export function slotView(shown: ShownSlot, reached: Reached): Part[] {
  const { slot, token, fault } = shown
  if (fault !== undefined) return [line(marked(`slot ${slot}  can't be read: ${fault}`, 'bad'))]
  if (!token) return [line(marked(`slot ${slot}  no token`, 'dim'))]
  return token.initialised ? initialisedView(shown, token, reached) : blankView(shown, token, reached)
}

function blankView({ slot, foreseen, untried }: ShownSlot, token: TokenFacts, reached: Reached): Part[] {
  const { module, address, prefix } = reached
  const verdict = foreseen && verdictOf(token, foreseen, undefined, prefix)
  const facts = fields([...(foreseen ? promises(token, foreseen, prefix) : []), notTried(untried)], '  ')
  if (verdict?.no !== undefined)
    return [`slot ${slot}  blank token`, facts, fields([['keyrite', marked(noPartition(verdict.no), 'bad')]], '  ')]
  const begin = keyrite('partition', 'init', '--module', module, '--slot', `${slot}`, ...wanted(verdict))
  return [
    `slot ${slot}  blank token, to begin a partition on:`,
    { hint: addressed(begin, address), indent: '  ' },
    facts,
  ]
}

const noPartition = (why: string): string => `NO partition can begin on it: ${why}`

function wanted(verdict: Verdict | undefined): string[] {
  if (verdict === undefined) return []
  return [...verdict.accept.flatMap((word) => ['--accept', word]), ...(verdict.soPin ? ['--so-pin-file', 'FILE'] : [])]
}

const promises = (token: TokenFacts, { makes, wraps, audit }: Foreseen, prefix?: string): Field[] => [
  ['model', modelOf(token)],
  ['PINs', pinsInWords(token, prefix)],
  ['may make', makes.join(', ') || 'none of our types'],
  [
    'may back up',
    wraps.length > 0 ? `by ${wraps.join(', ')}` : marked('NOTHING: it lists no way to wrap keys', 'warning'),
  ],
  ['audit key', audit[0] ?? 'none'],
]

function initialisedView(shown: ShownSlot, token: TokenFacts, { prefix, module }: Reached): Part[] {
  const { slot, partition, profile, can, foreseen, untried, recipients = [] } = shown
  const verdict = partition === undefined && foreseen ? verdictOf(token, foreseen, can, prefix) : undefined
  return [
    `slot ${slot}  ${token.label}`,
    fields(
      [
        ['serial', serialInWords(token.serial)],
        ['partition', partition && ownerInWords(partition)],
        ['model', modelOf(token)],
        ['PINs', pinsInWords(token, prefix)],
        ['user PIN', token.userPinSet ? triesInWords(token.tries.user) : 'not set'],
        ['SO PIN', triesInWords(token.tries.so)],
        ...(profile ? found(profile) : can ? abilities(can, foreseen) : []),
        ...recipients.slice(0, MOST_KEYS).map(keyInWords),
        ['and', recipients.length > MOST_KEYS ? `${recipients.length - MOST_KEYS} more P-256 keys` : undefined],
        notTried(untried),
        ...(verdict ? [['keyrite', verdictInWords(verdict, token, module)] as Field] : []),
      ],
      '  ',
    ),
  ]
}

const MOST_KEYS = 8

/** A card of a custodian: what shares are made for. */
const keyInWords = ({ label, recipient }: { label: string; recipient: string }): Field => [
  'card key',
  `${recipient}${label === '' ? '' : `  ${label}`}`,
]

const serialInWords = (serial: string): string =>
  namesOne(serial) ? serial : `${serial || 'none'}: no number of its own, so its label is part of its name`

const notTried = (untried: string | undefined): Field => [
  'not tried',
  untried === undefined ? undefined : marked(untried, 'bad'),
]

const PREPARED = {
  init: (name: string) => `taken for partition ${name}, which is not finished`,
  adopt: (name: string) => `taken for partition ${name}, which is not finished`,
  restore: (name: string) => `prepared for a restore of partition ${name}, which is not finished`,
  test: (name: string) => `taken for a test of a backup of partition ${name}, which was cut off`,
}

const ownerInWords = ({ name, replaced, retired, prepared }: Owner): string =>
  prepared !== undefined
    ? PREPARED[prepared](name)
    : retired !== undefined
      ? `that of partition ${name}, which was retired on ${dayOf(retired)}`
      : replaced === undefined
        ? `the token of partition ${name}`
        : `the token of partition ${name} before, replaced on ${dayOf(replaced)}; unless it was erased, it still holds the keys of that time`

function verdictInWords(verdict: Verdict, token: TokenFacts, module: string): Run {
  if (verdict.no !== undefined) return marked(noPartition(verdict.no), 'bad')
  const words = ['partition', 'init', '--module', module, '--erase-token', tokenName(token), ...wanted(verdict)]
  return `to erase it and begin a partition on it: keyrite ${words.map(shellQuoted).join(' ')}`
}

const TRIES: Record<string, readonly [words: string, mark?: Mark]> = {
  ok: ['set'],
  low: ['set, wrong tries were made', 'warning'],
  final: ['ONE TRY LEFT', 'bad'],
  locked: ['LOCKED', 'bad'],
}

function triesInWords(tries: string): Run {
  const [words, mark] = TRIES[tries] ?? [tries]
  return marked(words, mark)
}

/** By the ledger: found logged in, by those who began the partition. */
function found({ types, checkValue, audit }: Profile): Field[] {
  const tried = KEY_TYPES.filter((type) => isTried({ types }, type))
  const untried = KEY_TYPES.filter((type) => !tried.includes(type))
  const made = tried.filter((type) => types[type].make === true)
  const backed = made.filter((type) => typeof types[type].wrap === 'string')
  return [
    ...tellTypes(
      made,
      tried.flatMap((type) => unable(type, types[type].make)),
      backed.length > 0 ? backed.map((type) => `${type} (${types[type].wrap})`).join(', ') : 'nothing',
      made.flatMap((type) => (typeof types[type].wrap === 'string' ? [] : unable(type, types[type].wrap as Ability))),
    ),
    ['not tried', untried.length > 0 ? `${untried.join(', ')}: not known when the token was taken` : undefined],
    ['check value', checkValue],
    ['audit key', audit],
  ]
}

function abilities(can: Capabilities, { audit: promised = [] }: Partial<Foreseen> = {}): Field[] {
  const made = KEY_TYPES.filter((type) => can.generate[type] === true)
  const backed = made.filter((type) => can.wrap[type] === true)
  const ways = Object.values(can.mechanisms)
  return [
    ...tellTypes(
      made,
      KEY_TYPES.flatMap((type) => unable(type, can.generate[type])),
      ways.length > 0
        ? `${backed.join(', ')} (${ways.join(', ')})`
        : 'nothing: it wraps neither as RFC 5649 or 3394 nor by AES-CBC',
      made.flatMap((type) => unable(type, can.wrap[type])),
    ),
    ['check value', can.kcv],
    [
      'audit key',
      can.audit !== 'none'
        ? can.audit
        : promised.length > 0
          ? `not known: ${promised.join(', ')} where it has a login`
          : 'none',
    ],
    ...Object.entries(can.enforces).map(
      ([rule, ability]): Field => [inWords(rule), ability === true ? 'enforced' : broken(ability)],
    ),
  ]
}

/** A call that failed before the rule could be broken. */
const FAILED = /^C_\w+: CKR_/

const broken = ({ lacks, untried }: { lacks: string; untried?: true }): Run =>
  untried || FAILED.test(lacks) ? `not known: ${lacks}` : marked(`NOT enforced: ${lacks}`, 'warning')

/** A type, and why not. */
type Unable = readonly [type: KeyType, why: string]

const tellTypes = (
  made: readonly KeyType[],
  not: readonly Unable[],
  backed: string,
  unbacked: readonly Unable[],
): Field[] => [
  ['makes', made.join(', ') || 'none of our types'],
  ["can't make", not.length > 0 ? together(not) : undefined],
  ['backs up', backed],
  ["can't back up", unbacked.length > 0 ? together(unbacked) : undefined],
]

/** `rsa-2048, rsa-3072 (CKM_X is missing)`: each reason once. */
function together(reasons: readonly Unable[]): string {
  const byReason = new Map<string, KeyType[]>()
  for (const [type, why] of reasons) byReason.set(why, [...(byReason.get(why) ?? []), type])
  return [...byReason].map(([why, types]) => `${types.join(', ')} (${why})`).join('; ')
}

const WANTS_LOGIN = /CKR_USER_NOT_LOGGED_IN/

const unable = (type: KeyType, ability: Ability | undefined): Unable[] =>
  ability === undefined || ability === true
    ? []
    : [[type, WANTS_LOGIN.test(ability.lacks) ? 'not known: it wants a login' : ability.lacks]]

const inWords = (rule: string): string => rule.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
