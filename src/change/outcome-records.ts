// What a change leaves in the ledger at its end.
import type { KeyriteError } from '../domain/errors.ts'
import { inRecords } from '../domain/grouped.ts'
import type { NewRecord } from '../domain/record.ts'
import { recordable } from '../domain/texts.ts'
import type { Effects } from './operation.ts'

/** A change that is not done ends with its last outcome; the ones before it only report keys that exist. */
export function outcomes(intent: string, done: Effects, failure: KeyriteError | undefined): NewRecord[] {
  const { changed, keys, artefacts, transport, profile, holders } = done
  const result = failure ? (changed ? 'partial' : 'failed') : 'done'
  const error = failure ? { error: { code: failure.code, message: recordable(failure.message) } } : {}
  return inRecords(keys).map((part, i, parts) => {
    const last = i === parts.length - 1
    return {
      type: 'outcome' as const,
      intent,
      result: last ? result : ('done' as const),
      changed,
      keys: part,
      ...(last ? error : {}),
      ...(last && artefacts ? { artefacts } : {}),
      ...(last && transport ? { transport } : {}),
      ...(last && profile ? { profile } : {}),
      ...(last && holders ? { holders } : {}),
    }
  })
}
