// A key's state: activate, suspend, resume, deactivate, compromise. The usage flags of every half follow it.
import { refused } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { flagsThatDiffer, type KeyState, mayBecome } from '../domain/keys.ts'
import { type KeyVersion, label, toTime } from '../domain/names.ts'
import type { StateOp, StatePlan } from '../domain/plan.ts'
import type { Act, Done, Scene } from './conduct.ts'
import { checkNoneOpen } from './open-intent.ts'
import { type Circumstances, stamp } from './stamp.ts'
import {
  checkBrought,
  checkNoneInPart,
  checkOnToken,
  checkTransition,
  findKey,
  keysOnToken,
  lostReport,
  setPlannedUsage,
  targetOf,
  withPlannedFlags,
} from './targets.ts'

/** Where each operation leads, and where it begins when not everywhere that leads there. */
const STATES: Record<StateOp, { to: KeyState; from?: KeyState }> = {
  'key.activate': { to: 'active', from: 'pre-active' },
  'key.suspend': { to: 'suspended' },
  'key.resume': { to: 'active', from: 'suspended' },
  'key.deactivate': { to: 'deactivated' },
  'key.compromise': { to: 'compromised' },
}

/** States that a key can come to though the token has lost it. */
const ENDS: readonly KeyState[] = ['deactivated', 'compromised']

/** Whether a key in this state can be what the operation begins with. */
export const mayBegin = (op: StateOp, state: KeyState): boolean =>
  mayBecome(state, STATES[op].to) && (STATES[op].from ?? state) === state

export interface StateRequest {
  op: StateOp
  key: KeyVersion
  /** A compromised key that goes on decrypting, verifying and unwrapping. */
  processing: boolean
}

/** KEY-STATE, ACTIVATE-AT. */
export function planState(
  { op, key, processing }: StateRequest,
  history: History,
  circumstances: Circumstances,
): StatePlan {
  checkNoneOpen(history)
  const entry = findKey(key, history)
  const { to } = STATES[op]
  checkTransition(entry, to, mayBegin(op, entry.state))
  if (!ENDS.includes(to)) checkBrought([entry], history)
  const frame = stamp(op, history, circumstances)
  // A ledger that is ahead of a clock that is right brings no day nearer.
  if (op === 'key.activate' && entry.activateAt && toTime(circumstances.chance.clock()) < entry.activateAt) {
    throw refused('ACTIVATE-AT', `${label(entry.name, entry.version)} may not be active before ${entry.activateAt}`)
  }
  return { ...frame, keys: [targetOf(entry, to, processing)] }
}

export function changeState({ keys: [target] }: StatePlan): Act {
  /** A key that a restore could not bring back has no flags; its life in the ledger has to end all the same. */
  const mayBeLost = ENDS.includes(target!.state)
  return {
    /** What is to end may be lost; what is there in part, or twice, is not. */
    async check(session) {
      if (!mayBeLost) return checkOnToken(target!, session)
      if (!(await keysOnToken([target!], session)).has(target!)) await checkNoneInPart([target!], session)
    },
    async run({ session }) {
      const isThere = (await keysOnToken([target!], session)).has(target!)
      if (isThere || !mayBeLost) return { changed: true, keys: [await setPlannedUsage(target!, session)] }
      await checkNoneInPart([target!], session)
      return { changed: true, keys: [lostReport(target!)] }
    },
    settle,
  }

  /** The flags tell: as before, as planned, or half way, which is brought to its end. */
  async function settle({ session, history }: Scene): Promise<Done> {
    const facts = (await keysOnToken([target!], session)).get(target!)
    if (!facts) {
      await checkNoneInPart([target!], session)
      return mayBeLost ? { changed: true, keys: [lostReport(target!)] } : { changed: false, keys: [] }
    }
    const before = history.key(target!.name, target!.version)!
    const untouched = flagsThatDiffer(before.attributes, facts.attributes).length === 0
    const planned = flagsThatDiffer(target!.attributes, facts.attributes).length === 0
    if (untouched && !planned) return { changed: false, keys: [] }
    return { changed: true, keys: [await withPlannedFlags(target!, facts, session)] }
  }
}
