// After a break, or where the program ended: everyone is named again, bag numbers are compared, and the last code is read again.
import { inRoles } from '../ceremony/site.ts'
import { nextStep } from '../ceremony/verify/steps.ts'
import { recordCode } from '../domain/code.ts'
import { rolesInWords } from '../views/ceremony-step.ts'
import { askText, askWhy, askYes } from './ceremony-asking.ts'
import type { CeremonyWork } from './ceremony-work.ts'

/** It stands still before this step, and nobody has resumed it. */
export const isPausedAt = (id: string, { lines }: CeremonyWork): boolean => {
  const last = lines.findLast(({ entry }) => entry.type === 'paused' || entry.type === 'resumed')?.entry
  return last?.type === 'paused' && last.step === id
}

export async function resumeAll(work: CeremonyWork): Promise<void> {
  const { terminal, given, leaf } = work
  const next = nextStep(work.given)
  terminal.show(['', '  these people take part:', ...rolesInWords(given.site)])
  if (!(await askYes(HERE, work))) await tell('who is not here, and who is there instead:', next, work, HERE)
  for (const [blank, number] of Object.entries(sealedBags(work))) {
    const found = await askText(`number of the bag ${blank}, as it is on the bag:`, work)
    if (found === number) continue
    terminal.show(`  it was sealed as ${number}: this is another number`)
    await tell('what is to be said of that:', next, work)
  }
  terminal.show(['', '  the journal so far', `  ${recordCode(leaf)}`])
  const wasNoted = work.lines.at(-1)!.entry.type === 'paused'
  const question = wasNoted ? NOTED : UNNOTED
  if (!(await askYes(question, work))) await tell('what is to be said of that:', next, work, question)
  await work.add({ type: 'resumed', people: inRoles(given.site.people, Object.keys(given.script.roles)), read: leaf })
}

const HERE = 'is each of them here'
const NOTED = 'is it the code that was noted at the break'
/** The program ended, or the terminal was gone: no code was shown. */
const UNNOTED = 'nobody paused it, so no code was noted: has everyone read this one'

async function tell(question: string, step: string, work: CeremonyWork, no?: string): Promise<void> {
  await work.add({ type: 'exception', step, text: await askWhy(question, step, work, no) })
}

/** The number of each bag that is sealed now, by its blank. */
function sealedBags({ given: { script }, lines }: CeremonyWork): Record<string, string> {
  const sealed: Record<string, string> = {}
  for (const { entry } of lines) {
    if (entry.type !== 'step') continue
    const step = script.steps.find(({ id }) => id === entry.step)
    const number = step?.kind === 'media' ? entry.values?.[step.blank] : undefined
    if (step?.kind !== 'media' || number === undefined) continue
    if (step.bag === 'sealed') sealed[step.blank] = number
    else delete sealed[step.blank]
  }
  return sealed
}
