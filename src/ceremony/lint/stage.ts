// What the checks of a script share: its steps with their command lines, and where problems are gathered.
import { KeyriteError } from '../../domain/errors.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import type { ParsedLine, ParseLine } from '../../domain/parsed-line.ts'
import { flagIn, placeholderIn } from '../fill-in.ts'
import type { Problem } from '../read-shape.ts'
import { type CeremonyRole, type CeremonyScript, rolesOf } from '../script.ts'
import { type CeremonySite, siteValue } from '../site.ts'
import type { CeremonyStep } from '../step.ts'
import type { Profiles } from './rules.ts'

/** A step, and what its command line was understood as. `known`: with the words that the site file has for it, but for devices and files. */
export interface Staged {
  step: CeremonyStep
  line?: ParsedLine
  known?: ParsedLine
}

export interface KnownLedger {
  history: History
  /** Of the clock. */
  now: string
  /** Some backup holds it. */
  isBacked(key: KeyEntry): boolean
}

/** What is known besides the script and its site. */
export interface Known {
  ledger?: KnownLedger
  profiles?: Profiles
  /** It is gone through on a twin, with people who may be those of an example. */
  isTwin?: true
}

/** Its command is to end with another code than 0: nothing comes of it. */
export const isToFail = (step: CeremonyStep): boolean => step.kind === 'run' && (step.expect?.exit ?? 0) !== 0

export class Stage {
  readonly problems: Problem[] = []
  /** What people have to know, and what keeps nobody from going on. */
  readonly remarks: string[] = []
  readonly steps: readonly Staged[]
  readonly roles: ReadonlyMap<string, CeremonyRole>

  constructor(
    readonly script: CeremonyScript,
    readonly site: CeremonySite | undefined,
    parseLine: ParseLine,
    readonly known: Known = {},
  ) {
    this.roles = rolesOf(script)
    this.steps = script.steps.map((step) => {
      const lines = step.kind === 'run' ? this.#parsed(step, parseLine) : undefined
      return { step, ...lines }
    })
  }

  /** Of a step, or of the script as a whole. */
  tell(step: CeremonyStep | undefined, why: string | undefined): void {
    if (why !== undefined) this.problems.push({ ...(step ? { step: step.id } : {}), why })
  }

  #parsed(step: CeremonyStep & { kind: 'run' }, parseLine: ParseLine): Omit<Staged, 'step'> | undefined {
    // A value of the day is known where the site is.
    const words = step.run.map((word) => {
      const found = placeholderIn(word)
      return (found?.from === 'site' && this.site ? siteValue(this.site, found.name) : undefined) ?? word
    })
    const flag = flagIn(step.run, words)
    if (flag !== undefined) this.tell(step, `the value of ${flag} begins with a dash, and would be a flag`)
    try {
      const isOpen = (word: string) => placeholderIn(word) !== undefined
      const line = parseLine(step.run, isOpen)
      const isSame = words.every((word, i) => word === step.run[i])
      return { line, known: isSame ? line : placesOf(line, parseLine(words, isOpen)) }
    } catch (error) {
      if (!(error instanceof KeyriteError)) throw error
      this.tell(step, `keyrite does not understand this command: ${error.message}`)
      return undefined
    }
  }
}

/** Devices and files by the name that the script has for them. */
const placesOf = (line: ParsedLine, filled: ParsedLine): ParsedLine => ({
  ...filled,
  operands: filled.operands.map((operand, i) => (operand.isLocal ? line.operands[i]! : operand)),
  options: filled.options.map((option, i) => (option.isLocal ? line.options[i]! : option)),
})
