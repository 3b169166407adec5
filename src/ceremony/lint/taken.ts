// What can be had once: a blank token, and the place of a custodian who leaves or joins.
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { has, valuesOf } from './commands.ts'
import type { Stage, Staged } from './stage.ts'

export function checkTaken(stage: Stage): void {
  const before = new Map<string, string>()
  for (const staged of stage.steps) {
    const { step, line } = staged
    if (!line || has(line, '--dry-run')) continue
    for (const { what, why } of takenBy(line)) {
      const first = before.get(what)
      if (first === undefined) before.set(what, step.id)
      else stage.tell(step, why(first))
    }
    for (const what of givenBackBy(staged)) before.delete(what)
  }
}

interface Taken {
  what: string
  why(step: string): string
}

/** Whoever takes a token initialises it: what is erased afterwards is not blank either. */
const TAKE_BLANK = ['partition init', 'backup test', 'backup restore', 'app init', 'app replace', 'member add']

function takenBy(line: ParsedLine): Taken[] {
  const module = valuesOf(line, '--module').join()
  const slots = TAKE_BLANK.includes(line.path) ? valuesOf(line, '--slot') : []
  const [leaving, joining] = isChange(line) ? [valuesOf(line, '--remove'), valuesOf(line, '--add')] : [[], []]
  return [
    ...slots.map((slot) => ({
      what: `slot ${slot} ${module}`,
      why: (first: string) => `step ${first} has taken the blank token in slot ${slot} already`,
    })),
    ...leaving.map((who) => ({
      what: `leaves ${who}`,
      why: (first: string) => `${who} has left in step ${first} already`,
    })),
    ...joining.map((who) => ({
      what: `joins ${who}`,
      why: (first: string) => `${who} has joined in step ${first} already`,
    })),
  ]
}

/** Shares are staged before they replace others: that is one change. */
const isChange = ({ path }: ParsedLine): boolean => path === 'quorum replace'

/** Whoever leaves may join again later, and the other way round. */
const givenBackBy = ({ line }: Staged): string[] =>
  line && isChange(line)
    ? [
        ...valuesOf(line, '--remove').map((who) => `joins ${who}`),
        ...valuesOf(line, '--add').map((who) => `leaves ${who}`),
      ]
    : []
