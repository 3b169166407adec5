// What the checks of a script share: its steps with their command lines, and where problems are gathered.
import { KeyriteError } from '../../domain/errors.ts'
import type { ParsedLine, ParseLine } from '../../domain/parsed-line.ts'
import { flagIn, placeholderIn } from '../fill-in.ts'
import type { Problem } from '../read-shape.ts'
import { type CeremonyRole, type CeremonyScript, rolesOf } from '../script.ts'
import { type CeremonySite, siteValue } from '../site.ts'
import type { CeremonyStep } from '../step.ts'

/** A step, and what its command line was understood as. */
export interface Staged {
  step: CeremonyStep
  line?: ParsedLine
}

export class Stage {
  readonly problems: Problem[] = []
  readonly steps: readonly Staged[]
  readonly roles: ReadonlyMap<string, CeremonyRole>

  constructor(
    readonly script: CeremonyScript,
    readonly site: CeremonySite | undefined,
    parseLine: ParseLine,
  ) {
    this.roles = rolesOf(script)
    this.steps = script.steps.map((step) => {
      const line = step.kind === 'run' ? this.#parsed(step, parseLine) : undefined
      return { step, ...(line ? { line } : {}) }
    })
  }

  /** Of a step, or of the script as a whole. */
  tell(step: CeremonyStep | undefined, why: string | undefined): void {
    if (why !== undefined) this.problems.push({ ...(step ? { step: step.id } : {}), why })
  }

  #parsed(step: CeremonyStep & { kind: 'run' }, parseLine: ParseLine): ParsedLine | undefined {
    // A value of the day is known where the site is.
    const words = step.run.map((word) => {
      const found = placeholderIn(word)
      return (found?.from === 'site' && this.site ? siteValue(this.site, found.name) : undefined) ?? word
    })
    const flag = flagIn(step.run, words)
    if (flag !== undefined) this.tell(step, `the value of ${flag} begins with a dash, and would be a flag`)
    try {
      const open = parseLine(step.run, (word) => placeholderIn(word) !== undefined)
      if (words.some((word, i) => word !== step.run[i])) parseLine(words, (word) => placeholderIn(word) !== undefined)
      return open
    } catch (error) {
      if (!(error instanceof KeyriteError)) throw error
      this.tell(step, `keyrite does not understand this command: ${error.message}`)
      return undefined
    }
  }
}
