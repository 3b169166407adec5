// New keys: one or many under one plan. Their ids follow from the plan's nonce, so a crash leaves no doubt which keys were meant.
import { fromBase64url, fromHex, hkdf, sameBytes, toHex, uuidBytes } from '../domain/encoding.ts'
import { deviceFailed, refused, usage } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import {
  type Attributes,
  attributesFor,
  classOf,
  type Flags,
  isPair,
  type KeyType,
  possibleUsages,
  type Usage,
  usagesIn,
  usualUsages,
} from '../domain/keys.ts'
import { type KeyName, label, parseKeyName, type Time } from '../domain/names.ts'
import type { GeneratePlan } from '../domain/plan.ts'
import type { KeyReport, KeyTarget } from '../domain/shapes.ts'
import type { Capabilities, KeyFacts, KeySpec, UserSession } from '../hsm/port.ts'
import type { Act, Done } from './conduct.ts'
import { checkNoneOpen } from './open-intent.ts'
import { type Circumstances, stamp } from './stamp.ts'

export interface GenerateRequest {
  name: KeyName
  type: KeyType
  /** Usual for the type when absent. */
  usage?: Usage[]
  /** Absent: one key of that name. Otherwise NAME-1 to NAME-N. */
  count?: number
  backup: boolean
  activateAt?: Time
  /** Rules that the token is known not to enforce, and that are accepted all the same. */
  acceptWeak: string[]
}

/** The plan, from the history and the arguments alone. KEY-NEW, USAGE-POSSIBLE, INTENT-OPEN. */
export function planGeneration(request: GenerateRequest, history: History, circumstances: Circumstances): GeneratePlan {
  checkNoneOpen(history)
  const frame = stamp('key.generate', history, circumstances)
  const names = namesOf(request)
  for (const name of names) {
    if (history.keys.newest(name) > 0) {
      throw refused('KEY-NEW', `${name} exists already`, `keyrite key show ${name}`)
    }
  }
  const usages = checkUsage(request)
  const state = request.activateAt && request.activateAt > frame.created ? 'pre-active' : 'active'
  const common = {
    version: 1,
    class: classOf(request.type),
    type: request.type,
    state,
    usage: usages,
    attributes: attributesFor(request.type, usagesIn(state, usages), request.backup),
    ...(request.activateAt ? { activateAt: request.activateAt } : {}),
  } as const
  const accepted = request.acceptWeak.length > 0 ? { accepted: request.acceptWeak } : {}
  return {
    ...frame,
    ...accepted,
    keys: names.map((name, i) => ({ name, id: keyId(frame.nonce, frame.partition, i), ...common })),
  }
}

/** NAME, or NAME-01 to NAME-10: padded with zeros to the width of the last. */
function namesOf({ name, count }: GenerateRequest): KeyName[] {
  if (count === undefined) return [name]
  const width = `${count}`.length
  return Array.from({ length: count }, (_, i) => parseKeyName(`${name}-${`${i + 1}`.padStart(width, '0')}`))
}

/** USAGE-POSSIBLE: what the type can do, and never both halves of a way to lift keys out in the clear. */
function checkUsage({ type, usage: wanted }: GenerateRequest): Usage[] {
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
  return [...new Set(wanted)]
}

/** CKA_ID of the i-th new key of a plan, 16 bytes in hex (design, part 4). */
export const keyId = (nonce: string, partition: string, i: number): string =>
  toHex(hkdf(fromBase64url(nonce), uuidBytes(partition), `keyrite/v1/id/${i}`, 16))

/** MECHANISM, BACKUP-POSSIBLE: what the token can't do is said before anyone is asked. */
export function checkAbility({ type, backup, acceptWeak }: GenerateRequest, can: Capabilities): void {
  const generate = can.generate[type] ?? { lacks: `${type} is not known to it` }
  if (generate !== true)
    throw deviceFailed('MECHANISM', `the token can't make ${type}: ${generate.lacks}`, 'keyrite token list')
  const wrap = can.wrap[type] ?? { lacks: 'no way to wrap it' }
  if (backup && wrap !== true) {
    throw refused(
      'BACKUP-POSSIBLE',
      `the token can't wrap ${type}, so it could not be backed up: ${wrap.lacks}`,
      'accept that with: --no-backup',
    )
  }
  const trusted = can.enforces.wrapWithTrusted
  if (backup && trusted !== true && !acceptWeak.includes('wrap-with-trusted')) {
    const message = `the token does not keep an exportable key from being wrapped with any key: ${trusted.lacks}`
    throw refused(
      'WRAP-WITH-TRUSTED',
      message,
      'make it not exportable: --no-backup; or accept it: --accept-weak wrap-with-trusted',
    )
  }
}

/** Makes the keys. After a failure it looks which are there, whole, and takes the rest away. */
export function generateKeys(plan: GeneratePlan, progress: (done: number) => void): Act {
  return {
    async run(session) {
      const facts = await session.generateKeys(plan.keys.map(specOf), progress)
      return { changed: true, keys: plan.keys.map((target, i) => reportOf(target, facts[i]!)) }
    },
    settle: (session) => lookFor(plan.keys, session),
  }
}

export const specOf = ({ name, version, id, type, attributes }: KeyTarget): KeySpec => ({
  label: label(name, version),
  id: fromHex(id),
  type,
  attributes,
})

/** A planned key as it was read back. KEY-AS-PLANNED: every attribute that the plan states is what the token says. */
export function reportOf(target: KeyTarget, facts: KeyFacts): KeyReport {
  const { name, version, id, type, state, usage: usages, activateAt } = target
  const report = {
    name,
    version,
    id,
    class: target.class,
    type,
    state,
    fingerprint: facts.fingerprint,
    attributes: facts.attributes,
  }
  return { ...report, ...(usages ? { usage: usages } : {}), ...(activateAt ? { activateAt } : {}) }
}

/** Which of the planned keys are there and whole. A half-made one is no key: it is taken away. */
export async function lookFor(targets: readonly KeyTarget[], session: UserSession): Promise<Done> {
  const found = await session.readKeys(targets.map((target) => fromHex(target.id)))
  const keys: KeyReport[] = []
  const broken: Uint8Array[] = []
  for (const target of targets) {
    const mine = found.filter((facts) => sameBytes(facts.id, fromHex(target.id)))
    if (mine.length === 1 && mine[0]!.label === label(target.name, target.version)) {
      keys.push(reportOf(target, await finished(target, mine[0]!, session)))
    } else broken.push(fromHex(target.id))
  }
  await session.destroyKeys(broken)
  return { changed: keys.length > 0, keys }
}

/** Every flag that the plan states is what the token says; flags that a token does not know are passed over. */
function asPlanned(target: KeyTarget, facts: KeyFacts): boolean {
  const halves = (attributes: Attributes): Flags[] =>
    isPair(attributes) ? [attributes.private, attributes.public] : [attributes]
  const actual = halves(facts.attributes)
  return halves(target.attributes).every((flags, i) =>
    Object.entries(flags).every(([name, value]) => (actual[i]?.[name] ?? value) === value),
  )
}

/** A crash may have come before the final usage was set. */
async function finished(target: KeyTarget, facts: KeyFacts, session: UserSession): Promise<KeyFacts> {
  return asPlanned(target, facts) ? facts : session.setUsage(fromHex(target.id), target.attributes)
}
