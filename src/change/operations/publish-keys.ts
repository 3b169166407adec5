// Publication: the next version of a key comes to every application that reads with it, to process only; the present one goes on.

import type { PublishPlan } from '../../domain/application-plans.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { newKeyId } from '../../domain/key-id.ts'
import { isExtractable } from '../../domain/keys.ts'
import { type KeyName, label } from '../../domain/names.ts'
import type { Abilities } from '../abilities.ts'
import { appsOf, holdersOf, type Reaching, Wishes, wishIn } from '../copies/wishes.ts'
import { checkRestored } from '../key-targets.ts'
import { checkHasNext, nextVersion } from '../next-version.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Operation } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import { keyInForce } from './deliver-keys.ts'
import { checkAbility, makeKeys } from './generate-keys.ts'

/** KEY-STATE. `accepted`: weaknesses of the token, for the new versions. */
export function planPublication(
  names: readonly KeyName[],
  history: History,
  inputs: PlanInputs,
  reaching: Reaching,
  accepted: readonly string[] = [],
): PublishPlan {
  checkNoneOpen(history)
  const present = names.map((name) => keyInForce({ name }, history))
  for (const old of present) checkHasNext(old, history)
  checkRestored(present, history)
  const apps = appsOf(readersOf(present, history).planned(reaching))
  const header = planHeader('key.publish', history, inputs, apps)
  const keys = present.map((old, i) => {
    const id = newKeyId(header.nonce, header.partition, i)
    return nextVersion(old, { id, published: true, accepted }, history)
  })
  return { ...header, keys, ...apps }
}

/** Who only writes needs the next version when it is promoted. */
function readersOf(present: readonly KeyEntry[], history: History): Wishes {
  const wishes = new Wishes()
  for (const old of present) {
    const { name } = old
    const version = history.keys.newest(name) + 1
    for (const { app, copy } of holdersOf(old, history)) {
      const fresh = { name, version, state: 'active', published: true } as const
      const wish = wishIn(fresh, { made: copy.made }, label(name, version))
      if (wish.wished) wishes.add(app, wish)
    }
  }
  return wishes
}

/** The checks of a new key, except for what was accepted for this one. */
export function checkPublication({ keys }: PublishPlan, can: Abilities): void {
  for (const { type, attributes, accepted = [] } of keys)
    checkAbility({ type, backup: isExtractable(attributes), accepted }, can, 'accept it: --accept wrap-with-trusted')
}

export const publishKeys = ({ keys }: PublishPlan): Operation => makeKeys(keys)
