// A plan as everybody sees it before they approve: whatever is signed is said, or stands for something that is (test/commands/plan-members).
import { ACCEPTS_CLOCK } from '../domain/clock.ts'
import { recordCode } from '../domain/code.ts'
import type { History } from '../domain/history.ts'
import { label } from '../domain/names.ts'
import { type Accepted, type IntentPlan, type Plan, planCode, plannedKeys, type RestorePlan } from '../domain/plan.ts'
import type { Group } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { type Field, fields, marked, type Part, type Run, whole } from '../terminal/text.ts'
import {
  absence,
  forGood,
  goneFrom,
  keyInWords,
  kindsOf,
  mayOrNothing,
  newKeys,
  present,
  stateFields,
  stillHeld,
  unusualField,
} from './plan-keys.ts'
import { acceptedFor, dayOf, shortDigest, toTheMinute } from './views.ts'

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

export type Module = NonNullable<Plan['module']>

const digest = (sha256: string): Run => whole(shortDigest(sha256))

export const moduleRuns = ({ path, sha256 }: Module): Run[] => [`${path}  `, digest(sha256)]

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

export const lifetime = ({ created, expires }: Plan): string =>
  `${toTheMinute(expires)}, then it is void; made ${toTheMinute(created)}`

export const epochOf = (epoch: number): string => (epoch > 1 ? `, shares of epoch ${epoch}` : '')

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
    case 'partition.check':
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

/** What a backup lacks, each by name. */
const omittedFields = (name: string, omitted: readonly { name: string; version: number; reason: string }[]): Field[] =>
  omitted.map((key) => [name, `${label(key.name, key.version)}: ${key.reason}`])

const interrupted = ({ open, recovering }: History): string[] => {
  const intent = open ?? recovering
  return [intent ? `${intent.plan.op} of record ${intent.seq}, whose outcome is unknown` : 'nothing']
}
