// A key's state: activate, suspend, resume, deactivate, compromise. The usage flags of every half follow it.

import { refused } from '../../domain/errors.ts'
import { keyrite, to as leading } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { type Attributes, flagsThatDiffer, type KeyState } from '../../domain/keys.ts'
import { type KeyVersion, label, toTime } from '../../domain/names.ts'
import { OPERATIONS } from '../../domain/operations.ts'
import type { StateOp, StatePlan } from '../../domain/plan.ts'
import type { KeyFacts } from '../../hsm/port.ts'
import { appsOf, type Reaching, wishesOfState } from '../copies/wishes.ts'
import { flagsOf } from '../inventory.ts'
import {
  checkNoneAbsent,
  checkNoneInPart,
  checkOnToken,
  checkRestored,
  findKeyFor,
  keysOnToken,
  recordedLost,
  setPlannedUsage,
  targetOf,
  withPlannedFlags,
} from '../key-targets.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import { provedIfItself, provedOnToken, takeBackLent } from '../proofs.ts'

/** States that a key can come to though the token has lost it. */
const ENDS: readonly KeyState[] = ['deactivated', 'compromised']

const NOTHING: Effects = { changed: false, keys: [] }
const differs = (wanted: Attributes, { attributes }: KeyFacts): boolean =>
  flagsThatDiffer(wanted, attributes).length > 0

interface StateRequest {
  op: StateOp
  key: KeyVersion
  /** A compromised key that goes on decrypting, verifying and unwrapping. */
  processing: boolean
}

/** KEY-STATE, ACTIVATE-AT. */
export function planState(
  { op, key, processing }: StateRequest,
  history: History,
  inputs: PlanInputs,
  reaching: Reaching,
): StatePlan {
  checkNoneOpen(history)
  const entry = findKeyFor(op, key, history)
  const { to } = OPERATIONS[op].transition
  if (!ENDS.includes(to)) checkRestored([entry], history)
  // A ledger that is ahead of a clock that is right brings no day nearer.
  if (
    entry.state === 'pre-active' &&
    to === 'active' &&
    entry.activateAt &&
    toTime(inputs.sources.clock()) < entry.activateAt
  ) {
    const name = label(entry.name, entry.version)
    const hint = leading('then it is activated; what is known of it', keyrite('key', 'show', name))
    throw refused('ACTIVATE-AT', `${name} may not be active before ${entry.activateAt}`, hint)
  }
  const target = targetOf(entry, to, processing)
  const apps = appsOf(wishesOfState(target, history, reaching, processing))
  return { ...planHeader(op, history, inputs, apps), keys: [target], ...apps }
}

export function changeState({ keys: [target] }: StatePlan): Operation {
  /** A key that a restore could not bring back has no flags; its life in the ledger has to end all the same. */
  const mayBeLost = ENDS.includes(target.state)
  return {
    /** What is to end may be lost; what is there in part, or twice, is not. */
    async check(session) {
      if (!mayBeLost) return checkOnToken(target, session)
      if (!(await keysOnToken([target], session)).has(target)) await checkNoneInPart([target], session)
    },
    async run({ session, history }) {
      const isThere = (await provedOnToken([target], session)).has(target)
      if (isThere) return { changed: true, keys: [await setPlannedUsage(target, session)] }
      await checkNoneInPart([target], session)
      if (!mayBeLost) checkNoneAbsent([target])
      return recordedLost(target, history)
    },
    determineOutcome,
  }

  /** The flags tell: as before, as planned, or half way, which is brought to its end when it is proved whose they are. */
  async function determineOutcome({ session, history }: OperationContext): Promise<Effects> {
    const before = history.key(target.name, target.version)!
    let facts = (await keysOnToken([target], session)).get(target)
    if (!facts) {
      await checkNoneInPart([target], session)
      return mayBeLost ? recordedLost(target, history) : NOTHING
    }
    if (differs(target.attributes, facts)) {
      await takeBackLent([before], session)
      facts = (await keysOnToken([target], session)).get(target)!
    }
    const untouched = !differs(flagsOf(before), facts)
    if (untouched && differs(target.attributes, facts)) return NOTHING
    // Where the change is of no flag, they tell nothing: then it is done when the key is the one.
    if (untouched && !(await provedIfItself(target, session))) return NOTHING
    const proved = (await provedOnToken([target], session)).get(target)!
    return { changed: true, keys: [await withPlannedFlags(target, proved, session)] }
  }
}
