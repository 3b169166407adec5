// The end of a tenant: every live key is destroyed and proved absent, while the audit key can still say so. Then the token is erased (end-partition).

import { fromHex, toHex } from '../../domain/encoding.ts'
import { notVerified, refused } from '../../domain/errors.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { escaped, label } from '../../domain/names.ts'
import type { RetirePlan } from '../../domain/plan.ts'
import type { KeyTarget } from '../../domain/shapes.ts'
import { counted, listed } from '../../domain/words.ts'
import type { ObjectFacts } from '../../hsm/port.ts'
import { proveAllGone } from '../absence.ts'
import { isOpenHalf, liveKeys, objectInWords, type Scan, unknownObjectsIn } from '../inventory.ts'
import { absentReport, inPart, isPublicKeyOf, keysOnToken, targetOf } from '../key-targets.ts'
import { asMember } from '../members/on-members.ts'
import { wantedWhole } from '../members/wanted.ts'
import { checkNoneOpen, openIntent } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import { provedOnToken, takeBackLent } from '../proofs.ts'

interface RetireRequest {
  /** What else is on the token, as it is named in a refusal. */
  others?: readonly string[]
  /** The path of the file that will say what was destroyed. */
  certificate?: string
  /** The token is gone: what it holds can't be destroyed. */
  lost?: boolean
}

/** INTENT-OPEN, APP-LIVES. */
export function planRetirement(request: RetireRequest, history: History, inputs: PlanInputs): RetirePlan {
  checkNoneOpen(history)
  if (!request.lost) checkNoApplications(history)
  return planned(request, history, inputs)
}

/** APP-LIVES: what applications have is no part of this token, and nobody could take it back afterwards. */
function checkNoApplications({ applications: { live } }: History): void {
  const [first, ...others] = live.map(({ name }) => name)
  if (first === undefined) return
  const message = `the partition has ${others.length === 0 ? `the application ${first}` : `applications: ${listed([first, ...others])}`}`
  throw refused('APP-LIVES', message, keyrite('app', 'retire', first))
}

/** Of one that was interrupted: what it wanted, of the keys that live still. */
export function planRetirementAgain(lost: boolean, history: History, inputs: PlanInputs): RetirePlan {
  const { leaf, plan } = openIntent(history)!
  const { others, certificate } = plan as RetirePlan
  const request = { lost, ...(others ? { others } : {}), ...(certificate ? { certificate } : {}) }
  return { ...planned(request, history, inputs), recovers: leaf }
}

function planned(
  { others = [], certificate, lost = false }: RetireRequest,
  history: History,
  inputs: PlanInputs,
): RetirePlan {
  return {
    ...planHeader('partition.retire', history, inputs),
    keys: lost ? [] : liveKeys(history).map((key) => targetOf(key, 'destroyed')),
    ...(others.length === 0 || lost ? {} : { others: [...new Set(others)].sort() }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(lost ? { lost } : {}),
  }
}

export function destroyEveryKey(plan: RetirePlan, progress?: (done: number) => void): Operation {
  const { keys } = plan
  let begun = false
  return {
    async check(session, history, others = []) {
      await keysOnToken(keys, session)
      refuseUnnamed(plan, await session.scan(), history)
      for (const { member, session } of others)
        await asMember(member, history, async () => refuseUnnamed(plan, await session.scan(), history))
    },
    async run({ session, history }) {
      const proved = await provedOnToken(keys, session)
      const others = keys.filter((key) => !proved.has(key))
      // A part can't be proved. Whichever key of this ledger it is of, it is to go.
      const parts = await inPart(others, session)
      begun = true
      await session.destroyKeys(
        [...proved.keys(), ...parts].map(({ id }) => fromHex(id)),
        progress,
      )
      refuseUnnamed(plan, await proveAllGone(keys, session), history)
      return allGone(plan, others, parts, history)
    },
    // What could not be proved was not touched.
    async determineOutcome(context) {
      if (!begun) return asBefore(context)
      await destroyParts(plan, context)
      return retirementOutcome(plan, context)
    },
  }
}

/** Half gone: the rest goes too, since half a key would be of use to nobody, and the partition goes on. */
async function destroyParts({ keys }: RetirePlan, { session }: OperationContext): Promise<void> {
  const there = await keysOnToken(keys, session)
  const parts = await inPart(
    keys.filter((key) => !there.has(key)),
    session,
  )
  if (parts.length > 0) await session.destroyKeys(parts.map(({ id }) => fromHex(id)))
}

/** Of each key what is true now: it is there, or gone, or in part, and then it is for the next retirement. */
export async function retirementOutcome({ keys }: RetirePlan, context: OperationContext): Promise<Effects> {
  const { session, history } = context
  const there = await keysOnToken(keys, session)
  const absent = keys.filter((key) => !there.has(key) && history.key(key.name, key.version)?.state !== 'destroyed')
  const parts = await inPart(absent, session)
  const gone = absent.filter((key) => !parts.includes(key))
  const told = history.open?.told ?? 0
  await takeBackLent(
    liveKeys(history).filter(({ id }) => [...there.keys()].some((key) => key.id === id)),
    session,
  )
  const unproved = gone.length + told > 0 ? { unproved: true } : {}
  return { changed: gone.length > 0, keys: gone.map((key) => absentReport(key, history)), ...unproved }
}

async function asBefore({ session, history }: OperationContext): Promise<Effects> {
  await takeBackLent(liveKeys(history), session)
  return { changed: false, keys: [] }
}

/** Notes say what the outcome can't. */
function allGone({ keys }: RetirePlan, others: KeyTarget[], parts: KeyTarget[], history: History): Effects {
  const missing = others.filter((key) => !parts.includes(key))
  const notes = [
    ...(missing.length === 0 ? [] : [`${namesOf(missing)} not on the token: nothing was destroyed there`]),
    ...(parts.length === 0 ? [] : [`${namesOf(parts)} on the token in part only`]),
  ]
  return {
    changed: keys.length > 0,
    keys: keys.map((key) => absentReport(key, history)),
    ...(notes.length === 0 ? {} : { notes }),
  }
}

const namesOf = (keys: readonly KeyTarget[]): string =>
  `${listed(keys.map(({ name, version }) => label(name, version)))} ${keys.length === 1 ? 'was' : 'were'}`

/** TOKEN-KNOWN: what is erased with the token and is not the ledger's was approved by its name. A member that has missed something may have what is gone elsewhere. */
function refuseUnnamed({ keys, others = [], recovers }: RetirePlan, scan: Scan, history: History): void {
  const strangers = [
    ...unknownObjectsIn(scan, history, []),
    ...scan.public.filter((object) => !isHalfOf(keys, object) && !isOpenHalf(object, history)),
  ]
  const { acting } = history.members
  const missed = new Set(acting.standing === 'current' ? [] : wantedWhole(history, acting).gone)
  const names = new Set(strangers.filter(({ id }) => !missed.has(toHex(id))).map((object) => objectInWords(object)))
  const unnamed = [...names].filter((name) => !others.includes(name))
  if (unnamed.length === 0) return
  const what = `${counted(unnamed.length, 'object')} that the ledger does not know: ${escaped(listed(unnamed))}`
  const flags = unnamed.flatMap((name) => ['--erase-object', name])
  // What an interrupted retirement erases stands in its plan.
  const anew = [keyrite('partition', 'recover', '--abandon'), keyrite('partition', 'retire', history.name, ...flags)]
  const named = recovers === undefined ? [add(...flags), keyrite('partition', 'check')] : to(ANEW, ...anew)
  throw notVerified('TOKEN-KNOWN', `the token holds ${what}`, named)
}

const ANEW = 'give the retirement up, and begin it anew with these named'

const isHalfOf = (keys: readonly KeyTarget[], { class: kind, id, spki }: ObjectFacts): boolean =>
  kind === 'public' && keys.some((key) => key.id === toHex(id) && isPublicKeyOf(key, spki))
