// Keys, as far as a script tells of them: which versions there can be at a step, in which states, and what they were made for.
import type { KeyEntry } from '../../domain/key-history.ts'
import {
  classOf,
  KEY_STATES,
  KEY_TYPES,
  type KeyState,
  type KeyType,
  type Usage,
  usualUsages,
} from '../../domain/keys.ts'
import { label, parseKeyVersion } from '../../domain/names.ts'
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { wrongUsage } from '../../domain/wrong-usage.ts'
import { has, valuesOf } from './commands.ts'

/** What can be asked of a key, and what is said of one that is not so. */
const TRAITS = {
  pair: (name: string) => `${name} is a secret key`,
  signs: (name: string) => `${name} is no pair that was made to sign`,
  wraps: (name: string) => `${name} was not made to wrap`,
  unwraps: (name: string) => `${name} was not made to unwrap`,
  leaves: (name: string) => `${name} was made never to leave the token`,
  follows: (name: string) => `${name} was made by others for what no new key is made for: it has no next version`,
}
export type Trait = keyof typeof TRAITS
type Traits = { readonly [trait in Trait]?: boolean }

/** By the flags of the command that makes it. */
function traitsOf(line: ParsedLine): Traits {
  const type = KEY_TYPES.find((one) => one === valuesOf(line, '--type')[0])
  const leaves = !has(line, '--no-backup')
  if (type === undefined) return { leaves }
  const given = valuesOf(line, '--usage')
  return { leaves, ...madeFor(type, given.length > 0 ? given : usualUsages(type)) }
}

function madeFor(type: KeyType, usage: readonly string[]): Traits {
  const may = (one: Usage) => usage.includes(one)
  const pair = classOf(type) === 'pair'
  return { pair, signs: pair && may('sign'), wraps: may('wrap'), unwraps: may('unwrap') }
}

/** A version as a ledger tells of it. */
type KnownVersion = Pick<KeyEntry, 'name' | 'version' | 'state' | 'type' | 'usage' | 'published'> & {
  leaves: boolean
  isBacked: boolean
}

const traitsKnown = ({ type, usage, leaves }: KnownVersion): Traits => ({
  leaves,
  follows: wrongUsage({ type, usage }) === undefined,
  ...madeFor(type, usage),
})

export class Keys {
  readonly #states = new Map<string, readonly KeyState[]>()
  /** By name, the newest version. */
  readonly #newest = new Map<string, number>()
  /** By name; of a key that the script finds nobody knows. */
  readonly #traits = new Map<string, Traits>()
  readonly #published = new Set<string>()
  /** By name: the version in force, where a newer one never was. */
  readonly #stillInForce = new Map<string, number>()
  /** Rotated, while nobody knows from which version. */
  readonly #rotated = new Set<string>()
  /** Versions that were made since the last backup. */
  readonly #unbacked = new Set<string>()
  /** There are no keys but those that are known. */
  #isWhole: boolean

  constructor(begins: { readonly [label: string]: KeyState } | undefined) {
    this.#isWhole = begins !== undefined
    for (const [one, state] of Object.entries(begins ?? {})) this.#set(one, [state])
  }

  /** Those of a ledger, and no others. `inForce`: the version that a name stands for; 0 when there is none. */
  static known(versions: Iterable<KnownVersion>, inForce: (name: string) => number): Keys {
    const keys = new Keys({})
    for (const one of versions) {
      const name = label(one.name, one.version)
      keys.#set(name, [one.state])
      keys.#traits.set(one.name, traitsKnown(one))
      if (one.published) keys.#published.add(one.name)
      else keys.#published.delete(one.name)
      if (!one.isBacked) keys.#unbacked.add(name)
    }
    for (const [name, newest] of keys.#newest)
      if (!keys.#published.has(name) && inForce(name) > 0 && inForce(name) !== newest)
        keys.#stillInForce.set(name, inForce(name))
    return keys
  }

  copy(): Keys {
    const copied = new Keys(this.#isWhole ? {} : undefined)
    for (const [one, states] of this.#states) copied.#states.set(one, states)
    for (const [name, version] of this.#newest) copied.#newest.set(name, version)
    for (const [name, traits] of this.#traits) copied.#traits.set(name, traits)
    for (const name of this.#published) copied.#published.add(name)
    for (const name of this.#rotated) copied.#rotated.add(name)
    for (const one of this.#unbacked) copied.#unbacked.add(one)
    for (const [name, version] of this.#stillInForce) copied.#stillInForce.set(name, version)
    return copied
  }

  /** A partition begins, without a key. */
  begin(): void {
    this.forget()
    this.#isWhole = true
  }

  /** The ledger may say anything from now on. */
  forget(): void {
    for (const known of [this.#states, this.#newest, this.#traits, this.#stillInForce]) known.clear()
    for (const known of [this.#published, this.#rotated, this.#unbacked]) known.clear()
    this.#isWhole = false
  }

  /** What the script says of a version after a step, as far as it can't be. */
  expect(one: string, state: KeyState): string | undefined {
    const { name, version } = parseKeyVersion(one)
    const known = this.#possible(one)
    if (known.length === 0) return `${one} is to be ${state}, and there is no such version by then`
    if (!known.includes(state)) return `${one} is to be ${state}, and by then it is ${known.join(' or ')}`
    if (this.#rotated.delete(name) && state === 'active' && version! > 1)
      this.#set(label(name, version! - 1), ['deactivated'])
    this.#set(one, [state])
    return undefined
  }

  /** What keeps this version from being there. */
  absent(one: string): string | undefined {
    return this.#possible(one).some((state) => state !== 'destroyed') ? undefined : `there is no ${one} by then`
  }

  /** A name that no key has, for one that is made, or comes in. */
  bring(names: readonly string[], line: ParsedLine): string | undefined {
    const why = this.taken(names)
    if (why !== undefined) return why
    for (const name of names) {
      this.#set(label(name, 1), [has(line, '--activate-at') ? 'pre-active' : 'active'])
      this.#traits.set(name, traitsOf(line))
      this.#unbacked.add(label(name, 1))
    }
    return undefined
  }

  taken(names: readonly string[]): string | undefined {
    const there = names.find((one) => this.#newest.has(one))
    return there === undefined ? undefined : `there is a key called ${there} by then`
  }

  rotate(name: string): string | undefined {
    const { version, why } = this.#next(name, 'rotate')
    if (why !== undefined) return why
    if (version === undefined) this.#rotated.add(name)
    else this.#succeed(name, version, ['deactivated'])
    return undefined
  }

  publish(name: string): string | undefined {
    const { version, why } = this.#next(name, 'publish')
    if (why !== undefined) return why
    this.#published.add(name)
    if (version !== undefined) this.#succeed(name, version, ['active'])
    return undefined
  }

  promote(text: string): string | undefined {
    const { name } = parseKeyVersion(text)
    const version = this.#newest.get(name)
    if (!this.#published.delete(name) && this.#isWhole) return `no version of ${name} is published by then`
    if (version !== undefined && version > 1) this.#states.set(label(name, version - 1), ['deactivated'])
    return undefined
  }

  /** It is there in one of these states, and what it has to be; of a name alone the newest version. */
  demand(text: string, states: readonly KeyState[], what: string, trait?: Trait): string | undefined {
    const { name, version = this.#newest.get(name) } = parseKeyVersion(text)
    if (version === undefined) return this.#isWhole ? `there is no key called ${name} by then` : undefined
    const one = label(name, version)
    const known = this.#possible(one)
    const possible = known.filter((state) => states.includes(state))
    if (known.length === 0) return `there is no ${one} by then`
    if (possible.length === 0)
      return `${one} is ${known.join(' or ')} by then, and ${what} takes one that is ${states.join(' or ')}`
    if (trait !== undefined && this.#traits.get(name)?.[trait] === false) return TRAITS[trait](name)
    this.#set(one, possible)
    return undefined
  }

  /** A change of state. */
  move(text: string, from: readonly KeyState[], to: KeyState, what: string): string | undefined {
    const why = this.demand(text, from, what)
    const { name, version = this.#newest.get(name) } = parseKeyVersion(text)
    if (why === undefined && version !== undefined) this.#set(label(name, version), [to])
    return why
  }

  /** No key can be so by then. */
  hasNone(states: readonly KeyState[], trait: Trait): boolean {
    if (!this.#isWhole) return false
    return ![...this.#states].some(
      ([one, possible]) =>
        possible.some((state) => states.includes(state)) &&
        this.#traits.get(parseKeyVersion(one).name)?.[trait] !== false,
    )
  }

  /** What is alive and can't go to another token. */
  get staying(): string[] {
    return [...this.#states].flatMap(([one, states]) =>
      this.#traits.get(parseKeyVersion(one).name)?.leaves === false && states.some((state) => state !== 'destroyed')
        ? [one]
        : [],
    )
  }

  /** The version that the name stands for, where it is known. */
  inForce(text: string): string | undefined {
    const { name, version } = parseKeyVersion(text)
    const newest = this.#newest.get(name)
    if (version !== undefined || newest === undefined) return version === undefined ? undefined : text
    return label(name, this.#stillInForce.get(name) ?? (this.#published.has(name) ? newest - 1 : newest))
  }

  newest = (name: string): string | undefined => {
    const version = this.#newest.get(name)
    return version === undefined ? undefined : label(name, version)
  }

  backUp = (): void => this.#unbacked.clear()

  /** Of these versions, or of all, what no backup holds and could be held by one. */
  unbacked(among?: readonly (string | undefined)[]): string[] {
    return [...this.#unbacked].filter(
      (one) =>
        (among?.includes(one) ?? true) &&
        this.#traits.get(parseKeyVersion(one).name)?.leaves !== false &&
        this.#possible(one).some((state) => state !== 'destroyed'),
    )
  }

  #set(one: string, states: readonly KeyState[]): void {
    const { name, version } = parseKeyVersion(one)
    this.#states.set(one, states)
    this.#newest.set(name, Math.max(version!, this.#newest.get(name) ?? 0))
  }

  #possible(one: string): readonly KeyState[] {
    return this.#states.get(one) ?? (this.#isWhole ? [] : KEY_STATES)
  }

  /** The newest version, and what keeps it from being followed by another. */
  #next(name: string, verb: string): { version?: number; why?: string } {
    const version = this.#newest.get(name)
    if (version === undefined) return this.#isWhole ? { why: `there is no key called ${name} by then` } : {}
    if (this.#published.has(name)) return { why: `a version of ${name} waits for its promotion by then` }
    if (this.#traits.get(name)?.follows === false) return { why: TRAITS.follows(name) }
    const states = this.#possible(label(name, version))
    return states.includes('active')
      ? { version }
      : { why: `${label(name, version)} is ${states.join(' or ')} by then, and key ${verb} takes an active key` }
  }

  #succeed(name: string, version: number, old: readonly KeyState[]): void {
    this.#set(label(name, version), old)
    this.#set(label(name, version + 1), ['active'])
    this.#unbacked.add(label(name, version + 1))
  }
}
