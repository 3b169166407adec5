// Codes about what ceremonies leave: their marks in the ledger. See codes.ts.
import type { CodeTable } from './code-table.ts'

export const CEREMONY_RECORD_CODES = {
  'CEREMONY-CLOSED': [[3, 5], 'after the note that closes a ceremony only its last checkpoint follows'],
  'CEREMONY-ONCE': [[3, 5], 'a ceremony that was brought to its end is not opened again'],
  'CEREMONY-OPEN': [[3, 5], 'one ceremony at a time is open, and what is marked as its is by its script and site'],
} as const satisfies CodeTable
