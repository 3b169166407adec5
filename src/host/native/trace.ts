// Each call of the module with its answer and its time, for whoever looks into a fault. What is told of a call stands in functions.ts: numbers
// of slots, sessions, objects and mechanisms, and the types of attributes. No value is ever looked at, so no PIN, key or label can be in it.
import { constants, openSync, writeSync } from 'node:fs'
import { refused, systemRefusal } from '../../domain/errors.ts'
import { quoted, unsteered } from '../../domain/names.ts'
import type { Binding } from './binding.ts'
import { ckrName, ckrOf } from './ckr.ts'
import { attributeName, ckmName } from './constants.ts'
import { type FunctionName, functionOf, type Kind } from './functions.ts'
import { fromUlong } from './values.ts'

/** A call stands there before it is made: of a module that crashes or hangs the last line is the call that did it. */
export function traced(lib: Binding, path: string, module: string): Binding {
  const write = writerTo(path)
  write(`# ${new Date().toISOString()}  ${unsteered(module)}`)
  let calls = 0
  return new Proxy(lib, {
    get(target, name) {
      const call = Reflect.get(target, name) as unknown
      if (typeof name !== 'string' || typeof call !== 'function') return call
      if (!name.startsWith('C_')) return call.bind(target)
      const fn = name.replace(/Async$/, '') as FunctionName
      return (...args: unknown[]): unknown => {
        const number = ++calls
        write(`${number} ${fn}${toldOf(functionOf(fn).told, args)}`)
        return timed(
          () => call.apply(target, args),
          fn,
          (answer) => write(`${number} = ${answer}`),
        )
      }
    },
  })
}

/** The file is there: the command has made it. A trace that can no longer be written stops no command. */
function writerTo(path: string): (line: string) => void {
  let fd: number | undefined
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    throw refused('DISK', `the trace ${quoted(path)} can't be written: ${systemRefusal(code) ?? code}`)
  }
  return (line) => {
    try {
      if (fd !== undefined) writeSync(fd, `${line}\n`)
    } catch {
      fd = undefined
    }
  }
}

/** `told`: hears `CKR_OK 0.212 ms, session 1`. */
function timed(call: () => unknown, fn: FunctionName, told: (answer: string) => void): unknown {
  const start = performance.now()
  const took = (what: string) => `${what} ${(performance.now() - start).toFixed(3)} ms`
  const done = (result: unknown) => {
    told(took('CKR_OK') + toldOf([functionOf(fn).gives], [result]))
    return result
  }
  const failed = (error: unknown): never => {
    const number = ckrOf(error)
    told(took(number === undefined ? 'no answer' : ckrName(number)))
    throw error
  }
  try {
    const result = call()
    return result instanceof Promise ? result.then(done, failed) : done(result)
  } catch (error) {
    return failed(error)
  }
}

const number = (name: string) => (value: unknown) => `${name} ${fromUlong(value as Buffer)}`
const types = (value: unknown) => (value as { type: number }[]).map(({ type }) => attributeName(type)).join(' ')

const KINDS: { readonly [kind in Kind]: (value: unknown) => string } = {
  slot: number('slot'),
  session: number('session'),
  object: number('object'),
  user: (value: unknown) => `user ${value}`,
  mechanism: (value: unknown) => ckmName((value as { mechanism: number }).mechanism),
  type: (value: unknown) => ckmName(value as number),
  template: (value: unknown) => `[${types(value)}]`,
  objects: (value: unknown) =>
    `objects ${(value as unknown[]).map((one) => fromUlong(one as Buffer)).join(' ')}`.trim(),
  pair: (value: unknown) => {
    const { publicKey, privateKey } = value as { publicKey: Buffer; privateKey: Buffer }
    return `objects ${fromUlong(publicKey)} ${fromUlong(privateKey)}`
  },
}

/** What is not as it should be is a fault of the call, and told by whoever makes it. */
function toldOf(kinds: readonly (Kind | undefined)[], values: readonly unknown[]): string {
  return kinds
    .map((kind, i) => {
      try {
        return kind === undefined ? '' : `  ${KINDS[kind](values[i])}`
      } catch {
        return `  ${kind} ?`
      }
    })
    .join('')
}
