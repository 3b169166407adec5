// Files of a later keyrite are not damaged, and this one must not judge them.

import * as v from 'valibot'
import { notVerified } from './errors.ts'
import { keyrite, to } from './hints.ts'

/** FORMAT-NEWER: `keyrite.record/2`, where `known` is `keyrite.record/1`. About any other format whoever reads on has its say. */
export function refuseNewer(format: unknown, known: string): void {
  const [kind, version] = known.split('/') as [string, string]
  if (typeof format !== 'string' || !format.startsWith(`${kind}/`)) return
  const number = format.slice(kind.length + 1)
  if (!/^[1-9]\d{0,8}$/.test(number) || Number(number) <= Number(version)) return
  throw notVerified('FORMAT-NEWER', `it was written by a newer keyrite (${format}; this one knows ${known})`, HINT)
}

const HINT = to('install that keyrite: docs/install.md; which one this is', keyrite('version'))

/** An object with members, and no list. */
export const areMembers = (value: unknown): value is { [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member of a value that is not known to have any shape. */
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as { [name: string]: unknown })[name] : undefined

/** FORMAT-NEWER. A note of a home (JSON); undefined where it is damaged: nothing is guessed of it. */
export function noteIn<T extends v.GenericSchema>(
  text: string,
  format: string,
  shape: T,
): v.InferOutput<T> | undefined {
  const value = jsonOf(text)
  refuseNewer(memberOf(value, 'format'), format)
  return v.is(shape, value) ? value : undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
