// Values of the day: blanks that are filled in before they are used, and values that the site file has.
import { listed, orMeant } from '../../domain/words.ts'
import { isBroken, placeholderIn } from '../fill-in.ts'
import { siteValue } from '../site.ts'
import type { CeremonyStep } from '../step.ts'
import { mayBeginWithDash } from './likes.ts'
import type { Stage } from './stage.ts'

export function checkBlanks(stage: Stage): void {
  const { script, site } = stage
  const blanks = new Map(Object.entries(script.blanks ?? {}))
  for (const [name, { like }] of blanks) stage.tell(undefined, wrongLike(name, like))
  const filled = new Set<string>()
  for (const { step } of stage.steps) {
    for (const word of wordsIn(step)) {
      const found = placeholderIn(word)
      if (isBroken(word)) stage.tell(step, `${word} is no value: {site.NAME} or {blank.NAME} is a whole word`)
      if (found?.from === 'site' && site && siteValue(site, found.name) === undefined)
        stage.tell(step, `the site file has no ${found.name}`)
      if (found?.from !== 'blank') continue
      stage.tell(step, mayBeFlag(found.name, blanks.get(found.name)))
      if (!blanks.has(found.name))
        stage.tell(step, `no blank is called ${found.name}${orMeant(found.name, blanks.keys())}`)
      else if (!filled.has(found.name)) stage.tell(step, `the blank ${found.name} is not filled in yet`)
    }
    for (const name of filledIn(step)) {
      if (!blanks.has(name)) stage.tell(step, `no blank is called ${name}${orMeant(name, blanks.keys())}`)
      filled.add(name)
    }
  }
  const never = [...blanks.keys()].filter((name) => !filled.has(name))
  if (never.length > 0) stage.tell(undefined, `no step fills in ${listed(never)}`)
}

const wordsIn = (step: CeremonyStep): readonly string[] =>
  step.kind === 'run' ? step.run : step.kind === 'attach' && step.file !== undefined ? [`{site.${step.file}}`] : []

/** What is written down must not be read as a flag. */
function mayBeFlag(name: string, blank: { like?: string | undefined } | undefined): string | undefined {
  if (!blank) return undefined
  if (blank.like === undefined) return `the blank ${name} goes into a command: say with like what it may be`
  if (wrongLike(name, blank.like) !== undefined) return undefined
  return mayBeginWithDash(blank.like)
    ? `the blank ${name} goes into a command, and may begin with a dash: let its like begin with what an answer begins with`
    : undefined
}

const filledIn = (step: CeremonyStep): readonly string[] =>
  step.kind === 'enter' ? step.blanks : step.kind === 'media' ? [step.blank] : []

function wrongLike(name: string, like: string | undefined): string | undefined {
  if (like === undefined) return undefined
  try {
    new RegExp(like, 'u')
  } catch {
    return `the blank ${name} is like ${JSON.stringify(like)}, which is no regular expression`
  }
  return like.startsWith('^') && like.endsWith('$')
    ? undefined
    : `the blank ${name} takes whatever holds ${JSON.stringify(like)}: begin it with ^ and end it with $`
}
