// A key that was made elsewhere comes to the token: by whatever way, it is held against what was announced, and against every key that the ledger knew.

import { notVerified, refused } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { notAsAnnounced } from '../../domain/import-rules.ts'
import type { KeyImportPlan } from '../../domain/inward-plans.ts'
import { newKeyId } from '../../domain/key-id.ts'
import { classOf, type KeyType, type Usage } from '../../domain/keys.ts'
import { type KeyName, label, parseKeyVersion } from '../../domain/names.ts'
import { ACCEPTS_PARITY } from '../../domain/odd-parity.ts'
import { attributesOn } from '../../domain/profile.ts'
import type { KeyReport, KeyTarget, Origin } from '../../domain/shapes.ts'
import type { KeyFacts, UserSession } from '../../hsm/port.ts'
import { checkNotAsked } from '../asked-names.ts'
import { knownObjects } from '../inventory.ts'
import { checkIdsFree, inPart, reportOf } from '../key-targets.ts'
import { KnownKeys } from '../known-keys.ts'
import { checkLeaves } from '../members/planned-members.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { accepting, type PlanInputs, planHeader } from '../plan-header.ts'
import { takeBackLent } from '../proofs.ts'
import { usagesFor, whatWasMade } from './generate-keys.ts'
import { dropTransport } from './request-import.ts'

interface ImportRequest {
  name: KeyName
  type: KeyType
  /** Usual for the type when absent. */
  usage?: readonly Usage[] | undefined
  backup: boolean
  origin: Origin
  /** What it has to be, as KeyImportPlan has it. */
  check?: string | undefined
  /** Where its value is here: what it would be called by as a key of another type. */
  otherwise?: readonly string[]
  source?: KeyImportPlan['source']
  /** Of a DES key, or of a component of it, some bytes had even parity. */
  lacksParity?: boolean
  /** Rules that the token is known not to enforce, and that are accepted all the same. */
  accepted?: readonly string[]
}

/** INTENT-OPEN, KEY-NEW, IMPORT-REQUEST: what can be known before anybody is asked for the key. `by`: the request by which it comes. */
export function checkNameFree(name: KeyName, history: History, by?: string): void {
  checkNoneOpen(history)
  if (history.key(name, history.keys.newest(name)))
    throw refused('KEY-NEW', `${name} exists already`, keyrite('key', 'show', name))
  checkNotAsked(name, history, by)
}

/** INTENT-OPEN, KEY-NEW, IMPORT-REQUEST, USAGE-POSSIBLE, MEMBER-KEYS, KEY-DISTINCT. */
export function planImport(request: ImportRequest, history: History, inputs: PlanInputs): KeyImportPlan {
  const { name, type, origin, check, source } = request
  checkNameFree(name, history, origin.kind === 'transport' ? origin.request : undefined)
  const usage = usagesFor(request)
  const clear = 'clearOnHost' in origin ? (['clear-on-host'] as const) : []
  const parity = request.lacksParity ? ([ACCEPTS_PARITY] as const) : []
  const header = accepting([...clear, ...parity], planHeader('key.import', history, inputs))
  const taken = [...new Set(request.accepted ?? [])].sort()
  const attributes = attributesOn(history.profile, type, usage, request.backup)
  checkLeaves({ type, attributes }, history)
  const target: KeyTarget = {
    name,
    version: 1,
    id: newKeyId(header.nonce, header.partition, 0),
    class: classOf(type),
    type,
    state: 'active',
    origin,
    usage,
    attributes,
    ...(taken.length > 0 ? { accepted: taken } : {}),
  }
  checkUnknown(target, [...(check === undefined ? [] : [check]), ...(request.otherwise ?? [])], history)
  return { ...header, keys: [target], ...(check === undefined ? {} : { check }), ...(source ? { source } : {}) }
}

/** KEY-DISTINCT: what is known already, be it destroyed, is not let in under another name. Of a key that only may be known the plan tells. */
export function checkUnknown({ id, origin }: KeyTarget, checks: readonly string[], history: History): void {
  const known = new KnownKeys([{ id }], history.keys)
  for (const check of checks) {
    const other = known.sameAs(check, origin)
    if (other === undefined) continue
    const message = `${other} has the check value ${check}: the ledger knows that key already`
    throw refused('KEY-DISTINCT', message, keyrite('key', 'show', other))
  }
}

/** Makes the key on the token, under its label, id and attributes. What came as another key is gone again when it throws. */
type Bringer = (session: UserSession, context: OperationContext) => Promise<KeyFacts>

export function importKey(plan: KeyImportPlan, bring: Bringer): Operation {
  const [target] = plan.keys
  return {
    check: (session) => checkIdsFree([target], session),
    async run(context) {
      const facts = await bring(context.session, context)
      const key = reportOf(target, facts)
      await checkCame(plan, key, context)
      await spend(plan, context)
      return { changed: true, keys: [key] }
    },
    determineOutcome: (context) => importOutcome(plan, context),
  }
}

/** TRANSPORT-GONE: a request is used once. */
async function spend(
  { keys: [{ origin }] }: KeyImportPlan,
  { session, history }: Pick<OperationContext, 'session' | 'history'>,
): Promise<void> {
  if (origin.kind === 'transport') await dropTransport(history.requests.get(origin.request)!.id, session)
}

/** KEY-DISTINCT, IMPORT-CHECK. */
async function checkCame(
  plan: KeyImportPlan,
  key: KeyReport,
  { history, session }: Pick<OperationContext, 'session' | 'history'>,
): Promise<void> {
  const name = label(key.name, key.version)
  const other = await new KnownKeys([key], history.keys).provedAs(key, session)
  if (other !== undefined)
    throw notVerified(
      'KEY-DISTINCT',
      `what came for ${name} is the key ${other}, by its check value ${key.fingerprint}`,
    )
  const wrong = notAsAnnounced(plan, key)
  if (wrong !== undefined) throw notVerified('IMPORT-CHECK', `${name} ${wrong}`)
}

/** What was lent to the key that protects a block. */
async function takeBackFrom(
  under: string,
  { session, history }: Pick<OperationContext, 'session' | 'history'>,
): Promise<void> {
  const { name, version } = parseKeyVersion(under)
  const entry = history.key(name, version!)
  if (entry) await takeBackLent([entry], session)
}

/** What is there, whole, and the key that was announced, stays; anything else under its id goes, and is proved to be gone. */
export async function importOutcome(
  plan: KeyImportPlan,
  { session, history }: Pick<OperationContext, 'session' | 'history'>,
): Promise<Effects> {
  const [key] = plan.keys
  if (key.origin.kind === 'file' && key.origin.block) await takeBackFrom(key.origin.block.under, { session, history })
  const isRight = (key: KeyReport) => notAsAnnounced(plan, key) === undefined
  const effects = await whatWasMade(plan.keys, session, history, { origin: 'brought', isRight })
  if (effects.keys.length > 0) await spend(plan, { session, history })
  // A call that was refused may have left an object that has no name.
  await session.clearIncompleteObjects(knownObjects(history))
  if (effects.keys.length > 0 || (await inPart(plan.keys, session)).length === 0) return effects
  const [{ name, version }] = plan.keys
  throw notVerified('IMPORT-GONE', `${label(name, version)} was destroyed again, and something of it is still there`)
}
