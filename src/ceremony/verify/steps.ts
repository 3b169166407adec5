// The steps of a journal against the script: each once, in order, by whom it names, and as it is written.
import type { EntryOf } from '../../domain/journal.ts'
import { placeholderIn } from '../fill-in.ts'
import { siteValue } from '../site.ts'
import { type CeremonyStep, type StepOf, withoutRecovery } from '../step.ts'
import { endOf, type Fault, type Given, takenSteps } from './given.ts'
import { blanksIn, strangeValues, wrongValues } from './values.ts'

/** STEP-ONCE, STEP-ORDER, STEP-KNOWN, STEP-MISSING, STEP-AS-WRITTEN, JOURNAL-END. */
export function wrongSteps(given: Given): Fault[] {
  return [...wrongOrder(given), ...takenSteps(given).flatMap((entry) => wrongStep(entry, given)), ...wrongEnd(given)]
}

/** The first that is not in the journal; the last of all where every one is. */
export function nextStep({ script: { steps }, lines }: Pick<Given, 'script' | 'lines'>): string {
  const taken = new Set(takenSteps({ lines }).map(({ step }) => step))
  return (steps.find(({ id, kind }) => kind !== 'sign' && !taken.has(id)) ?? steps.at(-1)!).id
}

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
  const odd = strangeValues(entry, step)
  if (entry.exception !== undefined) return [...found, ...odd]
  return [...found, ...odd, ...ofKind(entry, step, given)]
}

function ofKind(entry: EntryOf<'step'>, step: CeremonyStep, given: Given): string[] {
  switch (step.kind) {
    case 'run':
      return wrongRun(entry, step, given)
    case 'attach':
      return entry.file ? [] : ['no file was attached']
    case 'pause':
      return hasStayed(step, given) ? [] : [`no break tells of ${step.stay} people who stayed`]
    default:
      return wrongValues(entry, step, given)
  }
}

const hasStayed = ({ id, stay }: StepOf<'pause'>, { lines }: Given): boolean =>
  lines.some(({ entry }) => entry.type === 'paused' && entry.step === id && entry.stay.length >= stay)

function wrongRun(entry: EntryOf<'step'>, step: StepOf<'run'>, given: Given): string[] {
  const command = filledBy(step.run, given)
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

/** The words of a command with the values of the day. A value that is not there stays as it is written. */
export const filledBy = (words: readonly string[], given: Pick<Given, 'site' | 'lines'>): string[] =>
  filledIn(words, { site: given.site, blanks: blanksIn(given) })

export function filledIn(
  words: readonly string[],
  { site, blanks }: Pick<Given, 'site'> & { blanks: { readonly [name: string]: string } },
): string[] {
  return words.map((word) => {
    const place = placeholderIn(word)
    if (!place) return word
    return (place.from === 'site' ? siteValue(site, place.name) : blanks[place.name]) ?? word
  })
}
