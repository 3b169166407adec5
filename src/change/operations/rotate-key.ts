// Rotation: the next version of a key is made, and the one before it only processes existing data.

import { refused } from '../../domain/errors.ts'
import { type Hint, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { newKeyId } from '../../domain/key-id.ts'
import { wrongUsage } from '../../domain/key-rules.ts'
import { attributesFor, isExtractable, usagesIn } from '../../domain/keys.ts'
import { type KeyName, label } from '../../domain/names.ts'
import type { RotatePlan } from '../../domain/plan.ts'
import type { Abilities } from '../abilities.ts'
import type { Effects, Operation, OperationContext } from '../execute.ts'
import {
  checkIdsFree,
  checkNoneAbsent,
  checkNoneInPart,
  checkOnToken,
  checkRestored,
  findKey,
  reportOf,
  setPlannedUsage,
  specOf,
  suggestName,
  targetOf,
  withPlannedFlags,
} from '../key-targets.ts'
import { checkNoneOpen } from '../open-intent.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import { provedIfItself, provedOnToken, takeBackLent } from '../proofs.ts'
import { checkAbility, checkDistinct, whatWasMade } from './generate-keys.ts'

/**
 * The old version first, then the new one: of the same type, for the same use, backed up as before, with the weaknesses that were
 * accepted for the old one, and those that are `accepted` now. KEY-STATE.
 */
export function planRotation(
  name: KeyName,
  history: History,
  inputs: PlanInputs,
  accepted: readonly string[] = [],
): RotatePlan {
  checkNoneOpen(history)
  const old = findKey({ name }, history)
  if (old.state !== 'active') {
    throw refused(
      'KEY-STATE',
      `${label(name, old.version)} is ${old.state}: only active keys rotate`,
      nextCommand(old, history),
    )
  }
  checkRestored([old], history)
  const frame = planHeader('key.rotate', history, inputs)
  const { usage } = old
  const taken = [...new Set([...(old.accepted ?? []), ...accepted])].sort()
  const fresh = {
    name,
    version: old.version + 1,
    id: newKeyId(frame.nonce, frame.partition, 0),
    class: old.class,
    type: old.type,
    state: 'active' as const,
    origin: { kind: 'generated' as const },
    usage,
    attributes: attributesFor(old.type, usagesIn('active', usage), isExtractable(old.attributes)),
    ...(taken.length > 0 ? { accepted: taken } : {}),
  }
  checkMayBeMade(fresh, history)
  return { ...frame, keys: [targetOf(old, 'deactivated'), fresh] }
}

/** KEY-STATE: a key that others made may do what no new key may, and then has no next version. */
function checkMayBeMade(fresh: RotatePlan['keys'][1], history: History): void {
  const wrong = wrongUsage(fresh)
  if (wrong === undefined) return
  const message = `a next version of ${fresh.name} would be made for what no new key is made for: ${wrong}`
  throw refused(
    'KEY-STATE',
    message,
    keyrite('key', 'generate', suggestName(fresh.name, history), '--type', fresh.type),
  )
}

/** A key that can't be active any more has no next version: another name takes its place. */
function nextCommand({ name, version, type, state }: KeyEntry, history: History): Hint {
  if (state === 'suspended') return keyrite('key', 'resume', label(name, version))
  if (state === 'pre-active') return keyrite('key', 'activate', label(name, version))
  return keyrite('key', 'generate', suggestName(name, history), '--type', type)
}

/** The checks of a new key, except for what was accepted for this one. */
export function checkRotation({ keys: [, fresh] }: RotatePlan, can: Abilities): void {
  const { type, attributes, accepted = [] } = fresh
  checkAbility({ type, backup: isExtractable(attributes), accepted }, can, 'accept it: --accept wrap-with-trusted')
}

/** The new one first: at no moment is there no key that encrypts. */
export function rotateKey({ keys: [old, fresh] }: RotatePlan): Operation {
  return {
    async check(session) {
      await checkOnToken(old, session)
      await checkIdsFree([fresh], session)
    },
    async run({ session, history }) {
      if (!(await provedOnToken([old], session)).has(old)) {
        await checkNoneInPart([old], session)
        checkNoneAbsent([old])
      }
      const [made] = await session.generateKeys([specOf(fresh)])
      checkDistinct([fresh], [made!], history)
      return { changed: true, keys: [await setPlannedUsage(old, session), reportOf(fresh, made!)] }
    },
    determineOutcome,
  }

  /** With the new version there, the old one gives way, if it is there still and is itself; without it, the old one stays as it was. */
  async function determineOutcome({ session, history }: OperationContext): Promise<Effects> {
    await takeBackLent([history.key(old.name, old.version)!], session)
    const made = await whatWasMade([fresh], session, history)
    if (!made.changed) return made
    const facts = await provedIfItself(old, session)
    if (!facts) return made
    return { changed: true, keys: [await withPlannedFlags(old, facts, session), ...made.keys] }
  }
}
