// Codes about what leaves the ledger for people who weren't there: exports, publications, proofs and witnesses. See codes.ts.
import type { CodeTable } from './code-table.ts'

export const EVIDENCE_CODES = {
  'CURSOR-LEDGER': [[5], 'the record that a cursor stands at is in the ledger, unchanged'],
  'CURSOR-SHAPE': [[5], 'a cursor is a file that audit export made'],
  'EXPORT-FILE': [[3], 'a file that an export goes on with holds what was exported, and nothing else'],
  'PUBLISHED-GROWS': [[5], 'what was published is the beginning of what takes its place'],
} as const satisfies CodeTable
