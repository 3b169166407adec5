// What may become of a key in one operation, held against what the ledger knows of it: the rules of the table of operations.
import { isExtractable, type KeyState, standingOf } from './keys.ts'
import { label } from './names.ts'
import type { KeyReport, KeyTarget } from './shapes.ts'

/** Says what is wrong with what a plan wants of a key, given the ledger's entry, the newest version of its name, and the one in force. */
export type KeyRule = (
  target: KeyTarget,
  entry: KeyReport | undefined,
  newest: KeyReport | undefined,
  inForce: KeyReport | undefined,
) => string | undefined

/** A generated key is version 1 of a name that was never used. */
export const generated: KeyRule = (target, _entry, newest) => {
  if (newest || target.version !== 1) return `${target.name} has been used already, or does not begin at #1`
  return target.state === 'active' || target.state === 'pre-active' ? undefined : `a new key can't be ${target.state}`
}

/** The newest version gives way to the next, of the same type. */
export const rotated: KeyRule = (target, entry, newest) => {
  if (newest?.published) return `${label(target.name, newest.version)} is published: it is promoted`
  if (newest?.state !== 'active') return `only active keys rotate, and ${target.name} is ${newest?.state ?? 'unknown'}`
  if (entry)
    return entry === newest && target.state === 'deactivated' ? undefined : 'only the newest version is rotated'
  const next = target.version === newest.version + 1 && target.type === newest.type && target.state === 'active'
  return next ? undefined : `${label(target.name, target.version)} does not follow the newest version`
}

/** The next version of a name that is in use, while none waits for its promotion. */
export const published: KeyRule = (target, entry, newest, inForce) => {
  const name = label(target.name, target.version)
  if (entry) return `there is ${name} already`
  if (inForce?.state !== 'active') return `no version of ${target.name} is in use`
  if (newest?.published) return `${label(newest.name, newest.version)} waits for its promotion already`
  if (target.version !== newest!.version + 1 || target.type !== inForce.type || target.state !== 'active')
    return `${name} does not follow the newest version`
  return isForSameUse(inForce, target) ? undefined : `${name} is not for the same use`
}

/** The version that was published takes over; the one in force gives way. */
export const promoted: KeyRule = (target, entry, _newest, inForce) => {
  const name = label(target.name, target.version)
  if (target.state === 'active')
    return entry?.published && entry.state === 'active' ? undefined : `${name} is not published, or not active`
  return entry && entry === inForce && entry.state === 'active' && target.state === 'deactivated'
    ? undefined
    : `${name} is not the version that gives way`
}

/** The next version, in the place of the one in force at once. */
const succeeds: KeyRule = (target, entry, newest, inForce) => {
  if (target.published || newest !== inForce) return published(target, entry, newest, inForce)
  return (
    rotated(target, entry, newest, inForce) ??
    (isForSameUse(inForce!, target) ? undefined : `${target.name} is not for the same use`)
  )
}

/** What a manifest may want: a new name, the next version of one in use, a promotion, and the end of a version. */
export const applied: KeyRule = (target, entry, newest, inForce) => {
  if (!entry && target.state !== 'active') return `a new key can't be ${target.state}`
  if (!entry) return newest ? succeeds(target, entry, newest, inForce) : generated(target, entry, newest, inForce)
  if (target.state === 'active') return promoted(target, entry, newest, inForce)
  if (target.state === 'destroyed')
    return moved({ to: 'destroyed', from: ['deactivated'] })(target, entry, newest, inForce)
  return moved({ to: 'deactivated', from: ['active'] })(target, entry, newest, inForce)
}

/** In the state that the ledger says, as when it is restored; what was destroyed stays destroyed. */
export const asItIs: KeyRule = (target, entry) =>
  entry && entry.state === target.state && entry.state !== 'destroyed'
    ? undefined
    : `${label(target.name, target.version)} is not ${target.state}`

/** A pair that is in use, or will be: before that a proof of possession is all that it may be used for (SP 800-57 part 1, 7.1). */
export const certified: KeyRule = (target, ...known) => {
  if (target.class !== 'pair') return `${label(target.name, target.version)} is not a pair`
  if (!CERTIFIABLE.includes(target.state)) return `${label(target.name, target.version)} is ${target.state}`
  return asItIs(target, ...known)
}

/** What is in use, or will be, and was not made to stay. */
export const exported: KeyRule = (target, ...known) => {
  const name = label(target.name, target.version)
  if (!isExtractable(target.attributes)) return `${name} was made never to leave its token`
  return mayGoOut(target) ? asItIs(target, ...known) : `${name} is ${target.state}`
}

export const mayGoOut = ({ state }: Pick<KeyReport, 'state'>): boolean => CERTIFIABLE.includes(state)

/** A pair that is in use, and was made to sign. */
export const signed: KeyRule = (target, ...known) => {
  const name = label(target.name, target.version)
  return mayNowSign(target) ? asItIs(target, ...known) : `${name} is ${standingOf(target)}, or not made to sign`
}

export const mayNowSign = ({ class: kind, usage, state, published }: KeyTarget | KeyReport): boolean =>
  kind === 'pair' && usage.includes('sign') && state === 'active' && !published

/** The states in which a key gets a certificate. */
export const CERTIFIABLE: readonly KeyState[] = ['pre-active', 'active']

export const untouched: KeyRule = (target) => `${label(target.name, target.version)} is in a plan that changes no key`

/** From where to where a change of state leads: SP 800-57's transitions, each operation from where it may begin. */
export interface Transition {
  to: KeyState
  from: readonly KeyState[]
}

export const moved =
  ({ to, from }: Transition): KeyRule =>
  (target, entry) => {
    if (!entry) return `there is no ${label(target.name, target.version)}`
    if (target.state === to && from.includes(entry.state)) return undefined
    return `${label(target.name, target.version)} is ${entry.state}: it can't become ${to} that way`
  }

/** The next version is for what the old one was for, and carries what was accepted for it. */
const isForSameUse = (old: KeyReport | KeyTarget, { usage, accepted = [], activateAt }: KeyTarget): boolean =>
  usage.join() === old.usage.join() &&
  activateAt === undefined &&
  (old.accepted ?? []).every((one) => accepted.includes(one))

/** Of a rotation. */
export const isSuccession = ([old, fresh, more]: readonly KeyTarget[]): boolean =>
  old !== undefined &&
  fresh !== undefined &&
  more === undefined &&
  old.name === fresh.name &&
  old.version + 1 === fresh.version &&
  isForSameUse(old, fresh)
