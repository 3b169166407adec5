// The steps of a ceremony that run no command, each as its kind has it.

import { flagIn, placeholderIn } from '../ceremony/fill-in.ts'
import { likeInWords } from '../ceremony/like-words.ts'
import { siteValue } from '../ceremony/site.ts'
import type { CeremonyStep, StepOf } from '../ceremony/step.ts'
import { filledIn } from '../ceremony/verify/steps.ts'
import { blanksIn, comparedIn, isLike } from '../ceremony/verify/values.ts'
import { askFor } from '../cli/ask.ts'
import { EXIT, KeyriteError, usage } from '../domain/errors.ts'
import type { NewEntry } from '../domain/journal.ts'
import { beforeVersion } from '../domain/names.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { counted } from '../domain/words.ts'
import { comparedInWords, readable } from '../views/ceremony/words.ts'
import { quotedLine } from '../views/ceremony-step.ts'
import { type Answered, askException, askStaying, askStep, askText, askYes } from './ceremony-asking.ts'
import { runCommand } from './ceremony-command.ts'
import { isPausedAt, resumeAll } from './ceremony-resume.ts'
import type { CeremonyWork } from './ceremony-work.ts'

type Told = Partial<Omit<Extract<NewEntry, { type: 'step' }>, 'type' | 'step' | 'kind' | 'by' | 'began'>>

/** Until it is in the journal, or there is a break. */
export async function takeStep(step: CeremonyStep, work: CeremonyWork): Promise<Answered> {
  if (step.kind === 'sign') return { done: true }
  work.readAnew()
  if (step.kind === 'run') return runCommand(step, work)
  const began = work.now
  const told = step.kind === 'pause' ? await pause(step, work) : await tellStep(step, work)
  if ('paused' in told) return { paused: true }
  await work.add({
    type: 'step',
    step: step.id,
    kind: step.kind,
    began,
    by: work.peopleOf(step.by),
    ...told,
  })
  return { done: true }
}

type Other = Exclude<CeremonyStep, StepOf<'run' | 'pause' | 'sign'>>

async function tellStep(step: Other, work: CeremonyWork): Promise<Told | { paused: true }> {
  const known = step.kind === 'attach' ? knownFile(step, work) : undefined
  if (known !== undefined) work.terminal.show(quotedLine(known))
  const answer = await askStep(step, known === undefined ? ENTER[step.kind] : 'attach it', work)
  if (!('done' in answer)) return answer
  switch (step.kind) {
    case 'read':
      return {}
    case 'check':
      return agreed('is it so', step, work)
    case 'compare':
      return compare(step, work)
    case 'enter': {
      const values: Record<string, string> = {}
      for (const blank of step.blanks) values[blank] = await askBlank(blank, work)
      return { values }
    }
    case 'media':
      return media(step, work)
    case 'attach':
      return (await attach(step, work)) ?? (await tellStep(step, work))
  }
}

const ENTER: { readonly [Kind in Other['kind']]: string } = {
  read: 'it was read',
  check: 'say whether it is so',
  compare: 'show the value',
  enter: 'enter it',
  media: 'enter the number',
  attach: 'name the file',
}

/** No is an exception: the step is left out, or taken all the same. */
async function agreed(question: string, step: Other, work: CeremonyWork, told: Told = {}): Promise<Told> {
  if (await askYes(question, work)) return told
  const exception = await askException(step, work, question)
  return exception === undefined ? told : { exception }
}

async function compare(step: StepOf<'compare'>, work: CeremonyWork): Promise<Told> {
  const value = valueToCompare(step, work)
  if (value === undefined) {
    const exception = `there is no ${step.value}${step.of === undefined ? '' : ` of ${step.of}`} to compare`
    work.terminal.show(`  ${exception}`)
    await work.add({ type: 'exception', step: step.id, text: exception })
    return { exception }
  }
  work.terminal.show([`  ${comparedInWords(step)}`, `    ${readable(value)}`])
  return agreed('is it the same for all of them', step, work, { values: { [step.value]: value } })
}

function valueToCompare(step: StepOf<'compare'>, work: CeremonyWork): string | undefined {
  if (step.value !== 'key.fingerprint') return comparedIn(step, work.given)
  const key = step.of ?? ''
  return work.history.key(beforeVersion(key) ?? key, Number(key.split('#')[1]))?.fingerprint
}

async function askBlank(blank: string, work: CeremonyWork): Promise<string> {
  const { ask = blank, like } = work.given.script.blanks?.[blank] ?? {}
  for (;;) {
    work.terminal.show(quotedLine(ask))
    const text = await askText(`${blank}:`, work)
    const wrong = like === undefined || isLike(text, like) ? unfit(blank, text, work) : unlike(like)
    if (wrong === undefined) return text
    work.terminal.show(`  ${wrong}`)
  }
}

const unlike = (like: string): string => {
  const words = likeInWords(like)
  return words === undefined ? 'it is not written as the script wants it' : `it does not fit: the script wants ${words}`
}

/** Why a command that it goes into would not take it: when its turn comes nothing can be entered anew. */
function unfit(blank: string, value: string, { given: { script, site }, context }: CeremonyWork): string | undefined {
  for (const step of script.steps) {
    if (step.kind !== 'run' || !step.run.includes(`{blank.${blank}}`)) continue
    const words = filledIn(step.run, { site, blanks: { [blank]: value } })
    if (flagIn(step.run, words) !== undefined)
      return `it begins with a dash, and step ${step.id} would read it as a flag`
    try {
      context.parseLine(words, (word) => placeholderIn(word) !== undefined)
    } catch (error) {
      if (!(error instanceof KeyriteError)) throw error
      return `step ${step.id} could not take it: ${error.message}`
    }
  }
  return undefined
}

/** A bag that is opened has the number that it was sealed with. */
async function media(step: StepOf<'media'>, work: CeremonyWork): Promise<Told> {
  const before = blanksIn(work.given)[step.blank]
  const found = await askBlank(step.blank, work)
  const told = { values: { [step.blank]: found } }
  if (step.bag === 'sealed' || before === undefined || before === found) return told
  work.terminal.show(`  the bag that was sealed had the number ${before}: this is another`)
  const exception = await askException(step, work)
  return exception === undefined ? told : { ...told, exception }
}

/** Its digest is what people write down. Undefined where it can't be had: a medium that is away may come back. */
async function attach(step: StepOf<'attach'>, work: CeremonyWork): Promise<Told | undefined> {
  const path = await fileOf(step, work)
  try {
    const file = work.kept.keepFile(path)
    work.terminal.show([`  ${counted(file.bytes, 'byte')}, SHA-256`, `    ${readable(file.sha256)}`])
    return { file }
  } catch (error) {
    const { exit, message } = failureFrom(error)
    if (exit === EXIT.bug) throw error
    work.terminal.show([
      `  ${message}`,
      '  nothing is attached yet: put the file there, and press Enter, or e to go on without it',
    ])
    return undefined
  }
}

const knownFile = ({ file }: StepOf<'attach'>, { given }: CeremonyWork): string | undefined =>
  file === undefined ? undefined : siteValue(given.site, file)

async function fileOf(step: StepOf<'attach'>, work: CeremonyWork): Promise<string> {
  const known = knownFile(step, work)
  if (known !== undefined) return known
  const { context, terminal } = work
  return askFor(
    'the file:',
    'a ceremony is for people: run it at a terminal',
    async (path) => {
      if (path === '') throw usage('name a file')
      context.ledgers.artefactOf(path)
      return path
    },
    terminal,
  )
}

/** Whoever stays is named; when all are back they are named again. */
async function pause(step: StepOf<'pause'>, work: CeremonyWork): Promise<Told | { paused: true }> {
  if (!work.lines.some(({ entry }) => entry.type === 'paused' && entry.step === step.id)) {
    await work.add({ type: 'paused', step: step.id, stay: await askStaying(step.stay, work) })
    const asked = 'Enter: all are back   q: end the program until then   '
    const answer = (await work.terminal.ask(asked, 'run it at a terminal')).trim()
    if (answer.toLowerCase() === 'q') return { paused: true }
  }
  // A program that was started again has resumed already.
  if (isPausedAt(step.id, work)) await resumeAll(work)
  return {}
}
