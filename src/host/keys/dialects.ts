// How much of a template a token understands: the full one is tried first, then older forms.
import { CKR, isCkr } from '../native/ckr.ts'
import { FLAG } from '../native/constants.ts'
import type { Template } from '../native/values.ts'

/**
 * What may be left out is what weakens nothing (`no-extras`), and then what PKCS#11 2.40 brought (`old`): that is absent when
 * the key is read back, where the caller sees it.
 */
const DIALECTS = ['full', 'no-extras', 'old'] as const
export type Dialect = (typeof DIALECTS)[number]

const NEW_IN_2_40: readonly number[] = [FLAG.COPYABLE, FLAG.DESTROYABLE]
const TEMPLATE_ERRORS = [
  CKR.ATTRIBUTE_TYPE_INVALID,
  CKR.ATTRIBUTE_VALUE_INVALID,
  CKR.TEMPLATE_INCOMPLETE,
  CKR.TEMPLATE_INCONSISTENT,
]

/** Remembers what the token understood, so that only the first key pays for the question. */
export class Dialects {
  /** What the token understood, once something was made. */
  known: Dialect | undefined

  try<T>(make: (dialect: Dialect) => T): T {
    if (this.known !== undefined) return make(this.known)
    let first: unknown
    for (const dialect of DIALECTS) {
      try {
        const made = make(dialect)
        this.known = dialect
        return made
      } catch (error) {
        if (!isCkr(error, ...TEMPLATE_ERRORS)) throw error
        first ??= error
      }
    }
    throw first
  }
}

export const inDialect = (dialect: Dialect, template: Template, extras: Template): Template => {
  if (dialect === 'full') return [...template, ...extras]
  return dialect === 'no-extras' ? template : template.filter(([type]) => !NEW_IN_2_40.includes(type))
}
