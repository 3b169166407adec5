// How plans, keys and groups look to a person.

import { whatStillHolds } from '../ceremony/destroy-key.ts'
import { isUnbrought } from '../ceremony/inventory.ts'
import { recordCode } from '../domain/code.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { halvesOf, isExtractable, USAGES } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import { type IntentPlan, type Plan, planCode, plannedKeys, type RestorePlan } from '../domain/plan.ts'
import type { Group, KeyTarget } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { type Field, fields, type Part } from '../terminal/text.ts'
import { type Address, addressed } from './address.ts'

/** `205 days`, `3 hours`, `just now`. */
export function age(since: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - Date.parse(since)) / 60_000)
  const [count, unit] =
    minutes >= 2880
      ? [Math.floor(minutes / 1440), 'day']
      : minutes >= 120
        ? [Math.floor(minutes / 60), 'hour']
        : [minutes, 'minute']
  return count <= 0 ? 'just now' : counted(count, unit)
}

/** When a plan ends, to the minute that has begun. */
const inMinutes = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC, then it is void`

/** The fingerprint in a table's width: a check value whole, the first bytes of a hash. */
export const shortFingerprint = (fingerprint: string): string =>
  fingerprint.startsWith('sha256:') ? `${fingerprint.slice(0, 23)}...` : fingerprint

/** Records are counted from 0: the last of 7 is record 6. */
export const recordsInWords = (records: number, { seq, leaf }: { seq: number; leaf: string }): string =>
  `${counted(records, 'record')}, 0 to ${seq}; the last is ${recordCode(leaf)}`

/** A change whose outcome is not known, and the way on from it. */
export const withoutOutcome = ({ op, seq }: { op: string; seq: number }, address: Address) => ({
  message: `${op} of record ${seq} has no outcome`,
  hint: addressed('keyrite partition recover', address),
})

/** In one line, for a table. */
export const hinted = ({ message, hint }: { message: string; hint: string }): string => `${message}: ${hint}`

/** A copy says nothing of how it goes on where it is from. */
export function openInWords(open: { op: string; seq: number }, address: Address, own: boolean): string {
  const left = withoutOutcome(open, address)
  return own ? hinted(left) : left.message
}

/** Since when a key has been in its present state. */
export function stateSince({ state, history }: KeyEntry): string {
  const other = history.findLastIndex((step) => step.state !== state)
  return history[other + 1]!.time
}

const withThreshold = ({ threshold, custodians, name }: Group, only: boolean): string =>
  `${threshold} of ${custodians.length} custodians${only ? '' : ` of ${name}`}`

/** Who has to agree, in words. */
export const needsInWords = (plan: Plan, groups: readonly Group[]): string =>
  plan.needs
    .map(({ group }) => withThreshold(groups.find(({ name }) => name === group)!, groups.length === 1))
    .join(' and ')

/** The plan as everybody sees it before they approve. One that is `foreseen` still lacks something, and nobody approves its code. */
export function planView(plan: IntentPlan, history: History, now: Date, stage: 'foreseen' | 'whole' = 'whole'): Part[] {
  const { serial, label: tokenLabel } = history.token
  return [
    `  ${plan.op} ${subject(plan)}`.trimEnd(),
    fields(
      [
        ...details(plan, history, now),
        ['token', plan.token === serial ? `${tokenLabel}  serial ${serial}` : newToken(plan.token)],
        ['partition', history.name],
        ['needs', needsInWords(plan, history.groups)],
        ['expires', inMinutes(plan.expires)],
        ['reason', plan.reason],
        ['code', stage === 'whole' ? planCode(plan) : undefined],
      ],
      '    ',
    ),
  ]
}

/** One that has no serial yet is named by its slot. */
const newToken = (token: string): string => (token.startsWith('blank') ? token : `serial ${token}`)

function subject(plan: IntentPlan): string {
  const keys = plannedKeys(plan)
  const [first] = keys
  if (plan.op === 'backup.restore' || !first) return ''
  if (plan.op === 'key.generate') return keys.length === 1 ? first.name : `${first.name} to ${keys.at(-1)!.name}`
  return plan.op === 'key.rotate' ? first.name : label(first.name, first.version)
}

/** The weaknesses that are taken knowingly, and for how many of several keys. */
export function acceptedFor(keys: readonly Pick<KeyTarget, 'accepted'>[]): string | undefined {
  const rules = [...new Set(keys.flatMap(({ accepted = [] }) => accepted))]
  const some = (rule: string) => keys.filter(({ accepted }) => accepted?.includes(rule)).length
  const told = rules.map((rule) => (some(rule) < keys.length ? `${rule} (${some(rule)} of ${keys.length} keys)` : rule))
  return told.length > 0 ? told.join(', ') : undefined
}

function details(plan: IntentPlan, history: History, now: Date): Field[] {
  switch (plan.op) {
    case 'key.generate':
      return [
        ['new', newKeys(plan.keys)],
        ['may', mayDo(plan.keys[0]!)],
        ['backup', mayLeave(plan.keys[0]!)],
        ['accepts', acceptedFor(plan.keys)],
      ]
    case 'key.rotate':
      return [
        ['now', present(plan.keys[0]!, history, now)],
        ['becomes', `#${plan.keys[0]!.version}  deactivated: ${keeps(plan.keys[0]!)}`],
        ['new', `#${plan.keys[1]!.version}  ${plan.keys[1]!.type}  active at once; ${mayLeave(plan.keys[1]!)}`],
        ['accepts', acceptedFor(plan.keys.slice(1))],
      ]
    case 'key.destroy':
      return [
        ['now', present(plan.keys[0]!, history, now)],
        ['becomes', 'destroyed: it is gone from this token for good'],
        ...stillHeld(plan.keys[0]!, history),
        ['certificate', plan.certificate],
      ]
    case 'backup.create':
      return [
        ['file', plan.file],
        ['holds', `${counted(plan.included, 'key')}, under the backup key of the custodians`],
        ...omittedFields('lacks', plan.omitted),
      ]
    case 'backup.restore':
      return [
        ['backup', `${plan.backup.name}, record ${plan.backup.seq}, sha256 ${plan.backup.sha256.slice(0, 16)}...`],
        ['brings', `${counted(plan.keys.length, 'key')}, in the states of the ledger`],
        ['accepts', acceptedFor(plan.keys)],
        ...omittedFields('LACKS', plan.missing),
        ['replaces', replaced(plan)],
        ['accepts', plan.accepted && 'whatever else is on the token, in no backup and not in this ledger, is erased'],
        [
          'checkpoint',
          plan.checkpoint === undefined
            ? 'NONE: the ledger could be an old copy'
            : `of ${counted(plan.checkpoint, 'record')}`,
        ],
        [
          'station key',
          plan.stationKey && `new: ${plan.stationKey.id}, of this machine; it signs refusals from now on`,
        ],
      ]
    case 'partition.recover':
      return [
        ['looks into', interrupted(history)],
        ['gives up', plan.abandons && 'it: what is proved is recorded, and what is not stays unknown'],
      ]
    case 'partition.verify':
      return [['changes', 'nothing; every object on the token is held against the ledger']]
    case 'audit.checkpoint':
      return [['changes', 'no key; a signed checkpoint is written']]
    case 'key.compromise':
      return [...stateFields(plan.keys[0]!, history, now), ...forGood(plan.keys[0]!, history)]
    default:
      return stateFields(plan.keys[0]!, history, now)
  }
}

const stateFields = (target: KeyTarget, history: History, now: Date): Field[] => [
  ['now', present(target, history, now)],
  ['becomes', `${target.state}: ${keeps(target)}`],
]

/** What nobody should learn afterwards. */
function forGood({ name, version }: KeyTarget, history: History): Field[] {
  const { state } = history.key(name, version)!
  const last = history.keys.newest(name) === version && state !== 'deactivated'
  const gone = isUnbrought({ name, version }, history)
  return [
    ...(gone ? [['but', 'the restore found it in no backup: it is not on the token'] as const] : []),
    ['then', "it can only be destroyed: this can't be undone"],
    ...(last ? [['lost', `${name} gets no next version any more`] as const] : []),
    ...(last && state === 'active' && !gone
      ? [['better', `rotate it first, and compromise #${version} then`] as const]
      : []),
    ...(last && gone ? [['next', 'generate the next key under a new name'] as const] : []),
  ]
}

const replaced = ({ replaces, token, missing }: RestorePlan): string =>
  replaces === token
    ? `what is on the token now, which is erased${missing.length === 0 ? '' : '; what LACKS is gone then'}`
    : `token ${replaces}, which still opens with the same shares: erase it`

/** `#3  aes-256  active since 2026-05-02 (205 days)  cmac5:9f1c22ab07`. */
function present({ name, version }: KeyTarget, history: History, now: Date): string {
  const key = history.key(name, version)!
  const since = stateSince(key)
  const text = `${key.state} since ${since.slice(0, 10)} (${age(since, now)})`
  return `#${version}  ${key.type}  ${text}  ${shortFingerprint(key.fingerprint)}`
}

/** What the flags of a target allow, in words. */
function mayDo({ attributes }: KeyTarget): string {
  const allowed = USAGES.filter((one) => halvesOf(attributes).some(([, flags]) => flags[one.toUpperCase()]))
  return allowed.join(', ') || 'nothing'
}

const keeps = (target: KeyTarget): string =>
  mayDo(target) === 'nothing' ? 'it can be used for nothing' : `it may ${mayDo(target)}`

const mayLeave = ({ attributes }: KeyTarget): string =>
  isExtractable(attributes) ? 'goes into the next backup' : 'no backup: it can never leave the token'

function stillHeld({ name, version }: KeyTarget, history: History): Field[] {
  const { backups, tokens } = whatStillHolds(history.key(name, version)!, history)
  const held = [
    ...backups.map(({ file, time }) => `backup ${file.name} of ${time.slice(0, 10)}`),
    ...tokens.map((serial) => `token ${serial}`),
  ]
  return [['still in', held.length === 0 ? 'no backup or earlier token that the ledger knows' : held.join(', ')]]
}

/** What a backup lacks: the first few by name. */
function omittedFields(name: string, omitted: readonly { name: string; version: number; reason: string }[]): Field[] {
  const shown = omitted.slice(0, 8).map((key): Field => [name, `${label(key.name, key.version)}: ${key.reason}`])
  return omitted.length > 8 ? [...shown, [name, `and ${omitted.length - 8} more`]] : shown
}

const interrupted = ({ open, recovering }: History): string => {
  const intent = open ?? recovering
  return intent ? `${intent.plan.op} of record ${intent.seq}, whose outcome is unknown` : 'nothing'
}

function newKeys(keys: readonly KeyTarget[]): string {
  const [first] = keys
  const when = first!.state === 'active' ? 'active at once' : `pre-active until ${first!.activateAt}`
  return keys.length === 1 ? `#1  ${first!.type}  ${when}` : `${keys.length} keys  ${first!.type}  ${when}`
}

/** RFC 7512: how other programs name the key. One that is destroyed is nowhere. */
export function keyUri(
  key: Pick<KeyEntry, 'name' | 'version' | 'id' | 'class' | 'state'>,
  token: History['token'],
): string | undefined {
  if (key.state === 'destroyed') return undefined
  const id = key.id.replace(/../g, (byte) => `%${byte.toUpperCase()}`)
  const object = encodeURIComponent(label(key.name, key.version))
  const type = key.class === 'secret' ? 'secret-key' : 'private'
  return `pkcs11:token=${encodeURIComponent(token.label)};serial=${encodeURIComponent(token.serial)};object=${object};id=${id};type=${type}`
}

interface Beginning {
  name: string
  groups: readonly { name: string; roles: readonly string[]; threshold: number; custodians: readonly string[] }[]
  module: string
  where: string
  /** Known when the shares are made. */
  plan?: Plan
  /** It takes up one that was interrupted. */
  resumes?: boolean
}

/** The plan of a partition's beginning. */
export const initView = ({ name, groups, module, where, plan, resumes }: Beginning): Part[] => [
  `  partition.init ${name}`,
  fields(
    [
      ['token', `${where}, through ${module}`],
      ...groups.map(
        ({ name: group, roles, threshold, custodians }): Field => [
          'group',
          `${group}: ${threshold} of ${custodians.length} (${custodians.join(', ')}) for ${roles.join(', ')}`,
        ],
      ),
      ['needs', 'every custodian reads their share back'],
      ['takes up', resumes ? 'what was interrupted: share files of then are worthless' : undefined],
      ['expires', plan && inMinutes(plan.expires)],
      ['code', plan && planCode(plan)],
    ],
    '    ',
  ),
]
