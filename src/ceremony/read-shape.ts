// A file of a ceremony against its shape: every fault at once, each by its step and line.
import * as v from 'valibot'
import type { CodeOf } from '../domain/codes.ts'
import { EXIT, KeyriteError } from '../domain/errors.ts'
import { plainCheck } from '../domain/plain-checks.ts'
import { issueInWords, type Path, pathOf } from '../domain/shape-issues.ts'
import { counted } from '../domain/words.ts'
import { parseWritten, placeOf } from '../domain/written.ts'

/** What is wrong, and in which step, where it is in one. */
export interface Problem {
  step?: string
  why: string
}

/** The value, as it stands in the file. */
export function readShape<T>(shape: v.GenericSchema<unknown, T>, text: string, code: CodeOf<2>): T {
  const value = parseWritten(text)
  const { issues } = v.safeParse(shape, value)
  // Valibot passes over names such as constructor.
  if (!issues && plainCheck(shape)(value)) return value as T
  const problems = issues?.map((issue) => problemOf(issue, value, text)) ?? [
    { why: 'it has a name that none can have' },
  ]
  throw new KeyriteError(EXIT.usage, code, inOneLine(problems), undefined, false, { problems })
}

/** `step 2.2: by, line 30: empty; and 2 more`. */
export function inOneLine([first, ...rest]: readonly Problem[]): string {
  if (first === undefined) return ''
  return `${problemText(first)}${rest.length > 0 ? `; and ${counted(rest.length, 'more problem')}` : ''}`
}

export const problemText = ({ step, why }: Problem): string => (step === undefined ? why : `step ${step}: ${why}`)

function problemOf(issue: v.BaseIssue<unknown>, value: unknown, text: string): Problem {
  const [list, i, ...rest] = pathOf(issue)
  const step = list === 'steps' && typeof i === 'number' ? idOf(value, i) : undefined
  const place = (path: Path): string => {
    const whole = placeOf(path, text)
    return step === undefined ? whole : `${rest.join('.') || 'it'}${whole.replace(/^[^,]*/, '')}`
  }
  return { ...(step === undefined ? {} : { step }), why: issueInWords(issue, text, place) }
}

/** As the file has it, or its number from 1. */
function idOf(value: unknown, i: number): string {
  const { id } = ((value as { steps: unknown[] }).steps[i] ?? {}) as { id?: unknown }
  return typeof id === 'string' && /^[0-9A-Za-z.-]{1,16}$/.test(id) ? id : `(the ${i + 1}. of the file)`
}
