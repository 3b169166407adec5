// Keys, as far as a script tells of them: which versions there can be at a step, and in which states.
import { KEY_STATES, type KeyState } from '../../domain/keys.ts'
import { label, parseKeyVersion } from '../../domain/names.ts'
import { numbered } from '../../domain/numbered.ts'
import { OPERATIONS } from '../../domain/operations.ts'
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { has, valuesOf } from './commands.ts'

const LIVING: readonly KeyState[] = KEY_STATES.filter((state) => state !== 'destroyed')

/** Commands that leave keys as they are, and the states in which they take one. */
const TAKES: { readonly [path: string]: readonly KeyState[] } = {
  'key sign': ['active'],
  'key export': ['pre-active', 'active'],
  'key deliver': LIVING,
  'key withdraw': KEY_STATES,
  'key restore': LIVING,
  'key public': LIVING,
  'key show': KEY_STATES,
  'cert request': ['pre-active', 'active'],
}

/** After these the ledger may say anything. */
const FORGETS = [
  'manifest apply',
  'partition recover',
  'backup restore',
  'partition adopt',
  'key import',
  'key import-request',
]

export class Keys {
  readonly #states = new Map<string, readonly KeyState[]>()
  /** By name, the newest version. */
  readonly #newest = new Map<string, number>()
  readonly #published = new Set<string>()
  /** Rotated, while nobody knows from which version. */
  readonly #rotated = new Set<string>()
  /** There are no keys but those that are known. */
  #isWhole: boolean

  constructor(begins: { readonly [label: string]: KeyState } | undefined) {
    this.#isWhole = begins !== undefined
    for (const [one, state] of Object.entries(begins ?? {})) this.#set(one, [state])
  }

  /** What keeps this command from being carried out; after it all stands as the command leaves it. */
  apply(line: ParsedLine): string | undefined {
    const { path } = line
    if (path === 'partition init') this.#begin()
    if (FORGETS.includes(path)) this.#forget()
    const names = line.operands.filter(({ value }) => !value.startsWith('{')).map(({ value }) => value)
    if (has(line, '--dry-run')) return undefined
    const verb = path.startsWith('key ') ? path.slice(4) : undefined
    if (verb === 'generate') return this.#generate(names[0], line)
    const taken = TAKES[path]
    for (const name of names) {
      const why =
        verb === 'rotate' || verb === 'publish' || verb === 'promote'
          ? this[`_${verb}`](name)
          : taken
            ? this.#demand(name, taken, path)
            : this.#move(name, path)
      if (why !== undefined) return why
    }
    return undefined
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

  #begin(): void {
    this.#forget()
    this.#isWhole = true
  }

  #forget(): void {
    for (const map of [this.#states, this.#newest, this.#published, this.#rotated]) map.clear()
    this.#isWhole = false
  }

  #set(one: string, states: readonly KeyState[]): void {
    const { name, version } = parseKeyVersion(one)
    this.#states.set(one, states)
    this.#newest.set(name, Math.max(version!, this.#newest.get(name) ?? 0))
  }

  #possible(one: string): readonly KeyState[] {
    return this.#states.get(one) ?? (this.#isWhole ? [] : KEY_STATES)
  }

  #generate(name: string | undefined, line: ParsedLine): string | undefined {
    if (name === undefined) return undefined
    const count = valuesOf(line, '--count').map(Number)[0]
    const names = count === undefined ? [name] : numbered(name, count)
    const there = names.find((one) => this.#newest.has(one))
    if (there !== undefined) return `there is a key called ${there} by then`
    for (const one of names) this.#set(label(one, 1), [has(line, '--activate-at') ? 'pre-active' : 'active'])
    return undefined
  }

  /** The newest version, and what keeps it from being followed by another. */
  #next(name: string, verb: string): { version?: number; why?: string } {
    const version = this.#newest.get(name)
    if (version === undefined) return this.#isWhole ? { why: `there is no key called ${name} by then` } : {}
    const states = this.#possible(label(name, version))
    return states.includes('active')
      ? { version }
      : { why: `${label(name, version)} is ${states.join(' or ')} by then, and key ${verb} takes an active key` }
  }

  _rotate(name: string): string | undefined {
    const { version, why } = this.#next(name, 'rotate')
    if (why !== undefined) return why
    if (this.#published.has(name)) return `the newest version of ${name} is published by then: it is promoted`
    if (version === undefined) this.#rotated.add(name)
    else this.#succeed(name, version, ['deactivated'])
    return undefined
  }

  _publish(name: string): string | undefined {
    const { version, why } = this.#next(name, 'publish')
    if (why !== undefined) return why
    if (this.#published.has(name)) return `a version of ${name} waits for its promotion already`
    this.#published.add(name)
    if (version !== undefined) this.#succeed(name, version, ['active'])
    return undefined
  }

  _promote(name: string): string | undefined {
    const version = this.#newest.get(name)
    if (!this.#published.delete(name) && this.#isWhole) return `no version of ${name} is published by then`
    if (version !== undefined && version > 1) this.#states.set(label(name, version - 1), ['deactivated'])
    return undefined
  }

  #succeed(name: string, version: number, old: readonly KeyState[]): void {
    this.#set(label(name, version), old)
    this.#set(label(name, version + 1), ['active'])
  }

  #demand(text: string, states: readonly KeyState[], path: string): string | undefined {
    const { name, version = this.#newest.get(name) } = parseKeyVersion(text)
    if (version === undefined) return this.#isWhole ? `there is no key called ${name} by then` : undefined
    const one = label(name, version)
    const known = this.#possible(one)
    const possible = known.filter((state) => states.includes(state))
    if (possible.length > 0) this.#set(one, possible)
    else if (known.length === 0) return `there is no ${one} by then`
    else return `${one} is ${known.join(' or ')} by then, and ${path} takes one that is ${states.join(' or ')}`
    return undefined
  }

  /** A change of state. */
  #move(text: string, path: string): string | undefined {
    const op = OPERATIONS[path.replace(' ', '.') as keyof typeof OPERATIONS] as
      | { transition?: { to: KeyState; from: readonly KeyState[] } }
      | undefined
    if (!op?.transition || !path.startsWith('key ')) return undefined
    const why = this.#demand(text, op.transition.from, path)
    const { name, version = this.#newest.get(name) } = parseKeyVersion(text)
    if (why === undefined && version !== undefined) this.#set(label(name, version), [op.transition.to])
    return why
  }
}
