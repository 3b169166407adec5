// New keys: one or many under one plan. Their ids follow from the plan's nonce, so a crash leaves no doubt which keys were meant.

import { differences } from '../../domain/as-asked.ts'
import { fromHex } from '../../domain/encoding.ts'
import { deviceFailed, notVerified, refused, usage } from '../../domain/errors.ts'
import { add, type Hint, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import {
  classOf,
  inOrder,
  isTdes,
  type KeyType,
  possibleUsages,
  type Usage,
  usagesIn,
  usualUsages,
} from '../../domain/keys.ts'
import { type KeyName, label, parseKeyName, type Time, toTime } from '../../domain/names.ts'
import { numbered } from '../../domain/numbered.ts'
import { type GeneratePlan, plannedKeys } from '../../domain/plan.ts'
import type { KeyAccepted } from '../../domain/plan-shapes.ts'
import { attributesOn } from '../../domain/profile.ts'
import type { KeyReport, KeyTarget, KeyTemplate } from '../../domain/shapes.ts'
import type { KeyFacts, UserSession } from '../../hsm/port.ts'
import type { Abilities } from '../abilities.ts'
import { checkNotAsked } from '../asked-names.ts'
import { checkIdsFree, inPart, keysOnToken, reportOf, specOf, suggestName, withPlannedFlags } from '../key-targets.ts'
import { KnownKeys } from '../known-keys.ts'
import { checkLeaves } from '../members/planned-members.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'

export interface GenerateRequest {
  name: KeyName
  type: KeyType
  /** Usual for the type when absent. */
  usage?: readonly Usage[] | undefined
  /** Absent: one key of that name. Otherwise NAME-1 to NAME-N. */
  count?: number
  backup: boolean
  activateAt?: Time
  /** Rules that the token is known not to enforce, and that are accepted all the same. */
  accepted: KeyAccepted[]
}

/** The plan, from the history and the arguments alone. KEY-NEW, IMPORT-REQUEST, USAGE-POSSIBLE, INTENT-OPEN, USAGE, MEMBER-KEYS. */
export function planGeneration(request: GenerateRequest, history: History, inputs: PlanInputs): GeneratePlan {
  checkNoneOpen(history)
  const frame = planHeader('key.generate', history, inputs)
  checkCount(request)
  const names = namesOf(request)
  for (const name of names) {
    const newest = history.key(name, history.keys.newest(name))
    if (newest) throw refused('KEY-NEW', `${name} exists already`, nextCommand(request, newest, history))
    checkNotAsked(name, history)
  }
  const usages = usagesFor(request)
  // A ledger that is ahead of a clock that is right brings no day nearer.
  if (request.activateAt && request.activateAt <= toTime(inputs.sources.clock()))
    throw usage(`${request.activateAt} is past`, 'leave --activate-at out: the key is active at once')
  const state = request.activateAt ? 'pre-active' : 'active'
  const attributes = attributesOn(history.profile, request.type, usagesIn(state, usages), request.backup)
  checkLeaves({ type: request.type, attributes }, history)
  const template: KeyTemplate = {
    class: classOf(request.type),
    type: request.type,
    state,
    origin: { kind: 'generated' },
    usage: usages,
    attributes,
    ...(request.activateAt ? { activateAt: request.activateAt } : {}),
    ...(request.accepted.length > 0 ? { accepted: [...new Set(request.accepted)].sort() } : {}),
  }
  return { ...frame, template, names }
}

/** Their check values have 24 bits, by which many can't be told apart. */
function checkCount({ type, count = 1 }: GenerateRequest): void {
  if (count > 1 && isTdes(type)) throw usage(`keys of ${type} are made one by one`, 'leave --count out')
}

/** The next version where there can be one, or else another name. */
function nextCommand({ name, type, count }: GenerateRequest, { state }: KeyEntry, history: History): Hint {
  if (state === 'active' && count === undefined) return keyrite('key', 'rotate', name)
  const counted = count === undefined ? [] : ['--count', `${count}`]
  return keyrite('key', 'generate', suggestName(name, history), '--type', type, ...counted)
}

const namesOf = ({ name, count }: GenerateRequest): KeyName[] =>
  count === undefined ? [name] : numbered(name, count).map(parseKeyName)

/** USAGE-POSSIBLE: what the type can do, and never both halves of a way to lift keys out in the clear. */
export function usagesFor({ type, usage: wanted }: Pick<GenerateRequest, 'type' | 'usage'>): Usage[] {
  if (!wanted) return [...usualUsages(type)]
  const impossible = wanted.find((one) => !possibleUsages(type).includes(one))
  if (impossible) {
    throw usage(`${type} can't ${impossible}`, `it can: ${possibleUsages(type).join(', ')}`, 'USAGE-POSSIBLE')
  }
  for (const [a, b] of [
    ['wrap', 'decrypt'],
    ['unwrap', 'encrypt'],
  ] as const) {
    if (wanted.includes(a) && wanted.includes(b)) {
      throw usage(
        `a key may not both ${a} and ${b}: other keys would leave the token in the clear`,
        undefined,
        'USAGE-SEPARATE',
      )
    }
  }
  return inOrder(wanted)
}

const EITHER = 'make it not exportable: --no-backup; or accept it: --accept wrap-with-trusted'

/** MECHANISM, BACKUP-POSSIBLE: what the token can't do is said before anyone is asked. `hint`: of a command that can't choose whether there is a backup. */
export function checkAbility(
  { type, backup, accepted }: Pick<GenerateRequest, 'type' | 'backup'> & { accepted: readonly string[] },
  can: Abilities,
  hint?: Hint,
): void {
  const generate = can.generate[type] ?? { lacks: `${type} is not known to it` }
  if (generate !== true)
    throw deviceFailed('MECHANISM', `the token can't make ${type}: ${generate.lacks}`, keyrite('token', 'list'))
  const wrap = can.wrap[type] ?? { lacks: 'no way to wrap it' }
  if (backup && wrap !== true) {
    throw refused(
      'BACKUP-POSSIBLE',
      `the token can't wrap ${type}, so it could not be backed up: ${wrap.lacks}`,
      hint === undefined ? to('where that is accepted', add('--no-backup')) : keyrite('token', 'list'),
    )
  }
  const trusted = can.enforces.wrapWithTrusted
  if (backup && trusted !== true && !accepted.includes('wrap-with-trusted')) {
    const message = `the token does not keep an exportable key from being wrapped with any key: ${trusted.lacks}`
    throw refused('WRAP-WITH-TRUSTED', message, hint ?? EITHER)
  }
}

export const generateKeys = (plan: GeneratePlan, progress?: (done: number) => void): Operation =>
  makeKeys(plannedKeys(plan), progress)

/** Makes the keys. After a failure it looks which are there, whole, and takes the rest away. */
export function makeKeys(targets: readonly KeyTarget[], progress?: (done: number) => void): Operation {
  return {
    check: (session) => checkIdsFree(targets, session),
    async run({ session, history }) {
      const facts = await session.generateKeys(targets.map(specOf), progress)
      await checkDistinct(targets, facts, history, session)
      return { changed: true, keys: targets.map((target, i) => reportOf(target, facts[i]!)) }
    },
    determineOutcome: ({ session, history }) => whatWasMade(targets, session, history),
  }
}

/** KEY-DISTINCT: a token that makes the same key twice makes keys that somebody may know. */
export async function checkDistinct(
  targets: readonly KeyTarget[],
  facts: readonly KeyFacts[],
  history: History,
  session: UserSession,
): Promise<void> {
  const known = new KnownKeys(targets, history.keys)
  for (const [i, { fingerprint }] of facts.entries()) {
    const made = { ...targets[i]!, fingerprint }
    const other = await known.provedAs(made, session)
    const name = label(made.name, made.version)
    if (other !== undefined)
      throw notVerified('KEY-DISTINCT', `the token made ${name} with the fingerprint that ${other} has: ${fingerprint}`)
    known.add(made)
  }
}

/**
 * Which of the new keys are there, whole and as planned. Each is proved first. Of the others what is there goes: it has the id of a key
 * of this plan, and was read as incomplete, or as another key than was asked for. What can't be read is no evidence, and stops.
 */
export async function whatWasMade(
  targets: readonly KeyTarget[],
  session: UserSession,
  history: History,
  asked: Asked = GENERATED,
): Promise<Effects> {
  const found = await keysOnToken(targets, session)
  const absent = targets.filter((target) => !found.has(target))
  const known = new KnownKeys(targets, history.keys)
  const reports = new Map<KeyTarget, KeyReport>()
  for (const target of found.keys()) {
    const report = await asPlanned(target, session, known, { ...asked, profile: history.profile })
    if (report) reports.set(target, report)
  }
  for (const target of await repeated(reports, session)) reports.delete(target)
  const wrong = [...(await inPart(absent, session)), ...[...found.keys()].filter((target) => !reports.has(target))]
  if (wrong.length > 0) await session.destroyKeys(wrong.map(({ id }) => fromHex(id)))
  return { changed: reports.size > 0, keys: [...reports.values()] }
}

/** How keys came to be, and what is to be so of each besides. */
interface Asked {
  origin: 'generated' | 'brought'
  isRight(report: KeyReport): boolean
}
const GENERATED: Asked = { origin: 'generated', isRight: () => true }

/** KEY-DISTINCT: keys that turn out to be the same key are not kept. */
async function repeated(reports: ReadonlyMap<KeyTarget, KeyReport>, session: UserSession): Promise<KeyTarget[]> {
  const same = new Set<KeyTarget>()
  const byName = new Map([...reports.keys()].map((target) => [label(target.name, target.version), target]))
  const known = new KnownKeys([], [])
  for (const [target, report] of reports) {
    const other = await known.provedAs(report, session)
    if (other !== undefined) same.add(target).add(byName.get(other)!)
    known.add(report)
  }
  return [...same]
}

/** The key with its final flags, or undefined when it is not the planned one. */
async function asPlanned(
  target: KeyTarget,
  session: UserSession,
  known: KnownKeys,
  { origin, isRight, profile: { broken = [] } }: Asked & Pick<History, 'profile'>,
): Promise<KeyReport | undefined> {
  const facts = await provedIfIts(target, session)
  if (facts === undefined || (await known.provedAs({ ...target, fingerprint: facts.fingerprint }, session)))
    return undefined
  const report = await withPlannedFlags(target, facts, session)
  const untold = broken.filter((word) => word === 'origin-untold')
  const spec = { ...specOf(target), accepted: [...(target.accepted ?? []), ...untold] }
  const isOther = differences(spec, { ...facts, attributes: report.attributes }, origin).length > 0
  const told = { ...report, fingerprint: facts.fingerprint }
  return isOther || !isRight(told) ? undefined : told
}

/** Undefined when the private half belongs to another key. */
async function provedIfIts(target: KeyTarget, session: UserSession): Promise<KeyFacts | undefined> {
  const [facts] = await session.proveKeys([fromHex(target.id)])
  return facts!.foreignHalf ? undefined : facts
}
