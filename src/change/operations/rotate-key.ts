// Rotation: the next version of a key is made, and the one before it only processes existing data.

import { DESTINATION_NAMES, exporting } from '../../domain/destinations.ts'
import { refused } from '../../domain/errors.ts'
import { apart, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { newKeyId } from '../../domain/key-id.ts'
import { isExtractable } from '../../domain/keys.ts'
import { type KeyName, label } from '../../domain/names.ts'
import type { RotatePlan } from '../../domain/plan.ts'
import { listed } from '../../domain/words.ts'
import type { Abilities } from '../abilities.ts'
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
  targetOf,
  withPlannedFlags,
} from '../key-targets.ts'
import { checkHasNext, nextVersion } from '../next-version.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import { provedIfItself, provedOnToken, takeBackLent } from '../proofs.ts'
import { checkAbility, checkDistinct, whatWasMade } from './generate-keys.ts'

/** The old version first, then the new one. KEY-STATE, KEY-DELIVERED. */
export function planRotation(
  name: KeyName,
  history: History,
  inputs: PlanInputs,
  accepted: readonly string[] = [],
): RotatePlan {
  checkNoneOpen(history)
  const old = findKey({ name }, history)
  checkHasNext(old, history)
  checkNotDelivered(old, history)
  checkNotExported(old, history)
  checkRestored([old], history)
  const header = planHeader('key.rotate', history, inputs)
  const id = newKeyId(header.nonce, header.partition, 0)
  return {
    ...header,
    keys: [targetOf(old, 'deactivated'), nextVersion(old, { id, published: false, accepted }, history)],
  }
}

/** KEY-DELIVERED: an application that has the old version still must read what the first one writes that has the new one. */
function checkNotDelivered({ name, version }: KeyEntry, { applications }: History): void {
  const apps = applications.holding(name, version).map(({ app }) => app.name)
  if (apps.length === 0) return
  const message = `${listed(apps)} ${apps.length === 1 ? 'has' : 'have'} a copy of ${label(name, version)}: everybody who reads has to have the next version before anybody writes with it`
  const steps = to('in two steps: publish it, then promote it', keyrite('key', 'publish', name))
  throw refused('KEY-DELIVERED', message, steps)
}

/** KEY-DELIVERED: whoever it went out to reads with it, as an application does. */
function checkNotExported(key: KeyEntry, { exports }: History): void {
  const { name, version } = key
  const places = exports.placesOf(key)
  if (places.length === 0) return
  const message = `${label(name, version)} went out to ${listed(places.map((place) => DESTINATION_NAMES[place]))}: who has it there has to have the next version before anybody writes with it`
  const next = label(name, version + 1)
  const steps = apart(
    to('publish the next version', keyrite('key', 'publish', name)),
    ...places.map((place) => to('then bring it there', exporting(next, place))),
    to('then promote it', keyrite('key', 'promote', next)),
  )
  throw refused('KEY-DELIVERED', message, steps)
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
      await checkDistinct([fresh], [made!], history, session)
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
