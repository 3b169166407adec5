// How a token takes the template of what it unwraps.
import type { Dialect } from '../keys/dialects.ts'
import { isRefused, Pkcs11Error } from '../native/ckr.ts'
import { FLAG } from '../native/constants.ts'
import type { ObjectHandle, Template } from '../native/values.ts'

/** Whole, or without EXTRACTABLE, which some tokens give to whatever they unwrap, and do not let be asked for. */
export function takenIn(dialect: Dialect, template: Template, unwrap: (fit: Template) => ObjectHandle): ObjectHandle {
  const make = (asked: Template) => dialect.try('unwrap', (fit) => unwrap(fit(asked)))
  const small = template.filter(([type, value]) => type !== FLAG.EXTRACTABLE || value !== true)
  if (dialect.unwrap === 'sealed-after' || small.length === template.length) return make(small)
  try {
    return make(template)
  } catch (error) {
    if (!isRefused(error)) throw error
    const object = orFirst(error, () => make(small))
    dialect.unwrap = 'sealed-after'
    return object
  }
}

/** Where another way is closed as well, the first refusal tells more. */
export function orFirst<T>(first: Pkcs11Error, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof Pkcs11Error ? first : error
  }
}
