// What no flag says is asked at a terminal; where nobody can be asked, the terminal names the flag. INPUT-MISSING.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { mayBeDelivered } from '../domain/copies.ts'
import { EXIT, KeyriteError, usage } from '../domain/errors.ts'
import { add, apart, type Hint, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { CERTIFIABLE, mayGoOut, mayNowSign } from '../domain/key-transitions.ts'
import { isExtractable, mayBecome } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import { mayBegin } from '../domain/operations.ts'
import type { StateOp } from '../domain/plan.ts'
import { HIDDEN, maySecretStart } from '../domain/secret-text.ts'
import type { Terminal } from '../terminal/port.ts'
import type { Context, Globals } from './context.ts'
import { typedPath } from './paths.ts'

/** Asks until `parse` accepts; says what was refused, and asks again. */
export const askFor = <T>(
  question: string,
  flag: Hint,
  parse: (text: string) => T | Promise<T>,
  terminal: Terminal,
): Promise<T> => askUntil(() => terminal.ask(question, flag), parse, terminal)

async function askUntil<T>(
  ask: () => Promise<string>,
  parse: (text: string) => T | Promise<T>,
  terminal: Terminal,
): Promise<T> {
  for (;;) {
    const answer = (await ask()).trim()
    try {
      return await parse(answer)
    } catch (error) {
      if (!(error instanceof KeyriteError) || error.exit === EXIT.interrupted) throw error
      terminal.show(`  ${error.message}`)
    }
  }
}

/** A code, which is seen while it is typed. */
export const askCode = <T>(question: string, flag: Hint, parse: (text: string) => T, terminal: Terminal) =>
  askUntil(() => terminal.askPath(question, flag, SEEN), parse, terminal)

const SEEN = { ways: () => [], told: (typed: string) => (maySecretStart(typed) ? HIDDEN : typed) }

/** Words of a list, such as the types of keys. */
export const chooseWord = <T extends string>(question: string, flag: Hint, words: readonly T[], terminal: Terminal) =>
  terminal.choose(
    question,
    words.map((word) => ({ name: word, value: word })),
    flag,
  )

/** The names by which a verb could take this key; none where the key's state rules it out. */
export function wordsFor(verb: string, key: KeyEntry, history: History): string[] {
  const { name, version, state, published, class: kind } = key
  const newest = history.keys.newest(name) === version
  const words = [label(name, version)]
  if (verb === 'show') return [name, ...words]
  if (verb === 'public') return kind === 'pair' ? [name, ...words] : []
  if (verb === 'request')
    return kind === 'pair' && CERTIFIABLE.includes(state) ? [...(newest ? [name] : []), ...words] : []
  if (verb === 'export') return mayGoOut(key) && isExtractable(key.attributes) ? words : []
  if (verb === 'sign') return mayNowSign(key) ? words : []
  if (verb === 'restore') return state === 'destroyed' ? [] : words
  if (verb === 'rotate' || verb === 'publish') return newest && state === 'active' && !published ? [name] : []
  if (verb === 'promote') return published && state === 'active' ? words : []
  if (verb === 'deliver') return mayBeDelivered(key) ? words : []
  if (verb === 'withdraw') return history.applications.holding(name, version).length > 0 ? words : []
  if (verb === 'destroy') return mayBecome(state, 'destroyed') ? words : []
  return mayBegin(`key.${verb}` as StateOp, state) ? words : []
}

/** One of the keys that the verb can take now. */
export async function askKey<T>(
  verb: string,
  parse: (text: string) => T,
  history: History,
  terminal: Terminal,
): Promise<T> {
  const words = [...history.keys].flatMap((key) => wordsFor(verb, key, history).slice(-1))
  const flag = add(['rotate', 'show', 'public'].includes(verb) ? 'NAME' : 'NAME#V')
  if (words.length === 0 && terminal.interactive)
    throw usage(`there is no key here that you could ${verb}`, keyrite('key', 'list'), 'INPUT-MISSING')
  return parse(await chooseWord('which key:', flag, words, terminal))
}

/** A file that is there. */
export const askFile = (question: string, flag: Hint, { env }: Context, terminal: Terminal): Promise<string> =>
  askFor(
    question,
    flag,
    (text) => {
      const path = typedPath(text, env)
      if (text !== '' && existsSync(path)) return path
      throw usage(text === '' ? 'type the name of a file' : `there is no file ${path}`)
    },
    terminal,
  )

/** The newest checkpoint that anyone has kept; false where nobody has one. */
export async function askCheckpoint(context: Context, terminal: Terminal): Promise<string | false> {
  const isKept = await terminal.choose(
    'has anyone kept a checkpoint:',
    [
      { name: 'yes, in a file', value: true },
      { name: 'no: the plan and the ledger will say so', value: false },
    ],
    apart(add('--checkpoint', 'FILE'), to('or, where nobody has one', add('--no-checkpoint'))),
  )
  return isKept && (await askFile('the newest checkpoint:', add('--checkpoint', 'FILE'), context, terminal))
}

/** A file that is to be made. */
export const askNewFile = (question: string, flag: Hint, { env }: Context, terminal: Terminal): Promise<string> =>
  askFor(
    question,
    flag,
    (text) => {
      if (text === '') throw usage('type the name of a file')
      return typedPath(text, env)
    },
    terminal,
  )

const OTHER = 'another one'

/** --module, else KEYRITE_MODULE; else the one that the configuration names, where nobody can be asked; else one of several, or a path. */
export async function moduleFrom(
  given: string | undefined,
  { home }: Globals,
  context: Context,
  terminal: Terminal,
): Promise<string> {
  const module = given ?? context.env.KEYRITE_MODULE
  if (module) return module
  const known = [...new Set(Object.values(context.settings.all(home)).map((one) => one.module))]
  const [only, ...others] = known
  if (!terminal.interactive && only !== undefined && others.length === 0) return only
  if (!terminal.interactive || only === undefined) return askModule(context, terminal)
  const chosen = await chooseWord('which PKCS#11 library:', add('--module', 'PATH'), [...known, OTHER], terminal)
  return chosen === OTHER ? askModule(context, terminal) : chosen
}

const askModule = (context: Context, terminal: Terminal): Promise<string> =>
  askFor(
    'path of the PKCS#11 library, such as /usr/lib/softhsm/libsofthsm2.so:',
    add('--module', 'PATH'),
    async (text) => {
      if (text === '') throw usage("it is the .so file that came with your HSM's software")
      const path = resolve(typedPath(text, context.env))
      await context.inspectModule(path)
      return path
    },
    terminal,
  )
