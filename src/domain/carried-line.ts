// A file of one line, canonical JSON, that people carry between machines: read, or refused as what it is not.
import * as v from 'valibot'
import { canonical, parseCanonical } from './canonical.ts'
import { KeyriteError } from './errors.ts'
import { memberOf, refuseNewer } from './newer.ts'

interface Carried<T extends v.GenericSchema> {
  shape: T
  /** Which member has the format, and what that is. */
  member: string
  format: string
  /** All of it as it is in memory, where it is written otherwise. */
  inMemory?(value: unknown): unknown
  refused(): KeyriteError
}

/** As it is written: with its format, and an LF. */
export const formatCarried = (member: string, format: string, value: object): string =>
  `${canonical({ [member]: { format, ...value } })}\n`

/** FORMAT-NEWER, and what `refused` gives. */
export function parseCarried<T extends v.GenericSchema>(
  text: string,
  { shape, member, format, inMemory, refused }: Carried<T>,
): v.InferOutput<T> {
  const value = had(() => parseCanonical(text.replace(/\n$/, '')), refused)
  refuseNewer(memberOf(memberOf(value, member), 'format'), format)
  const result = v.safeParse(shape, inMemory ? had(() => inMemory(value), refused) : value)
  if (result.success) return result.output
  throw refused()
}

/** Of a file of one line that stays where it is, such as a cursor; undefined where it is none of that shape. */
export function lineIn<T extends v.GenericSchema>(text: string, shape: T): v.InferOutput<T> | undefined {
  try {
    const value = parseCanonical(text.trimEnd())
    return v.is(shape, value) ? value : undefined
  } catch (error) {
    if (error instanceof KeyriteError) return undefined
    throw error
  }
}

function had(get: () => unknown, refused: () => KeyriteError): unknown {
  try {
    return get()
  } catch {
    throw refused()
  }
}
