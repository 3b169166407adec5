// How it is said what a command of a script needs, and what it leaves: of names in its words, and what there is by then.
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { has, valuesOf } from './commands.ts'
import type { Keys } from './keys.ts'
import { type Kind, Things } from './things.ts'

/** What there is at a step. */
export class World {
  constructor(
    readonly keys: Keys,
    readonly things = new Things(),
    /** Those that were read, by the word that stands for their file. */
    readonly profiles: Profiles = new Map(),
  ) {}

  copy(): World {
    return new World(this.keys.copy(), this.things.copy(), this.profiles)
  }
}

/** What a profile says of a certificate, or a list, that is to be signed. `wrong`: it can't be read, and why. */
export type Profiles = ReadonlyMap<string, { key: string; serial?: string } | { wrong: string }>

type Whys = string | readonly string[] | undefined

/** Why the command can't be carried out, if anything; what comes after it finds all as it would leave it. */
export type Rule = (line: ParsedLine, world: World, step: string) => Whys

/** Words of a line that name things. */
export type Names = (line: ParsedLine, world: World) => readonly string[]

/** What stands for a value that nobody knows yet is left out. */
const known = (words: readonly string[]): readonly string[] => words.filter((word) => !word.startsWith('{blank.'))

export const operands = ({ operands: all }: ParsedLine): readonly string[] => known(all.map(({ value }) => value))
export const flag =
  (long: string) =>
  (line: ParsedLine): readonly string[] =>
    known(valuesOf(line, long))
export const theOnly: Names = () => ['']

export const each = (words: readonly string[], of: (word: string) => Whys): readonly string[] =>
  words.flatMap((word) => of(word) ?? [])

const demands =
  (kind: Kind, isThere: boolean, names: Names): Rule =>
  (line, world) =>
    each(names(line, world), (name) => world.things.demand(kind, name, isThere))
export const there = (kind: Kind, names: Names = operands): Rule => demands(kind, true, names)
export const absent = (kind: Kind, names: Names = operands): Rule => demands(kind, false, names)

const becomes =
  (kind: Kind, isThere: boolean, names: Names): Rule =>
  (line, world, step) => {
    for (const name of names(line, world)) world.things.set(kind, name, isThere, step)
    return undefined
  }
export const leaves = (kind: Kind, names: Names = operands): Rule => becomes(kind, true, names)
export const ends = (kind: Kind, names: Names = operands): Rule => becomes(kind, false, names)

export const any =
  (kind: Kind, said: string): Rule =>
  (_, { things }) =>
    things.hasNone(kind) ? said : undefined

export const where =
  (is: (line: ParsedLine) => boolean, ...rules: readonly Rule[]): Rule =>
  (...given) =>
    is(given[0]) ? all(rules)(...given) : undefined
export const given = (long: string) => (line: ParsedLine) => has(line, long)
export const without = (long: string) => (line: ParsedLine) => !has(line, long)

export const all =
  (rules: readonly Rule[]): ((...given: Parameters<Rule>) => readonly string[]) =>
  (...given) =>
    rules.flatMap((rule) => rule(...given) ?? [])
