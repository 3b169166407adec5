// What a policy wants of the versions of one key: the next one in time, the end of the one in force, and of those before it.
import type { Due, DueAction, Present, Remark } from './due-shapes.ts'
import type { KeyEntry } from './key-history.ts'
import { isBare } from './key-rules.ts'
import { isExtractable, type KeyState, usagesOf } from './keys.ts'
import type { ManagedKey } from './manifest.ts'
import { usageOf } from './manifest.ts'
import { label } from './names.ts'
import { after, before } from './period.ts'
import { listed } from './words.ts'

/** Where a version stands once what is due is done. */
export interface Standing {
  version: number
  state: KeyState
  published: boolean
  /** Of a version that is there already. */
  entry?: KeyEntry
  /** What is due changes it, so each copy of it is told of. */
  moves: boolean
}

export interface KeyJudgement {
  due: Due[]
  differs: Remark[]
  remarks: Remark[]
  /** Oldest first. */
  after: Standing[]
}

/** What is due of one key. */
class Judged implements KeyJudgement {
  readonly due: Due[] = []
  readonly differs: Remark[] = []
  readonly remarks: Remark[] = []
  after: Standing[]

  constructor(
    readonly key: ManagedKey,
    readonly present: Present,
  ) {
    this.after = (present.versions.get(key.name) ?? []).map((entry) => ({
      version: entry.version,
      state: entry.state,
      published: entry.published ?? false,
      entry,
      moves: false,
    }))
  }

  tell(action: DueAction, version: number, due: string, waits?: string): boolean {
    const { name, policyName: policy } = this.key
    this.due.push({ action, name, version, policy, due, ...(waits === undefined ? {} : { waits }) })
    return waits === undefined
  }

  remark = (what: string, version?: number): void => {
    this.remarks.push({ name: this.key.name, ...(version === undefined ? {} : { version }), what })
  }

  become(version: number, state: KeyState, published = false): void {
    const before = this.after.find((one) => one.version === version)
    if (before) Object.assign(before, { state, published, moves: true })
    else this.after.push({ version, state, published, moves: true })
  }
}

export function dueOfKey(key: ManagedKey, present: Present): KeyJudgement {
  const judged = new Judged(key, present)
  const versions = present.versions.get(key.name)
  if (versions === undefined) judgeMissing(judged)
  else judgePresent(judged, versions)
  for (const entry of versions ?? []) judgeEarlier(judged, entry)
  return judged
}

function judgeMissing(judged: Judged): void {
  const { key, present } = judged
  const { entry, width } = key
  const others = entry === undefined ? undefined : present.widths.get(entry)
  const isRenamed = others !== undefined && [...others].some((one) => one !== width)
  const waits = isRenamed
    ? `its count gives other names to keys that are there: ${entry} has numbers of another width`
    : undefined
  if (judged.tell('generate', 1, present.now, waits)) judged.become(1, 'active')
}

function judgePresent(judged: Judged, versions: readonly KeyEntry[]): void {
  const { key, present } = judged
  const inForce = present.history.keys.inForce(key.name)
  const current = versions.find(({ version }) => version === inForce)
  if (!current)
    return judged.remark('it is pre-active: nothing is done before it is activated', versions.at(-1)!.version)
  if (current.state === 'destroyed' && versions.length === 1)
    return judged.remark('it was destroyed, and its name is not used again')
  judgeLikeness(judged, current)
  if (current.state === 'suspended')
    return judged.remark('it is suspended: nothing is done before it is resumed', inForce)
  if (current.state !== 'active') return judged.remark(`it is ${current.state}, and has no next version`, inForce)
  if (isLost(current, present)) return judged.remark('it is not on the token', inForce)
  judgeSuccession(judged, current, versions.at(-1)!)
}

/** Where a restore did not bring it, or a change did not find it. */
export const isLost = (key: KeyEntry, { history }: Present): boolean =>
  isBare(key.attributes) || history.notRestored.has(label(key.name, key.version))

function judgeLikeness(
  { key: { name, policy }, differs }: Judged,
  { version, type, usage, attributes, state }: KeyEntry,
): void {
  const wanted = usageOf(policy)
  const tell = (what: string) => differs.push({ name, version, what })
  if (type !== policy.type) tell(`it is of type ${type}, and the policy wants ${policy.type}`)
  else if (usage.join() !== wanted.join())
    tell(`it is made for ${usage.join(', ')}, and the policy wants ${wanted.join(', ')}`)
  if (state !== 'destroyed' && !isBare(attributes) && isExtractable(attributes) !== (policy.backup ?? true))
    tell(
      isExtractable(attributes)
        ? 'it goes into backups, and the policy wants it to stay'
        : 'it goes into no backup, and the policy wants that',
    )
}

/** The first step of its life that fits. */
const since = ({ history }: KeyEntry, fits: (step: KeyEntry['history'][number]) => boolean): string | undefined =>
  history.find(fits)?.time

function judgeSuccession(judged: Judged, current: KeyEntry, newest: KeyEntry): void {
  const { key, present } = judged
  const { 'rotate-every': every, 'publish-before': lead } = key.policy
  if (every === undefined) return
  const end = after(since(current, ({ state, published }) => state === 'active' && !published)!, every)
  if (newest.published) return judgePromotion(judged, current, newest, end)
  const places = present.history.exports.placesOf(current)
  const isAlone = places.length === 0 && holders(current, present).length === 0
  const due = isAlone || lead === undefined ? end : before(end, lead)
  if (due > present.by) return
  const next = newest.version + 1
  if (!judged.tell(isAlone ? 'rotate' : 'publish', next, due, notAhead(due, every, present))) return
  judged.become(next, 'active', !isAlone)
  if (isAlone) judged.become(current.version, 'deactivated')
}

/** Why it is not done ahead: the next version would be due by then as well, so that each ceremony made another. */
const notAhead = (due: string, every: string, { now, by }: Present): string | undefined =>
  due > now && after(now, every) <= by
    ? `not before ${due.slice(0, 10)}: the next version would be due by ${by.slice(0, 10)} as well`
    : undefined

const holders = ({ name, version }: KeyEntry, { copies }: Present) =>
  (copies.get(name) ?? []).filter(({ copy }) => copy.version === version)

/** It is due when the version in force has been used for long enough, and the readers have had the next one for as long as the policy says. */
function judgePromotion(judged: Judged, current: KeyEntry, fresh: KeyEntry, end: string): void {
  const { key, present } = judged
  const lead = key.policy['publish-before']
  const published = since(fresh, (step) => step.published === true)!
  const ready = lead === undefined ? published : after(published, lead)
  if (end > present.by) return
  const waits =
    fresh.state !== 'active'
      ? `it is ${fresh.state}`
      : isLost(fresh, present)
        ? 'it is not on the token'
        : ready > present.now
          ? `not before ${ready.slice(0, 10)}: its readers have it for ${lead} first`
          : notYet(current, fresh, present)
  if (!judged.tell('promote', fresh.version, end > ready ? end : ready, waits)) return
  judged.become(fresh.version, 'active')
  judged.become(current.version, 'deactivated')
}

/** Why nobody may write with it yet. */
function notYet(current: KeyEntry, fresh: KeyEntry, present: Present): string | undefined {
  const have = new Set(
    holders(fresh, present)
      .filter(({ copy }) => copy.wished && copy.state === 'present')
      .map(({ app }) => app.name),
  )
  const reads = (usage: readonly KeyEntry['usage'][number][]) =>
    usagesOf({ state: 'active', published: true, usage: [...usage] }).length > 0
  const waiting = holders(current, present)
    .filter(
      ({ app, copy }) => copy.wished && reads(copy.made) && !have.has(app.name) && !present.without.includes(app.name),
    )
    .map(({ app }) => app.name)
  if (waiting.length > 0) return `nothing proves that ${listed(waiting)} ${waiting.length === 1 ? 'has' : 'have'} it`
  const beside = present.history.exports.notFollowed(current, fresh)
  if (beside.length > 0) return `the version before it went out to ${listed(beside)}, and it did not`
  return isExtractable(fresh.attributes) && !present.isBacked(fresh) ? 'no backup holds it' : undefined
}

/** What was in force before: it is not used to write any more, then not at all, and then it goes. */
function judgeEarlier(judged: Judged, entry: KeyEntry): void {
  const { key, present } = judged
  const inForce = present.history.keys.inForce(key.name)
  if (entry.version < inForce && entry.state === 'active' && !entry.published && !isLost(entry, present)) {
    judged.tell('deactivate', entry.version, present.now)
    return judged.become(entry.version, 'deactivated')
  }
  const end = processingEnd(key, entry)
  const { 'destroy-after': more } = key.policy
  if (end === undefined || more === undefined) return
  const due = after(end, more)
  if (due > present.by) return
  const there = holders(entry, present).filter(({ copy }) => copy.wished || copy.state !== 'absent')
  const waits =
    due > present.now
      ? `not before ${due.slice(0, 10)}`
      : there.length > 0
        ? `${listed(there.map(({ app }) => app.name))} may have a copy`
        : isLost(entry, present)
          ? 'it is not on the token'
          : present.destroys
            ? undefined
            : 'nothing is destroyed without --destroy'
  if (judged.tell('destroy', entry.version, due, waits)) judged.become(entry.version, 'destroyed')
}

/** Until when a version that is deactivated is read with. Undefined where there is no end, or it is not deactivated. */
export function processingEnd({ policy }: ManagedKey, entry: KeyEntry): string | undefined {
  const { 'process-for': processing } = policy
  if (processing === undefined || entry.state !== 'deactivated') return undefined
  return after(since(entry, ({ state }) => state === 'deactivated')!, processing)
}
