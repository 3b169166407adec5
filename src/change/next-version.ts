// The next version of a key: of the same type, for the same use, backed up as before, with the weaknesses that were accepted for the old one.

import { refused } from '../domain/errors.ts'
import { type Hint, keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { isExtractable, usagesOf } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import { attributesOn } from '../domain/profile.ts'
import type { KeyTarget } from '../domain/shapes.ts'
import { wrongUsage } from '../domain/wrong-usage.ts'
import { suggestName } from './key-targets.ts'

interface Next {
  id: string
  /** It processes only, until it is promoted. */
  published: boolean
  /** Weaknesses that are accepted now. */
  accepted: readonly string[]
}

/** KEY-STATE. */
export function nextVersion(old: KeyEntry, { id, published, accepted }: Next, history: History): KeyTarget {
  const { name, usage } = old
  const taken = [...new Set([...(old.accepted ?? []), ...accepted])].sort()
  const standing = { state: 'active' as const, usage, ...(published ? { published: true as const } : {}) }
  const fresh: KeyTarget = {
    name,
    version: history.keys.newest(name) + 1,
    id,
    class: old.class,
    type: old.type,
    ...standing,
    origin: { kind: 'generated' },
    attributes: attributesOn(history.profile, old.type, usagesOf(standing), isExtractable(old.attributes)),
    ...(taken.length > 0 ? { accepted: taken } : {}),
  }
  checkMayBeMade(fresh, history)
  return fresh
}

/** KEY-STATE: a key that others made may do what no new key may, and then has no next version. */
function checkMayBeMade(fresh: KeyTarget, history: History): void {
  const wrong = wrongUsage(fresh)
  if (wrong === undefined) return
  const message = `a next version of ${fresh.name} would be made for what no new key is made for: ${wrong}`
  throw refused(
    'KEY-STATE',
    message,
    keyrite('key', 'generate', suggestName(fresh.name, history), '--type', fresh.type),
  )
}

/** KEY-STATE: a name in use, of which no next version waits. */
export function checkHasNext(old: KeyEntry, history: History): void {
  const { name, version, state } = old
  const newest = history.key(name, history.keys.newest(name))!
  if (newest.published) {
    const waiting = label(name, newest.version)
    const message = `${waiting} is published, and waits for its promotion`
    throw refused('KEY-STATE', message, keyrite('key', 'promote', waiting))
  }
  if (state === 'active') return
  const message = `${label(name, version)} is ${state}: only active keys have a next version`
  throw refused('KEY-STATE', message, wayToActive(old, history))
}

/** A key that can't be active any more has no next version: another name takes its place. */
function wayToActive({ name, version, type, state }: KeyEntry, history: History): Hint {
  if (state === 'suspended') return keyrite('key', 'resume', label(name, version))
  if (state === 'pre-active') return keyrite('key', 'activate', label(name, version))
  return keyrite('key', 'generate', suggestName(name, history), '--type', type)
}
