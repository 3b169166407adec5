// The options by which people say of a change why it is made, for which ticket, and who asked for it.
import type { Command } from 'commander'
import { usage } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import type { Said } from '../domain/said.ts'
import { checkTexts } from '../domain/texts.ts'

export const withSaid = (command: Command): Command =>
  command
    .option('--reason <text>', 'why, for the ledger', parseReason)
    .option('--ticket <text>', 'the ticket that the change belongs to, for the ledger', parseTicket)
    .option('--requested-by <text>', 'who asked for it, for the ledger: said, not proven', parseRequester)

/** For a command that goes on with what was begun. */
export const saidFlags = ({ reason, ticket, requestedBy }: Said) => ({
  '--reason': reason,
  '--ticket': ticket,
  '--requested-by': requestedBy,
})

const LONGEST = 500

/** TEXT: what people still read before they approve. */
const said =
  (what: string, flag: string, longest: number) =>
  (text: string): string => {
    if (text.trim() === '') throw usage(`the ${what} is empty`, add(flag, 'TEXT'), 'TEXT')
    if (text.length > longest)
      throw usage(`the ${what} has ${text.length} characters; ${longest} at the most`, undefined, 'TEXT')
    checkTexts(text)
    return text
  }

export const parseReason = said('reason', '--reason', LONGEST)
const parseTicket = said('ticket', '--ticket', 100)
const parseRequester = said('name of who asked', '--requested-by', 100)
