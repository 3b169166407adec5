// Which attributes a token has no word for, in which call: found by asking without them, remembered, and recorded in its profile.

import type { KeyType } from '../../domain/keys.ts'
import type { Call, PointForm, Profile, UnwrapForm } from '../../domain/profile.ts'
import { CKR, isCkr } from '../native/ckr.ts'
import { attributeName, CKA, FLAG } from '../native/constants.ts'
import type { Template } from '../native/values.ts'

/** What may be left out, since it weakens nothing that was promised: what the token then makes is read back. */
const DROPPABLE: readonly number[] = [
  CKA.CHECK_VALUE,
  FLAG.COPYABLE,
  FLAG.DESTROYABLE,
  FLAG.SIGN_RECOVER,
  FLAG.VERIFY_RECOVER,
  FLAG.ALWAYS_AUTHENTICATE,
  CKA.ALLOWED_MECHANISMS,
]

/** How tokens say that a template has something that they do not know. */
const TEMPLATE_ERRORS = [
  CKR.ATTRIBUTE_READ_ONLY,
  CKR.ATTRIBUTE_TYPE_INVALID,
  CKR.ATTRIBUTE_VALUE_INVALID,
  CKR.TEMPLATE_INCOMPLETE,
  CKR.TEMPLATE_INCONSISTENT,
]

/** Gives of a template what the token understands. */
export type Fit = (template: Template) => Template

const NUMBERS: Readonly<Record<string, number>> = { ...CKA, ...FLAG }
const numbersOf = (names: readonly string[] = []): number[] => names.flatMap((name) => NUMBERS[name] ?? [])

export class Dialect {
  unwrap: UnwrapForm
  point: PointForm
  /** Of which one was unwrapped to stay, and was what the template said. */
  readonly cameWhole = new Set<KeyType>()
  readonly #unknown: Record<Call, readonly number[]>

  /** `known`: what was found before. `more`: what may be left out besides, when it is found out what a token can. */
  constructor(
    known: Partial<Pick<Profile, 'unknown' | 'unwrap' | 'point'>> = {},
    private readonly more: readonly number[] = [],
  ) {
    this.unwrap = known.unwrap ?? 'whole'
    this.point = known.point ?? 'der'
    const { generate, create, unwrap } = known.unknown ?? {}
    this.#unknown = { generate: numbersOf(generate), create: numbersOf(create), unwrap: numbersOf(unwrap) }
  }

  get unknown(): Record<Call, string[]> {
    const named = (call: Call) => this.#unknown[call].map((number) => attributeName(number).slice(4)).sort()
    return { generate: named('generate'), create: named('create'), unwrap: named('unwrap') }
  }

  /** As far as it is known. */
  fit = (call: Call, without: readonly number[] = []): Fit => {
    const out = [...this.#unknown[call], ...without]
    return (template) => template.filter(([type]) => !out.includes(type))
  }

  /**
   * With everything first. Where the token refuses the template, without as little as is enough: of what may be left out each alone, then
   * each two together. A refused call makes nothing, so the first that succeeds is the only one that does.
   */
  try<T>(call: Call, make: (fit: Fit) => T): T {
    const asked = new Set<number>()
    const noting = (fit: Fit): Fit => {
      return (template) => {
        for (const [type] of template) asked.add(type)
        return fit(template)
      }
    }
    try {
      return make(noting(this.fit(call)))
    } catch (error) {
      if (!isCkr(error, ...TEMPLATE_ERRORS)) throw error
      return this.#without(call, [...asked], make, error)
    }
  }

  #without<T>(call: Call, asked: readonly number[], make: (fit: Fit) => T, first: unknown): T {
    const known = this.#unknown[call]
    const candidates = [...DROPPABLE, ...this.more].filter((type) => asked.includes(type) && !known.includes(type))
    for (const without of subsets(candidates)) {
      try {
        const made = make(this.fit(call, without))
        this.#unknown[call] = [...known, ...without]
        return made
      } catch (error) {
        if (!isCkr(error, ...TEMPLATE_ERRORS)) throw error
      }
    }
    throw first
  }
}

/** All but the empty one, the small ones first; of one size those of the first items first. */
function subsets(items: readonly number[]): number[][] {
  let sets: number[][] = [[]]
  for (const item of items) sets = [...sets, ...sets.map((set) => [...set, item])]
  return sets.slice(1).sort((a, b) => a.length - b.length)
}
