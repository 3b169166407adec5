// The applications that a twin has to have: those that the script names before it makes them, with the copies that they have.
import { parseKeyVersion } from '../../domain/names.ts'
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { has, valuesOf } from '../lint/commands.ts'

/** `copies`: labels of versions, such as card#2. */
export interface TwinApp {
  name: string
  copies: string[]
}

/** `known`: what the applications of the real partition have. `there`: the versions that the twin has. */
export function twinApps(
  lines: readonly ParsedLine[],
  known: ReadonlyMap<string, readonly string[]>,
  there: readonly string[],
): TwinApp[] {
  return namesIn(lines, [...known.keys()]).map((name) => {
    const copies = (known.get(name) ?? withdrawnFrom(name, lines, there)).filter((one) => there.includes(one))
    // Of an application that has nothing there is nothing to look at.
    return { name, copies: copies.length > 0 || there.length === 0 ? copies : [there[0]!] }
  })
}

function namesIn(lines: readonly ParsedLine[], all: readonly string[]): string[] {
  const [wanted, made] = [new Set<string>(), new Set<string>()]
  for (const line of lines) {
    const isOfApp = line.path.startsWith('app ')
    const named = isOfApp
      ? line.operands.map(({ value }) => value)
      : [...valuesOf(line, '--app'), ...valuesOf(line, '--without')]
    if (line.path === 'app init') for (const name of named) made.add(name)
    const meant = isOfApp && has(line, '--all') ? all : named
    for (const name of meant) if (!made.has(name) && !name.startsWith('{')) wanted.add(name)
  }
  return [...wanted]
}

const withdrawnFrom = (app: string, lines: readonly ParsedLine[], there: readonly string[]): string[] =>
  lines
    .filter((line) => line.path === 'key withdraw' && valuesOf(line, '--app').includes(app))
    .flatMap(({ operands }) => operands.map(({ value }) => value))
    .flatMap((word) => there.filter((one) => one === word || parseKeyVersion(one).name === word))
