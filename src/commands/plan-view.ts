// A plan as everybody sees it before they approve: whatever is signed is said, or stands for something that is (test/commands/plan-members).
import { whatStillHolds } from '../ceremony/destroy-key.ts'
import { isAbsent, isUnbrought } from '../ceremony/inventory.ts'
import { ACCEPTS_CLOCK } from '../domain/clock.ts'
import { recordCode } from '../domain/code.ts'
import type { History } from '../domain/history.ts'
import {
  type Attributes,
  attributesFor,
  halvesOf,
  isExtractable,
  type KeyType,
  USAGES,
  type Usage,
} from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import {
  type Accepted,
  type InitPlan,
  type IntentPlan,
  type Plan,
  planCode,
  plannedKeys,
  type RestorePlan,
} from '../domain/plan.ts'
import type { Group, KeyTarget } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { type Field, fields, marked, type Part, type Run, whole } from '../terminal/text.ts'
import { acceptedFor, age, dayOf, shortFingerprint, stateSince, toTheMinute } from './views.ts'

/** One that is `foreseen` still lacks something, and nobody approves its code. */
export function planView(plan: IntentPlan, history: History, now: Date, stage: 'foreseen' | 'whole' = 'whole'): Part[] {
  return [
    `  ${plan.op} ${subject(plan)}`.trimEnd(),
    fields(
      [
        ...details(plan, history, now),
        ...acceptedFields(plan),
        ['token', tokenOf(plan, history)],
        ...moduleFields(plan, history),
        ['partition', `${history.name}  ${plan.partition}`],
        ['ledger', ledgerOf(plan, history)],
        ['clock', clockOf(plan, history, now)],
        ['needs', needsInWords(plan, history.groups)],
        ['expires', lifetime(plan)],
        ['reason', plan.reason],
        ['code', stage === 'whole' ? planCode(plan) : undefined],
      ],
      '    ',
    ),
  ]
}

/** One that has no serial yet is named by its slot. */
function tokenOf({ token }: IntentPlan, { token: { serial, label: name } }: History): string {
  if (token === serial) return `${name}  serial ${serial}`
  return token.startsWith('blank') ? token : `serial ${token}`
}

type Module = NonNullable<Plan['module']>

/** Enough of a hash to be compared: 128 bits. */
const digest = (sha256: string): Run => whole(`sha256 ${sha256.slice(0, 32)}...`)

const moduleRuns = ({ path, sha256 }: Module): Run[] => [`${path}  `, digest(sha256)]

/** The library that gets the PINs. One that is not the one of the change before stands out. */
function moduleFields({ module }: Plan, { module: last }: History): Field[] {
  if (!module) return [['module', marked('NONE is named: whichever is configured', 'bad')]]
  if (!last || (last.sha256 === module.sha256 && last.path === module.path)) return [['module', moduleRuns(module)]]
  const since = `since record ${last.seq} of ${dayOf(last.time)}`
  return [
    ['module', [marked('CHANGED', 'bad'), ` ${since}, and is now ${module.path}  `, digest(module.sha256)]],
    ['before', moduleRuns(last)],
  ]
}

/** What the plan was made on; its last record is the one that the custodians see. */
const ledgerOf = ({ head }: IntentPlan, { time }: History): Run[] => [
  `${counted(head.seq + 1, 'record')}, the last of ${toTheMinute(time)}: `,
  whole(recordCode(head.leaf)),
]

/** The times of a machine that is behind the ledger are the ledger's. */
function clockOf({ accepted }: IntentPlan, { time }: History, now: Date): Run | undefined {
  const here = now.toISOString()
  if (time <= here && !accepted?.includes(ACCEPTS_CLOCK)) return undefined
  return marked(`the last record is of ${time}, this machine says ${here}: it takes the ledger's time`, 'care')
}

const lifetime = ({ created, expires }: Plan): string =>
  `${toTheMinute(expires)}, then it is void; made ${toTheMinute(created)}`

const epochOf = (epoch: number): string => (epoch > 1 ? `, shares of epoch ${epoch}` : '')

/** Who has to agree, in words. */
export const needsInWords = (plan: Plan, groups: readonly Group[]): string =>
  plan.needs
    .map(({ group, epoch, threshold }) => {
      const { length } = groups.find(({ name }) => name === group)?.custodians ?? []
      return `${threshold} of ${length} custodians${groups.length === 1 ? '' : ` of ${group}`}${epochOf(epoch)}`
    })
    .join(' and ')

function subject(plan: IntentPlan): string {
  const keys = plannedKeys(plan)
  const [first] = keys
  if (plan.op === 'backup.restore' || !first) return ''
  if (plan.op === 'key.generate') return keys.length === 1 ? first.name : `${first.name} to ${keys.at(-1)!.name}`
  return plan.op === 'key.rotate' ? first.name : label(first.name, first.version)
}

function details(plan: IntentPlan, history: History, now: Date): Field[] {
  switch (plan.op) {
    case 'key.generate':
      return kindsOf(plan.keys).flatMap(newKeys)
    case 'key.rotate':
      return [...stateFields(plan.keys[0]!, history, now), ...newKeys([plan.keys[1]!])]
    case 'key.destroy':
      return [
        ['now', present(plan.keys[0]!, history, now)],
        ...absence(plan.keys[0]!, history),
        ['becomes', goneFrom(plan.keys[0]!, history)],
        ...stillHeld(plan.keys[0]!, history),
        ['certificate', plan.certificate && `${plan.certificate} and ${plan.certificate}.json`],
      ]
    case 'backup.create':
      return [
        ['file', plan.file],
        ['holds', `${counted(plan.included, 'key')}, under the backup key of the custodians`],
        ...omittedFields('lacks', plan.omitted),
      ]
    case 'backup.restore':
      return [
        ['backup', [`${plan.backup.name}, record ${plan.backup.seq}  `, digest(plan.backup.sha256)]],
        ['brings', `${counted(plan.keys.length, 'key')}, in the states of the ledger`],
        // Whoever approves, approves each of them.
        ...plan.keys.map((key): Field => ['', `${keyInWords(key)}: it ${mayOrNothing(key)}`]),
        ...plan.keys.flatMap(unusualField),
        ...omittedFields('LACKS', plan.missing),
        ['replaces', replaced(plan)],
        ['resumes', plan.recovers && `the restore that was interrupted, record ${recordCode(plan.recovers)}`],
        [
          'station key',
          plan.stationKey && `new: ${plan.stationKey.id}, of this machine; it signs refusals from now on`,
        ],
        ['checkpoint', checkpointInWords(plan.checkpoint)],
      ]
    case 'partition.recover':
      return [
        ['looks into', [...interrupted(history), ', ', whole(recordCode(plan.recovers))]],
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

const checkpointInWords = (size: number | undefined): Run =>
  size === undefined ? marked('NONE: the ledger could be an old copy', 'care') : `of ${counted(size, 'record')}`

/** Keys that differ in nothing but their names stand together. */
function kindsOf(keys: readonly KeyTarget[]): KeyTarget[][] {
  const kinds = new Map<string, KeyTarget[]>()
  for (const key of keys) {
    const { version, type, state, usage, attributes, activateAt } = key
    const kind = JSON.stringify([version, type, state, usage, attributes, activateAt])
    const alike = kinds.get(kind)
    if (alike) alike.push(key)
    else kinds.set(kind, [key])
  }
  return [...kinds.values()]
}

function newKeys(keys: readonly KeyTarget[]): Field[] {
  const [first] = keys
  const when = first!.state === 'active' ? 'active at once' : `${first!.state} until ${first!.activateAt}`
  const what = keys.length === 1 ? label(first!.name, first!.version) : counted(keys.length, 'key')
  return [
    ['new', `${what}  ${first!.type}  ${when}`],
    ['may', first!.state === 'active' ? mayDo(first!) : `${madeForWords(first!)} once active; ${mayDo(first!)} before`],
    ...(first!.state === 'active' ? madeForOther(first!) : []),
    ['backup', mayLeave(first!)],
    ...unusualField(first!),
  ]
}

/** What a change of state does to an existing key. */
const stateFields = (target: KeyTarget, history: History, now: Date): Field[] => [
  ['now', present(target, history, now)],
  ...absence(target, history),
  ['becomes', `#${target.version}  ${target.state}: it ${mayOrNothing(target)}`],
  ...madeForOther(target),
  ['due', target.activateAt && target.activateAt > now.toISOString() ? `not before ${target.activateAt}` : undefined],
  ...unusualField(target),
]

const goneFrom = (key: KeyTarget, history: History): string =>
  isAbsent(history.key(key.name, key.version)!, history)
    ? 'destroyed in the ledger'
    : 'destroyed: it is gone from this token for good'

/** What the ledger knows of a key that the token does not have. */
function absence({ name, version }: KeyTarget, history: History): Field[] {
  const key = history.key(name, version)!
  if (!isAbsent(key, history)) return []
  const why = isUnbrought(key, history) ? 'the restore did not bring it' : 'a change of before did not find it'
  return [['but', `${why}: it is not on the token`]]
}

/** What nobody should learn afterwards. */
function forGood({ name, version }: KeyTarget, history: History): Field[] {
  const { state } = history.key(name, version)!
  const last = history.keys.newest(name) === version && state !== 'deactivated'
  const gone = isUnbrought({ name, version }, history)
  return [
    ['then', "it can only be destroyed: this can't be undone"],
    ...(last ? [['lost', `${name} can't be rotated any more`] as const] : []),
    ...(last && state === 'active' && !gone
      ? [['better', `rotate it first, then compromise #${version}`] as const]
      : []),
    ...(last && gone ? [['next', 'generate the next key under a new name'] as const] : []),
  ]
}

const ACCEPTS: Record<Accepted, string> = {
  unbacked: 'whatever else is on the token, in no backup and not in this ledger, is erased',
  clock: 'the clock of this machine is right, and the ledger is ahead of it',
}

/** What is taken knowingly, of the change and of its keys. */
const acceptedFields = (plan: IntentPlan): Field[] => [
  ...(plan.accepted ?? []).map((word): Field => ['accepts', `${word}: ${ACCEPTS[word]}`]),
  ['accepts', acceptedFor(plannedKeys(plan))],
]

const replaced = ({ replaces, token, missing }: RestorePlan): string =>
  replaces === token
    ? `what is on the token now, which is erased${missing.length === 0 ? '' : '; what LACKS is gone then'}`
    : `token ${replaces}, which keeps its keys and still opens with the same shares`

/** `#3  aes-256  active since 2026-05-02 (205 days)  cmac5:9f1c22ab07`. */
function present({ name, version, type, fingerprint = '' }: KeyTarget, history: History, now: Date): string {
  const key = history.key(name, version)!
  const since = stateSince(key)
  return `#${version}  ${type}  ${key.state} since ${dayOf(since)} (${age(since, now)})  ${shortFingerprint(fingerprint)}`
}

const keyInWords = ({ name, version, type, state, fingerprint = '' }: KeyTarget): string =>
  `${label(name, version)}  ${type}  ${state}  ${shortFingerprint(fingerprint)}`

/** What the flags of a target allow. */
const allowedBy = (attributes: Attributes): Usage[] =>
  USAGES.filter((one) => halvesOf(attributes).some(([, flags]) => flags[one.toUpperCase()]))

const mayDo = ({ attributes }: KeyTarget): string => allowedBy(attributes).join(', ') || 'nothing'

const madeForWords = ({ usage, attributes }: KeyTarget): string => (usage ?? allowedBy(attributes)).join(', ')

const mayOrNothing = (target: KeyTarget): string =>
  mayDo(target) === 'nothing' ? 'can be used for nothing' : `may ${mayDo(target)}`

/** What it was made for, where it may do something else now. */
const madeForOther = (target: KeyTarget): Field[] =>
  madeForWords(target) === mayDo(target) ? [] : [['made for', madeForWords(target)]]

const mayLeave = ({ attributes }: KeyTarget): string =>
  isExtractable(attributes) ? 'goes into the next backup' : 'no backup: it can never leave the token'

/** Attributes that a key of its type and use does not have as a rule, or lacks. */
export function unusual({ name, version, type, attributes }: KeyTarget): string[] {
  const usual = attributesFor(type as KeyType, allowedBy(attributes), isExtractable(attributes))
  const found = halvesOf(attributes).flatMap(([half, flags], i) => {
    const expected = halvesOf(usual)[i]?.[1] ?? {}
    return Object.keys({ ...expected, ...flags })
      .filter((flag) => flags[flag] !== expected[flag])
      .map((flag) => `${half === 'secret' ? '' : `${half} `}${flag} ${flags[flag] ?? 'not stated'}`)
  })
  return found.length === 0 ? [] : [`${label(name, version)}: ${found.join(', ')}`]
}

const unusualField = (target: KeyTarget): Field[] => unusual(target).map((text) => ['UNUSUAL', text])

function stillHeld({ name, version }: KeyTarget, history: History): Field[] {
  const { backups, tokens } = whatStillHolds(history.key(name, version)!, history)
  const held = [
    ...backups.map(({ file, time }) => `backup ${file.name} of ${dayOf(time)}`),
    ...tokens.map((serial) => `token ${serial}`),
  ]
  return [['still in', held.length === 0 ? 'no backup or earlier token that the ledger knows' : held.join(', ')]]
}

/** What a backup lacks, each by name. */
const omittedFields = (name: string, omitted: readonly { name: string; version: number; reason: string }[]): Field[] =>
  omitted.map((key) => [name, `${label(key.name, key.version)}: ${key.reason}`])

const interrupted = ({ open, recovering }: History): string[] => {
  const intent = open ?? recovering
  return [intent ? `${intent.plan.op} of record ${intent.seq}, whose outcome is unknown` : 'nothing']
}

interface Beginning {
  name: string
  groups: readonly { name: string; roles: readonly string[]; threshold: number; custodians: readonly string[] }[]
  module: Module
  /** The slot, before the token has a serial. */
  where: string
  /** It takes up one that was interrupted. */
  resumes?: boolean
}

/** The beginning of a partition, as far as it is known before the shares are made. */
export const beginningView = ({ name, groups, module, where, resumes }: Beginning): Part[] => [
  `  partition.init ${name}`,
  fields(
    [
      ['token', where],
      ['module', moduleRuns(module)],
      ...groups.map((group): Field => ['group', groupInWords(group)]),
      ['needs', READS_BACK],
      ['resumes', resumes ? RESUMES : undefined],
    ],
    '    ',
  ),
]

const READS_BACK = 'every custodian reads their share back'
const RESUMES = 'an init that was interrupted: share files from it no longer work'

const groupInWords = ({ name, roles, threshold, custodians }: Beginning['groups'][number]): string =>
  `${name}: ${threshold} of ${custodians.length} (${custodians.join(', ')}) for ${roles.join(', ')}`

/** The plan that every custodian approves. */
export function initView(plan: InitPlan, resumes = false): Part[] {
  const { serial, label: name, manufacturer, model } = plan.token
  return [
    `  partition.init ${plan.name}`,
    fields(
      [
        ['token', `${name}  serial ${serial}`],
        ['model', `${model}, ${manufacturer}`],
        ['module', plan.module && moduleRuns(plan.module)],
        ['partition', `${plan.name}  ${plan.partition}`],
        ...plan.groups.map((group): Field => ['group', plannedGroup(group)]),
        ['needs', READS_BACK],
        ['resumes', resumes ? RESUMES : undefined],
        ['station key', `${plan.stationKey.id}, of this machine; it signs refusals`],
        ['expires', lifetime(plan)],
        ['reason', plan.reason],
        ['code', planCode(plan)],
      ],
      '    ',
    ),
  ]
}

const plannedGroup = ({ custodians, epoch, ...group }: Group): string =>
  groupInWords({ ...group, custodians: custodians.map(({ name }) => name) }) + epochOf(epoch)
