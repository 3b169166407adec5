// What people say of a change, as others read it: nobody can tell from the ledger whether it is true.
import type { MaybeSaid } from '../domain/said.ts'
import type { Field } from '../terminal/text.ts'

const asSaid = (text: string | undefined): string | undefined => text && `${text}  (said, not proven)`

export const saidFields = ({ reason, ticket, requestedBy }: MaybeSaid): Field[] => [
  ['reason', reason],
  ['ticket', asSaid(ticket)],
  ['asked by', asSaid(requestedBy)],
]

/** A line each. */
export const saidInWords = (said: MaybeSaid): string[] =>
  saidFields(said).flatMap(([what, text]) => (text === undefined ? [] : [`${what}: ${text}`]))
