// A script is tried out on paper: every step in turn, with what the steps before it leave. All that can't be is told at once.
import type { ParseLine } from '../../domain/parsed-line.ts'
import { placeholderIn } from '../fill-in.ts'
import type { Problem } from '../read-shape.ts'
import type { CeremonyScript } from '../script.ts'
import type { CeremonySite } from '../site.ts'
import { checkBags } from './bags.ts'
import { checkBlanks } from './blanks.ts'
import { checkLedger } from './ledger.ts'
import { checkOrder, totalOf } from './order.ts'
import { checkPeople } from './people.ts'
import { type Known, Stage } from './stage.ts'
import { checkWords } from './words.ts'

export interface Linted {
  /** In the order of the steps; what is of no step comes first. */
  problems: Problem[]
  remarks: string[]
  /** Of all steps together. */
  seconds: number
  /** Values that a site file has to have. */
  siteValues: string[]
}

export function lintScript(
  script: CeremonyScript,
  site: CeremonySite | undefined,
  parseLine: ParseLine,
  known: Known = {},
): Linted {
  const stage = new Stage(script, site, parseLine, known)
  for (const check of [checkPeople, checkLedger, checkBlanks, checkBags, checkWords, checkOrder]) check(stage)
  const ids = script.steps.map(({ id }) => id)
  const problems = stage.problems.toSorted((a, b) => ids.indexOf(a.step ?? '') - ids.indexOf(b.step ?? ''))
  return { problems, remarks: stage.remarks, seconds: totalOf(stage), siteValues: siteValuesOf(script) }
}

/** Names of site values that it needs. */
export function siteValuesOf({ steps }: CeremonyScript): string[] {
  const words = steps.flatMap((step) => (step.kind === 'run' ? step.run.map(placeholderIn) : []))
  const files = steps.flatMap((step) => (step.kind === 'attach' && step.file !== undefined ? [step.file] : []))
  const names = words.flatMap((found) => (found?.from === 'site' ? [found.name] : []))
  return [...new Set([...names, ...files])].sort()
}
