// The only door to pkcs11js: it is loaded here, and what it throws becomes an error with the name of the call.
import type { PKCS11 } from 'pkcs11js'
import { deviceFailed } from '../../domain/errors.ts'
import { Pkcs11Error } from './ckr.ts'

export type { TokenInfo } from 'pkcs11js'
export type Binding = PKCS11

/** pkcs11js reports a CKR as `.code`, or only in the text of a plain Error. Anything else is a mistake of ours. */
export function calling<T>(fn: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw named(fn, error)
  }
}

/** The same of a call on a thread of its own. */
export async function callingBeside<T>(fn: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw named(fn, error)
  }
}

function named(fn: string, error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message: string }
  const number = typeof code === 'number' && code > 0 ? code : Number(/CKR_\w+:(\d+)/.exec(message)?.[1])
  return Number.isInteger(number) ? new Pkcs11Error(fn, number) : error
}

export async function loadBinding(): Promise<Binding> {
  try {
    const { PKCS11 } = await import('pkcs11js')
    return new PKCS11()
  } catch {
    throw deviceFailed(
      'NATIVE-MISSING',
      'the native part of pkcs11js is missing or of another Node.js',
      'run: npm rebuild pkcs11js',
    )
  }
}
