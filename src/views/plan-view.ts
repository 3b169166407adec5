// A plan as everybody sees it before they approve: whatever is signed is said, or stands for something that is (test/commands/plan-members).
import { ACCEPTS_CLOCK, endOf } from '../domain/clock.ts'
import { recordCode } from '../domain/code.ts'
import { mostFromAfar, sealedFor } from '../domain/from-afar.ts'
import type { History } from '../domain/history.ts'
import { operationOf } from '../domain/operations.ts'
import { type Plan, plannedKeys, type ShownPlan } from '../domain/plan.ts'
import type { Accepted } from '../domain/plan-shapes.ts'
import { isWeakness, weaknessInWords } from '../domain/profile.ts'
import { counted } from '../domain/words.ts'
import { type Field, fields, marked, type Part, type Run, whole } from '../terminal/text.ts'
import { ceremonyFields } from './ceremony-marks.ts'
import { moduleRuns, wholeDigest } from './module.ts'
import { issuerNamed } from './plan-certificate.ts'
import { detailsOf } from './plan-details.ts'
import { memberFields } from './plan-members.ts'
import { letterFields, saidFields } from './said.ts'
import { acceptedFor, dayOf, tokenInWords, toTheMinute } from './words.ts'

/** A plan without a code is not complete yet, and nobody can approve it. */
export function planView(
  { plan, code, signed }: { plan: ShownPlan; code?: string; signed?: string },
  history: History,
  now: Date,
): Part[] {
  return [
    `  ${plan.op} ${operationOf(plan).subject?.(plan) ?? ''}`.trimEnd(),
    fields(
      [
        ...detailsOf(plan, history, now),
        ...acceptedFields(plan),
        ['token', tokenOf(plan, history)],
        ...moduleFields(plan, history),
        ...memberFields(plan, history),
        ['partition', `${history.name}  ${plan.partition}`],
        ['ledger', ledgerOf(plan, history)],
        ['clock', clockOf(plan, history, now)],
        ...suspendedFields(plan, history, now),
        ...ceremonyFields(plan.ceremony, history.ceremonies.open),
        ['needs', needsInWords(plan, history)],
        ...afarFields(plan),
        ['signed', signed && `at the terminal, by ${signed}`],
        ['expires', lifetime(plan)],
        ...saidFields(plan),
        ...letterFields([plan, issuerNamed(plan)]),
        ['code', code],
      ],
      '    ',
    ),
  ]
}

function tokenOf({ tokens: [token] }: ShownPlan, { token: { serial, label: name } }: History): string {
  const found = 'serial' in token ? token.serial : token
  const member = 'member' in token && token.member ? `  member ${token.member}` : ''
  return found === serial ? `${name}  serial ${serial}${member}` : tokenInWords(found)
}

/** The library that gets the PINs. It stands out where it differs from that of the last change. */
function moduleFields({ module }: ShownPlan, { module: last }: History): Field[] {
  if (!module) return [['module', marked('NONE is named: whichever is configured', 'bad')]]
  if (!last || (last.sha256 === module.sha256 && last.path === module.path)) return [['module', moduleRuns(module)]]
  const since = `since record ${last.seq} of ${dayOf(last.time)}`
  return [
    ['module', [marked('CHANGED', 'bad'), ` ${since}, and is now ${module.path}  `, wholeDigest(module.sha256)]],
    ['before', moduleRuns(last)],
  ]
}

/** What the plan was made on; its last record is the one that the custodians see. A copy elsewhere may have gone on since. */
const ledgerOf = ({ head }: ShownPlan, { custody, time }: History): Run[] => [
  `${counted(head.seq + 1, 'record')}, the last of ${toTheMinute(custody.timeOf(head) ?? time)}: `,
  whole(recordCode(head.leaf)),
]

/** The times of a machine that is behind the ledger are the ledger's. */
function clockOf({ accepted }: ShownPlan, { time }: History, now: Date): Run | undefined {
  const here = now.toISOString()
  if (time <= here && !accepted?.includes(ACCEPTS_CLOCK)) return undefined
  return marked(`the last record is of ${time}, this machine says ${here}: it takes the ledger's time`, 'warning')
}

/** A suspension that the ledger's time has passed, and the clock has not. */
function suspendedFields(plan: ShownPlan, history: History, now: Date): Field[] {
  const { rosters, time, groups } = history
  const asked = groups.filter(({ name }) => plan.needs.some(({ group }) => group === name))
  const names = new Set(asked.flatMap(({ custodians }) => custodians.map(({ name }) => name)))
  return [...names].flatMap((name): Field[] => {
    const until = rosters.suspended(name, now.toISOString())?.until
    if (until === undefined || rosters.isSuspended(name, time)) return []
    return [['suspended', marked(`${name} until ${until}, by the clock of this machine`, 'warning')]]
  })
}

/** By the clock, where that is right and the ledger ahead. */
export function lifetime(plan: Plan | ShownPlan): string {
  const clock = 'clock' in plan ? plan.clock : undefined
  const end = toTheMinute(endOf({ ...plan, clock }))
  return `${end}${clock === undefined ? '' : ' by the clock'}, then it is void; made ${toTheMinute(clock ?? plan.created)}`
}

export const epochOf = (epoch: number): string => (epoch > 1 ? `, shares of epoch ${epoch}` : '')

/** Who must approve, in words. */
function needsInWords(plan: ShownPlan, { groups, rosters }: History): string {
  const isOfTwo = (name: string) => plan.needs.filter(({ group }) => group === name).length > 1
  // No record tells of the new set yet, where it is made in one sitting.
  const setOf = (group: string, epoch: number) =>
    rosters.setOf({ group, epoch })?.group ?? ('group' in plan && plan.group?.name === group ? plan.group : undefined)
  return plan.needs
    .map(({ group, epoch, threshold }) => {
      const { length } = setOf(group, epoch)?.custodians ?? []
      return `${threshold} of ${length} custodians${groups.length === 1 ? '' : ` of ${group}`}${isOfTwo(group) ? ` with shares of epoch ${epoch}` : epochOf(epoch)}`
    })
    .join(plan.needs.some(({ group }) => isOfTwo(group)) ? ', and ' : ' and ')
}

/** Who sends a share is told what that is, by whoever shows the plan. */
function afarFields(plan: ShownPlan): Field[] {
  const recipient = sealedFor(plan)
  if (recipient === undefined) return []
  const most = plan.needs.map(({ group, threshold }) => `${mostFromAfar(threshold)} of ${group}`)
  return [
    ['from afar', ['shares for ', whole(recipient)]],
    ['', `at most ${most.join(' and ')}; whoever has the key of that recipient can read these shares`],
  ]
}

const ACCEPTS: Record<Accepted, string> = {
  'clear-on-host':
    'a key that the new token can not open as it is wrapped is in the clear in this machine for a moment',
  'even-parity': 'what came lacks odd parity in some bytes: a slip in the last bit of a byte was not noticed',
  unbacked: 'something that is in no backup',
  'software-key': 'no HSM has the wrapping key, as the file of its cloud says: that cloud can read what goes out',
  'not-sent': 'whoever has the version before has not got the one that takes over',
  'no-spare': 'every one of the new shares is needed: one that is lost locks everyone out for good',
  clock: 'the clock of this machine is right, and the ledger is ahead of it',
}

/** What that means in some operations. */
const IN_PARTICULAR: { readonly [wordAndOp: string]: string } = {
  'unbacked backup.restore': 'whatever else is on the token, in no backup and not in this ledger, is erased',
  'unbacked key.deliver': 'no backup holds a key that is delivered',
  'unbacked key.promote': 'no backup holds a key that is promoted',
  'unbacked manifest.apply': 'no backup holds a key that is delivered or promoted',
  'unbacked quorum.replace': 'no backup holds a key that could be in one, and it is lost if the token fails meanwhile',
  'clear-on-host key.export': 'whoever controls this machine now has the key',
  'clear-on-host key.import': 'whoever controls this machine now has the key',
}

const acceptedIn = ({ op }: ShownPlan, word: Accepted): string => IN_PARTICULAR[`${word} ${op}`] ?? ACCEPTS[word]

/** What is accepted knowingly, for the change and for its keys. */
const acceptedFields = (plan: ShownPlan): Field[] => [
  ...(plan.accepted ?? []).map(
    (word): Field => [
      'accepts',
      isWeakness(word) ? marked(weaknessInWords(word), 'bad') : `${word}: ${acceptedIn(plan, word)}`,
    ],
  ),
  ['accepts', acceptedFor(plannedKeys(plan))],
]
