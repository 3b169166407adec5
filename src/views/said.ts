// What people say of a change, as others read it: nobody can tell from the ledger whether it is true.
import { otherLetters } from '../domain/letters.ts'
import { quoted } from '../domain/names.ts'
import type { MaybeSaid } from '../domain/said.ts'
import { type Field, marked } from '../terminal/text.ts'

const asSaid = (text: string | undefined): string | undefined => text && `${text}  (said, not proven)`

export const saidFields = ({ reason, ticket, requestedBy }: MaybeSaid): Field[] => [
  ['reason', reason],
  ['ticket', asSaid(ticket)],
  ['asked by', asSaid(requestedBy)],
]

/** A line each. */
export const saidInWords = (said: MaybeSaid): string[] =>
  saidFields(said).flatMap(([what, text]) => (text === undefined ? [] : [`${what}: ${text}`]))

/** Of every text in a plan, whoever chose it: letters that may be taken for others. Where they stand among Latin ones it stands out. */
export const letterFields = (plan: object): Field[] =>
  [...textsIn(plan)].flatMap((text): Field[] => {
    const letters = otherLetters(text)
    if (letters.length === 0) return []
    const told = `${quoted(text)} has ${letters.slice(0, SHOWN).join(', ')}${letters.length > SHOWN ? ' and others' : ''}`
    return /\p{Script=Latin}/u.test(text)
      ? [['LETTERS', marked(`${told}: they may look like Latin ones`, 'warning')]]
      : [['letters', told]]
  })

const SHOWN = 4

/** Those that are more than ASCII. */
function textsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') {
    if (!/^[ -~]*$/.test(value)) found.add(value)
  } else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) textsIn(one, found)
  return found
}
