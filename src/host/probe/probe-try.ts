// Tries something on a token: it works, or there is a reason why not.

import { KeyriteError } from '../../domain/errors.ts'
import type { Ability } from '../../hsm/port.ts'
import { isNoAnswer, isRefused, Pkcs11Error } from '../native/ckr.ts'

/** A device that is ill for a moment lacks nothing: what isn't clearly a refusal is asked again, and then it is how this token says no. */
function twice<T>(attempt: () => T): T {
  try {
    return attempt()
  } catch (error) {
    if (!(error instanceof Pkcs11Error) || isRefused(error)) throw error
    return attempt()
  }
}

/** `attempt` gives nothing, or a text that says what the token lacks; a failed call is named itself. A full token lacks nothing: that is thrown. */
export function ability(attempt: () => unknown): Ability {
  try {
    const lacks = twice(attempt)
    return typeof lacks === 'string' ? { lacks } : true
  } catch (error) {
    if (error instanceof Pkcs11Error && !isNoAnswer(error)) return { lacks: error.message }
    throw error
  }
}

/** What no token is taken with: it is not something that it lacks. */
const NEVER: readonly string[] = ['SENSITIVE-KEPT', 'RESTORE-EQUAL', 'SEARCH-WHOLE']

/** The same of a whole piece of work, which has checks of its own. */
export async function rehearsed(work: () => Promise<unknown>): Promise<Ability> {
  const once = await tried(work)
  return once === true ? once : tried(work)
}

/** Work that can't be repeated as it stands: whoever calls begins anew. */
export async function tried(work: () => Promise<unknown>): Promise<Ability> {
  try {
    const lacks = await work()
    return typeof lacks === 'string' ? { lacks } : true
  } catch (error) {
    if (error instanceof Pkcs11Error && !isNoAnswer(error)) return { lacks: error.message }
    if (error instanceof KeyriteError && !NEVER.includes(error.code)) return { lacks: error.message }
    throw error
  }
}

/** The first, by preference, that the work goes well with; else why each of them does not. */
export async function firstOf<T extends string>(
  all: readonly T[],
  work: (one: T) => Promise<unknown>,
): Promise<{ first?: T; lacks: string }> {
  const reasons: string[] = []
  for (const one of all) {
    const can = await rehearsed(() => work(one))
    if (can === true) return { first: one, lacks: '' }
    reasons.push(`${one}: ${can.lacks}`)
  }
  return { lacks: reasons.join('; ') }
}

/** True when the module refuses, by whatever refusal. A call that fails otherwise proves no rule. */
export function refuses(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch (error) {
    if (isRefused(error)) return true
    throw error
  }
}
