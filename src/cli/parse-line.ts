// A command line is parsed by the tree of commands itself, and nothing of it runs.
import type { Argument, Command, Option } from 'commander'
import { Changes } from '../domain/changes.ts'
import { usage } from '../domain/errors.ts'
import type { GivenOption, ParsedLine } from '../domain/parsed-line.ts'
import { asFailure } from './failure.ts'
import { openTo } from './options.ts'

/** `root`: a tree of its own, for it is used up. USAGE, NAME, TIME...: as the command itself would refuse it. */
export function parseLine(root: Command, words: readonly string[], isOpen: (word: string) => boolean): ParsedLine {
  let found: ParsedLine | undefined
  const given = new Map<Option, string[]>()
  prepare(root, isOpen, given, (command) => {
    found = lineOf(command, given)
  })
  try {
    root.parse([...words], { from: 'user' })
  } catch (error) {
    const failure = asFailure(error, root, words, { changes: new Changes(), libraries: [] })
    if (failure) throw failure
  }
  if (!found) throw usage('it shows a help or a version, and does nothing')
  return found
}

function prepare(
  command: Command,
  isOpen: (word: string) => boolean,
  given: Map<Option, string[]>,
  done: (command: Command) => void,
): void {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} })
  for (const taker of [...command.options, ...command.registeredArguments]) openTo(taker, isOpen)
  for (const option of command.options)
    command.on(`option:${option.name()}`, (value: string | null) => {
      given.set(option, [...(given.get(option) ?? []), ...(option.required && value !== null ? [value] : [])])
    })
  if (command.commands.length === 0) command.action(() => done(command))
  for (const child of command.commands) prepare(child, isOpen, given, done)
}

function lineOf(command: Command, given: ReadonlyMap<Option, string[]>): ParsedLine {
  const forms = command.registeredArguments
  const asked = forms.find((form, i) => !form.required && !form.variadic && command.args[i] === undefined)
  return {
    path: pathOf(command).join(' '),
    operands: command.args.map((value, i) => ({ value, isLocal: isLocal(nameOf(forms[i] ?? forms.at(-1)!)) })),
    options: [...given].map(
      ([{ long, flags }, values]): GivenOption => ({
        long: `${long}`,
        values,
        isLocal: isLocal(/<(.*)>$/.exec(flags)?.[1] ?? ''),
      }),
    ),
    ...(asked ? { asksFor: asked.name() } : {}),
  }
}

const nameOf = (argument: Argument): string => argument.name()

const pathOf = (command: Command): string[] => (command.parent ? [...pathOf(command.parent), command.name()] : [])

/** By the word that holds the place of the value. */
const isLocal = (place: string): boolean =>
  /(^|=|\])(file|dir|path|backup|profile\.toml|serial|id)$|^module\[/.test(place)
