// The only door to pkcs11js: it is loaded here, and what it throws becomes an error with the name of the call.

import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import type { PKCS11 } from 'pkcs11js'
import { deviceFailed } from '../../domain/errors.ts'
import { type Hint, sh } from '../../domain/hints.ts'
import { lazily } from '../../domain/lazily.ts'
import { escaped } from '../../domain/names.ts'
import { ckrOf, isRefusal, Pkcs11Error } from './ckr.ts'
import { type FunctionName, functionOf } from './functions.ts'

export type { TokenInfo } from 'pkcs11js'
export type Binding = PKCS11

/** An error that is not the module's is a bug of ours. */
export function calling<T>(fn: FunctionName, call: () => T): T {
  try {
    return noting(fn, call())
  } catch (error) {
    throw named(fn, error)
  }
}

/** The same of a call on a thread of its own. */
export async function callingBeside<T>(fn: FunctionName, call: () => Promise<T>): Promise<T> {
  try {
    return noting(fn, await call())
  } catch (error) {
    throw named(fn, error)
  }
}

function named(fn: FunctionName, error: unknown): unknown {
  const number = ckrOf(error)
  if (number === undefined) return error
  if (!isRefusal(number)) noting(fn, undefined)
  return new Pkcs11Error(fn, number)
}

let changing = false

function noting<T>(fn: FunctionName, result: T): T {
  changing ||= functionOf(fn).changes === true
  return result
}

/** Whether such a call was made since the last time this was read, and was not refused: any other error may come after the change was made. */
export function takeChanging(): boolean {
  const made = changing
  changing = false
  return made
}

const loadPackage = lazily(() => import('pkcs11js'))

export async function loadBinding(): Promise<Binding> {
  const { default: pkcs11js } = await loadPackage().catch(nativeMissing)
  return new pkcs11js.PKCS11()
}

/** NATIVE-MISSING: the file that came with the program, or in a clone the one that node-gyp built. */
function nativeMissing({ code, message }: NodeJS.ErrnoException): never {
  const why = code === 'ERR_DLOPEN_FAILED' ? `: ${escaped(message.split('\n')[0]!)}` : ''
  const what = `the native part for ${platform()}-${arch()}, which talks to PKCS#11 libraries,`
  throw deviceFailed('NATIVE-MISSING', `${what} ${why ? "can't be loaded" : 'is missing'}${why}`, buildAgain())
}

/** A clone builds its own. A package that was installed has its own for the machines that it is made for. */
function buildAgain(): Hint {
  try {
    const found = createRequire(import.meta.url).resolve('pkcs11js/package.json')
    return sh('npm', '--prefix', join(found, '../../..'), 'rebuild', 'pkcs11js')
  } catch {
    return 'install the package of keyrite that is made for this machine, or build a clone: see docs/install.md'
  }
}
