// The table of operations: who approves each, what it may do to keys, what it leaves, how it is told. A forgotten one does not compile.
import { wrongExport } from './export-rules.ts'
import { certificatesOf, lastName, retirementsOf } from './file-names.ts'
import { INWARD_OPERATIONS } from './inward-operations.ts'
import {
  applied,
  asItIs,
  exported,
  generated,
  isSuccession,
  type KeyRule,
  moved,
  promoted,
  published,
  rotated,
  type Transition,
  untouched,
} from './key-transitions.ts'
import type { KeyState } from './keys.ts'
import { managedKeys } from './manifest.ts'
import { destroyedIn, wrongApplication } from './manifest-rules.ts'
import { MEMBER_OPERATIONS } from './member-operations.ts'
import { label, labelOf } from './names.ts'
import { telling } from './numbered.ts'
import {
  type Concerned,
  making,
  OF_APPLICATIONS,
  OF_WHAT_IT_FINISHES,
  type OperationRules,
  theKey,
} from './operation-rules.ts'
import type { Plan, PlanOf, ShownPlan, StateOp, StatePlan } from './plan.ts'
import { setsUserPin } from './quorum-plans.ts'
import { type Group, type GroupRole, type KeyTarget, ROLES } from './shapes.ts'
import { SIGNING_OPERATIONS } from './signing-operations.ts'
import { counted } from './words.ts'

const theApp = ({ app }: { app: { name: string } }): string => app.name

const withCopies = ({ apps }: Concerned): readonly GroupRole[] => (apps ? OF_APPLICATIONS : ['user'])

/** The next version of keys that applications may have. */
const publishing = (of: Concerned): readonly GroupRole[] => (of.several ? OF_APPLICATIONS : withCopies(of))

const stateChange = (transition: Transition): OperationRules<StatePlan> & { transition: Transition } => ({
  roles: withCopies,
  several: 'follow',
  changes: 'keys',
  transition,
  subject: theKey,
})

/** A new set of shares, and whoever holds `user`; where the old shares are lost, whoever holds `so` too: of the group itself nobody is left. */
const ofItsGroup = ({ group, lost }: Concerned): readonly GroupRole[] => [
  ...(lost ? (['so', 'user'] as const) : (['user'] as const)),
  ...(group?.roles ?? []),
]
const theGroup = ({ group }: { group: Group }): string => group.name

/** A person, in whatever groups: those, and whoever holds `user`. */
const ofThePerson = ({ custodian }: Concerned, groups: readonly Group[]): readonly GroupRole[] => [
  'user',
  ...groups.filter(({ custodians }) => custodians.some(({ name }) => name === custodian)).flatMap(({ roles }) => roles),
]

const STAGES = {
  several: 'follow',
  roles: ofItsGroup,
  changes: 'nothing',
  inLedgerAlone: true,
  subject: theGroup,
} as const
const OF_A_PERSON = {
  several: 'follow',
  roles: ofThePerson,
  changes: 'roster',
  inLedgerAlone: true,
} as const

const READS = { roles: ['user'], changes: 'nothing', several: 'follow' } as const

const appsOf = ({ apps = [] }: Concerned): string => firstOf(apps.map(({ name }) => name))

/** What is about copies alone: the keys of the ledger stay as they are. */
const COPIES = { roles: OF_APPLICATIONS, several: 'follow', changes: 'applications', subject: appsOf } as const

/** The key versions whose copies come or go. */
const copiedIn = ({ apps }: { apps: readonly { copies: readonly { name: string; version: number }[] }[] }): string =>
  firstOf(apps.flatMap(({ copies }) => copies.map((one) => label(one.name, one.version))))

/** The names whose versions follow each other. */
const namesOf = ({ keys }: { keys: readonly KeyTarget[] }): string => firstOf(keys.map(({ name }) => name))

/** `a`, `a and 2 others`: each is counted once. */
function firstOf(names: readonly string[]): string {
  const [first = '', ...others] = new Set(names)
  return others.length > 0 ? `${first} and ${counted(others.length, 'other')}` : first
}

export const OPERATIONS = {
  'partition.init': { roles: ROLES, changes: 'token' },
  'partition.adopt': { roles: ROLES, changes: 'token' },
  'key.generate': {
    roles: making,
    several: 'cross',
    changes: 'keys',
    keyRule: generated,
    subject: ({ names }) => {
      const [first, ...others] = telling(names)
      return others.length > 0 ? `${first} and others` : `${first}`
    },
    rest: 'were not made',
  },
  ...INWARD_OPERATIONS,
  'key.rotate': {
    roles: making,
    several: 'cross',
    changes: 'keys',
    keyRule: rotated,
    wrongTogether: ({ keys }) =>
      isSuccession(keys) ? undefined : 'a rotation is of one version and the next, for the same use',
    subject: ({ keys: [old] }) => old.name,
  },
  'key.activate': stateChange({ to: 'active', from: ['pre-active'] }),
  'key.suspend': stateChange({ to: 'suspended', from: ['active'] }),
  'key.resume': stateChange({ to: 'active', from: ['suspended'] }),
  'key.deactivate': stateChange({ to: 'deactivated', from: ['active', 'suspended'] }),
  'key.compromise': {
    ...stateChange({ to: 'compromised', from: ['pre-active', 'active', 'suspended', 'deactivated'] }),
    mayProcess: true,
  },
  'key.destroy': {
    roles: ['user'],
    several: 'follow',
    changes: 'keys',
    transition: { to: 'destroyed', from: ['pre-active', 'suspended', 'deactivated', 'compromised'] },
    files: { are: 'a proof', names: certificatesOf },
    confirms: theKey,
    subject: theKey,
  },
  'key.publish': { roles: publishing, several: 'cross', changes: 'keys', keyRule: published, subject: namesOf },
  'key.promote': { roles: withCopies, several: 'follow', changes: 'keys', keyRule: promoted, subject: namesOf },
  'key.deliver': { ...COPIES, subject: copiedIn },
  'key.withdraw': { ...COPIES, subject: copiedIn },
  'key.restore': {
    roles: ROLES,
    several: 'cross',
    changes: 'keys',
    keyRule: asItIs,
    mayProcess: true,
    keepsUsage: true,
    brings: true,
    subject: theKey,
  },
  'app.init': {
    ...COPIES,
    subject: theApp,
    confirms: ({ erases, app }) => (erases ? app.name : undefined),
    writesSettings: true,
  },
  'app.adopt': { ...COPIES, subject: theApp, writesSettings: true },
  'app.replace': { ...COPIES, subject: theApp, confirms: theApp, writesSettings: true },
  'app.pin': COPIES,
  'app.retire': { ...COPIES, confirms: appsOf },
  'app.sync': COPIES,
  'manifest.apply': {
    roles: OF_APPLICATIONS,
    several: 'cross',
    changes: 'keys',
    keyRule: applied,
    wrongTogether: wrongApplication,
    confirms: (plan, partition) => (destroyedIn(plan) > 0 ? partition : undefined),
    subject: ({ manifest }) =>
      `${counted(Object.keys(manifest.policies).length, 'policy', 'policies')}, ${counted(managedKeys(manifest).size, 'key')}`,
    rest: 'stayed as they were, or were not made',
  },
  'app.check': { ...READS, subject: appsOf },
  ...SIGNING_OPERATIONS,
  'key.export': {
    several: 'follow',
    changes: 'nothing',
    keepsUsage: true,
    roles: OF_APPLICATIONS,
    keyRule: exported,
    wrongTogether: wrongExport,
    files: { are: 'its work', names: ({ files }) => [files.map(lastName)] },
    subject: ({ keys }) => firstOf(keys.map(labelOf)),
  },
  'backup.create': {
    several: 'follow',
    roles: ROLES,
    changes: 'nothing',
    liveKeys: ({ omitted, included }) => ({ named: omitted, others: included }),
    files: { are: 'its work', names: ({ file }) => [[lastName(file)]] },
  },
  'backup.restore': {
    several: 'follow',
    roles: ROLES,
    changes: 'token',
    keyRule: asItIs,
    mayProcess: true,
    keepsUsage: true,
    liveKeys: ({ keys, missing }) => ({ named: [...keys, ...missing], others: 0 }),
    confirms: (_, partition) => partition,
    stationSigns: () => true,
    writesSettings: true,
  },
  'backup.test': {
    several: 'follow',
    roles: ROLES,
    changes: 'nothing',
    keyRule: asItIs,
    mayProcess: true,
    keepsUsage: true,
    leavesKeys: true,
    liveKeys: ({ keys, missing }) => ({ named: [...keys, ...missing], others: 0 }),
    subject: ({ backup }) => backup.name,
  },
  'partition.check': { ...READS, roles: ({ renews }) => (renews ? ['so', 'user'] : ['user']) },
  'partition.recover': {
    roles: OF_WHAT_IT_FINISHES,
    changes: 'token',
    several: 'cross',
    confirms: ({ abandons }, partition) => (abandons ? partition : undefined),
    writesSettings: true,
  },
  'partition.retire': {
    roles: ['so', 'user'],
    several: 'follow',
    changes: 'token',
    transition: { to: 'destroyed', from: ['pre-active', 'active', 'suspended', 'deactivated', 'compromised'] },
    wrongTogether: ({ keys, lost }) =>
      lost && keys.length > 0 ? 'of a token that is lost no key is destroyed' : undefined,
    liveKeys: ({ keys, lost }) => (lost ? undefined : { named: keys, others: 0 }),
    files: { are: 'a proof', names: retirementsOf },
    confirms: (_, partition) => partition,
    // Its token is erased, or lost, and the audit key with it.
    stationSigns: ({ recovers, lost }) => recovers !== undefined || lost === true,
  },
  'audit.checkpoint': READS,
  // Of keys, token and roster nothing changes.
  'partition.move': { roles: ['so', 'user'], changes: 'nothing', several: 'follow', subject: ({ to }) => to },
  'station.add': { roles: ['user'], changes: 'stations', several: 'follow', subject: ({ station }) => station.name },
  'station.remove': {
    roles: ['user'],
    several: 'follow',
    changes: 'stations',
    subject: ({ station }) => station.name,
    confirms: ({ station }) => station.name,
  },
  'quorum.stage': STAGES,
  'quorum.unstage': STAGES,
  'quorum.replace': {
    several: 'follow',
    roles: ofItsGroup,
    changes: 'roster',
    subject: theGroup,
    confirms: theGroup,
    // Nobody can log in as the user, and so reach the audit key, before its PIN is another.
    stationSigns: setsUserPin,
  },
  ...MEMBER_OPERATIONS,
  'custodian.suspend': { ...OF_A_PERSON, subject: ({ custodian }) => custodian },
  'custodian.resume': { ...OF_A_PERSON, subject: ({ custodian }) => custodian },
} satisfies { readonly [Op in Plan['op']]: OperationRules<PlanOf<Op>> }

/** It ends another change, and only its like can end it. */
export const finishesAnother = ({ op }: Pick<Plan, 'op'>): boolean => operationOf({ op }).roles === OF_WHAT_IT_FINISHES

/** The row of a plan's operation. */
export const operationOf = <P extends Plan | ShownPlan>({ op }: Pick<P, 'op'>): OperationRules<P> =>
  OPERATIONS[op] as unknown as OperationRules<P>

export const keyRuleOf = ({ op }: Pick<Plan, 'op'>): KeyRule => {
  const { transition, keyRule = untouched } = operationOf({ op })
  return transition ? moved(transition) : keyRule
}

/** `finished`: the roles of the change that it takes up. `groups`: of today; what is about a person is decided by them. */
export function rolesOf(
  plan: Pick<Plan, 'op'> & Concerned,
  finished: readonly GroupRole[] = [],
  groups: readonly Group[] = [],
): readonly GroupRole[] {
  const { roles } = operationOf(plan)
  if (typeof roles === 'function') return roles(plan, groups)
  return roles === OF_WHAT_IT_FINISHES ? finished : roles
}

/** Whether a key in this state can be what the operation begins with. */
export const mayBegin = (op: StateOp, state: KeyState): boolean => OPERATIONS[op].transition.from.includes(state)
