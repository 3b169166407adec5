// The steps of a journal against the script: each once, in order, by whom it names, and as it is written.
import { shortCode } from '../../domain/code.ts'
import { fromBase64url } from '../../domain/encoding.ts'
import type { EntryOf } from '../../domain/journal.ts'
import { placeholderIn } from '../fill-in.ts'
import { siteValue } from '../site.ts'
import { type CeremonyStep, type StepOf, withoutRecovery } from '../step.ts'
import { endOf, type Fault, type Given, isTaken } from './given.ts'

/** STEP-ONCE, STEP-ORDER, STEP-KNOWN, STEP-MISSING, STEP-AS-WRITTEN, JOURNAL-END. */
export function wrongSteps(given: Given): Fault[] {
  return [...wrongOrder(given), ...takenSteps(given).flatMap((entry) => wrongStep(entry, given)), ...wrongEnd(given)]
}

export const takenSteps = ({ lines }: Pick<Given, 'lines'>): EntryOf<'step'>[] =>
  lines.flatMap((line) => (isTaken(line) && line.entry.type === 'step' ? [line.entry] : []))

/** Signatures have no line of their own. */
const wantedSteps = ({ script }: Pick<Given, 'script'>): CeremonyStep[] =>
  script.steps.filter(({ kind }) => kind !== 'sign')

function wrongOrder(given: Given): Fault[] {
  const faults: Fault[] = []
  const wanted = wantedSteps(given).map(({ id }) => id)
  const seen = new Set<string>()
  let next = 0
  for (const { step } of takenSteps(given)) {
    const id = withoutRecovery(step)
    const at = wanted.indexOf(id)
    if (at === -1) faults.push({ code: 'STEP-KNOWN', message: `the script has no step ${step}` })
    else if (seen.has(step)) faults.push({ code: 'STEP-ONCE', message: `step ${step} was taken twice` })
    else if (at < next)
      faults.push({ code: 'STEP-ORDER', message: `step ${step} was taken after step ${wanted[next - 1]}` })
    seen.add(step)
    if (step === id && at !== -1) next = Math.max(next, at + 1)
  }
  if (endOf(given)?.type !== 'closed') return faults
  for (const id of wanted) if (!seen.has(id)) faults.push({ code: 'STEP-MISSING', message: `step ${id} was not taken` })
  return faults
}

/** JOURNAL-END. */
function wrongEnd(given: Given): Fault[] {
  const { lines } = given
  if (endOf(given)) return []
  const last = lines.at(-1)!.entry
  const where = 'step' in last ? `, at step ${last.step}` : ''
  return [{ code: 'JOURNAL-END', message: `the journal breaks off after line ${last.seq}${where}` }]
}

function wrongStep(entry: EntryOf<'step'>, given: Given): Fault[] {
  const step = given.script.steps.find(({ id }) => id === entry.step)
  const why = step ? differences(entry, step, given) : []
  return why.map((what) => ({ code: 'STEP-AS-WRITTEN', message: `step ${entry.step}: ${what}` }))
}

function differences(entry: EntryOf<'step'>, step: CeremonyStep, given: Given): string[] {
  const roles = new Set(entry.by.flatMap(({ roles }) => roles))
  const lacking = step.by.filter((role) => !roles.has(role))
  const found = lacking.length > 0 ? [`nobody was there as ${lacking.join(', ')}`] : []
  if (entry.kind !== step.kind) return [...found, `it was taken as ${entry.kind}, and is ${step.kind}`]
  if (entry.exception !== undefined) return found
  return [...found, ...ofKind(entry, step, given)]
}

function ofKind(entry: EntryOf<'step'>, step: CeremonyStep, given: Given): string[] {
  const values = entry.values ?? {}
  switch (step.kind) {
    case 'enter':
      return step.blanks.flatMap((blank) => wrongBlank(blank, values[blank], given))
    case 'media':
      return wrongBlank(step.blank, values[step.blank], given)
    case 'compare': {
      const wanted = comparedIn(step, given)
      return wanted === undefined || values[step.value] === wanted
        ? []
        : [`${step.value} is ${wanted}, and ${values[step.value] ?? 'nothing'} was compared`]
    }
    case 'run':
      return wrongRun(entry, step, given)
    case 'attach':
      return entry.file ? [] : ['no file was attached']
    default:
      return []
  }
}

function wrongBlank(blank: string, value: string | undefined, { script }: Given): string[] {
  if (value === undefined) return [`nothing was entered for ${blank}`]
  const like = script.blanks?.[blank]?.like
  return like === undefined || isLike(value, like) ? [] : [`${blank} is ${value}, which is not like ${like}`]
}

export const isLike = (value: string, like: string): boolean => new RegExp(like, 'u').test(value)

/** What two people had to see. Undefined where only the ledger tells. */
export function comparedIn(step: StepOf<'compare'>, given: Given): string | undefined {
  if (step.value === 'script.code') return given.code
  if (step.value === 'tool.sha256') return given.opened.tool.sha256
  if (step.value !== 'plan.code') return undefined
  const plan = takenSteps(given)
    .find((entry) => entry.step === step.of)
    ?.plans?.at(-1)
  return plan === undefined ? undefined : shortCode(fromBase64url(plan))
}

function wrongRun(entry: EntryOf<'step'>, step: StepOf<'run'>, given: Given): string[] {
  const command = filledIn(step.run, given)
  const wanted = step.expect?.exit ?? 0
  return [
    ...(JSON.stringify(command) === JSON.stringify(entry.command)
      ? []
      : [`another command was run: keyrite ${(entry.command ?? []).join(' ')}`]),
    ...(entry.exit === undefined || entry.exit === wanted
      ? []
      : [`its command ended with ${entry.exit}, and not with ${wanted}`]),
  ]
}

/** What was entered so far, by blank. */
export const blanksIn = (given: Pick<Given, 'lines'>): Readonly<Record<string, string>> =>
  Object.assign({}, ...takenSteps(given).map(({ values }) => values ?? {}))

/** The words of a command with the values of the day. A value that is not there stays as it is written. */
export function filledIn(words: readonly string[], given: Pick<Given, 'site' | 'lines'>): string[] {
  const blanks = blanksIn(given)
  return words.map((word) => {
    const place = placeholderIn(word)
    if (!place) return word
    return (place.from === 'site' ? siteValue(given.site, place.name) : blanks[place.name]) ?? word
  })
}
