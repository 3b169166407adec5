// What people are asked at each step of a ceremony: that it is done, what is not as the script has it, or whether there is a break.
import type { CeremonyStep } from '../ceremony/step.ts'
import { askFor } from '../cli/ask.ts'
import { usage } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import { checkTexts } from '../domain/texts.ts'
import { listed } from '../domain/words.ts'
import { ofStep } from '../views/ceremony-step.ts'
import type { CeremonyWork } from './ceremony-work.ts'

/** Where nobody can be asked there is no ceremony. */
const AT_TERMINAL = 'a ceremony is for people: run it at a terminal, without --no-input'

/** `exception`: the step was left out, and why. `paused`: the program ends here, and resume goes on. */
export type Answered = { done: true } | { exception: string } | { paused: true }

/** `what`: what Enter says. */
export async function askStep(step: CeremonyStep, what: string, work: CeremonyWork): Promise<Answered> {
  for (;;) {
    const answer = (await work.terminal.ask(`Enter: ${what}   e: exception   p: pause   ?: why   `, AT_TERMINAL))
      .trim()
      .toLowerCase()
    if (answer === '') return { done: true }
    if (answer === '?') work.terminal.show(ofStep(step, work.given))
    else if (answer === 'e') {
      const exception = await askException(step, work)
      if (exception !== undefined) return { exception }
    } else if (answer === 'p') {
      await work.add({ type: 'paused', step: step.id, stay: await askStaying(2, work) })
      return { paused: true }
    } else work.terminal.show('  press Enter, or one of e, p and ?')
  }
}

/** On the disk at once. Its text where the step is left out. */
export async function askException(step: CeremonyStep, work: CeremonyWork, no?: string): Promise<string | undefined> {
  const text = await askWhy('what is not as the script has it:', step.id, work, no)
  await work.add({ type: 'exception', step: step.id, text })
  return (await askYes('can the step be taken all the same', work)) ? undefined : text
}

/** `no`: the question to which no was said: that is kept also where nobody says why. */
export async function askWhy(question: string, step: string, work: CeremonyWork, no?: string): Promise<string> {
  try {
    return await askText(question, work)
  } catch (error) {
    if (no !== undefined) await work.add({ type: 'exception', step, text: `no was said to: ${no}; not why` })
    throw error
  }
}

export const askText = (question: string, work: CeremonyWork): Promise<string> =>
  askFor(
    question,
    AT_TERMINAL,
    (text) => {
      if (text === '') throw usage('say it in a few words')
      if (text.length > 500) throw usage(`${text.length} characters; 500 at the most`)
      checkTexts(text)
      return text
    },
    work.terminal,
  )

export const askYes = (question: string, work: CeremonyWork): Promise<boolean> =>
  askFor(
    `${question} (y or n):`,
    AT_TERMINAL,
    (text) => {
      if (!/^(y|yes|n|no)$/i.test(text)) throw usage('type y or n')
      return /^y/i.test(text)
    },
    work.terminal,
  )

/** The names of the site of those who stay with what lies open. */
export const askStaying = (least: number, work: CeremonyWork): Promise<string[]> =>
  askFor(
    `who stays, ${least} at least (names, with commas between them):`,
    AT_TERMINAL,
    (text) => {
      const known = work.given.site.people.map(({ name }) => name)
      const names = [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '')
      const strange = names.find((name) => !known.includes(name))
      if (strange !== undefined) throw usage(`${strange} is not in the site file: ${listed(known)}`)
      if (names.length < least) throw usage(`that is ${names.length}, and at least ${least} stay`)
      return names.sort()
    },
    work.terminal,
  )

/** INPUT-MISSING. */
export function checkAtTerminal({ interactive }: { interactive: boolean }): void {
  if (!interactive)
    throw usage(
      'a ceremony asks people at every step, and nobody can be asked here',
      keyrite('ceremony', 'run', '--help'),
      'INPUT-MISSING',
    )
}
