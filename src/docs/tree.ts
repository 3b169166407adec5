// The command tree as plain data, from which manuals and completions are written.
import type { Argument, Command, Option } from 'commander'
import { Accepting } from '../cli/accepting.ts'
import { examplesOf } from '../cli/examples.ts'
import { isRepeatable } from '../cli/options.ts'
import { type Values, valuesOf } from './values.ts'

export interface Flag {
  short?: string
  long: string
  /** Such as `<file>`, where it takes a value. */
  value?: string
  values: Values
  repeatable: boolean
  about: string
}

interface Operand {
  /** Such as `<name>`. */
  form: string
  values: Values
  about: string
}

export interface Page {
  /** The words after `keyrite`, none for keyrite itself. */
  path: readonly string[]
  summary: string
  description: string
  operands: readonly Operand[]
  flags: readonly Flag[]
  examples: readonly string[]
  below: readonly Page[]
}

export function pageOf(command: Command, path: readonly string[] = []): Page {
  const help = command.createHelp()
  return {
    path,
    summary: command.summary() || command.description(),
    description: command.description(),
    operands: command.registeredArguments.map((argument) => operandOf(argument, path)),
    flags: help.visibleOptions(command).map((option) => flagOf(option, path)),
    examples: examplesOf(command),
    below: help.visibleCommands(command).map((child) => pageOf(child, [...path, child.name()])),
  }
}

function operandOf(argument: Argument, path: readonly string[]): Operand {
  const name = argument.name()
  const words = argument.variadic ? `${name}...` : name
  const form = argument.required ? `<${words}>` : `[${words}]`
  return { form, values: valuesOf(form, path), about: argument.description }
}

function flagOf(option: Option, path: readonly string[]): Flag {
  const { short, long, flags, description } = option
  const value = /<.*>$/.exec(flags)?.[0]
  return {
    ...(short ? { short } : {}),
    long: long!,
    ...(value === undefined ? {} : { value }),
    values:
      option instanceof Accepting ? { words: option.words } : value === undefined ? 'nothing' : valuesOf(value, path),
    repeatable: isRepeatable(option),
    about: description,
  }
}

/** The commands that do something: those with none below them. */
export const leaves = (page: Page): Page[] => (page.below.length === 0 ? [page] : page.below.flatMap(leaves))

/** Every page, a page before those below it. */
export const pages = (page: Page): Page[] => [page, ...page.below.flatMap(pages)]
