// Whether a key does what only it can do, where a failed call may mean that it is another key, or that the token is ill.
import { Pkcs11Error } from '../native/ckr.ts'

/** A failed call is a no where the token does the same with a key of ours, and then fails again. */
export function orNo(attempt: () => boolean, control: () => unknown): boolean {
  try {
    return attempt()
  } catch (error) {
    if (!(error instanceof Pkcs11Error)) throw error
    control()
    return again(attempt)
  }
}

function again(attempt: () => boolean): boolean {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof Pkcs11Error) return false
    throw error
  }
}
