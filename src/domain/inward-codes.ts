// The codes of what comes to a token from elsewhere.
import type { CodeTable } from './code-table.ts'

export const INWARD_CODES = {
  'IMPORT-CHECK': [[3, 5], 'what came is the key that was announced'],
  'IMPORT-GONE': [[5], 'a key that came as another than was announced is not on the token any more'],
} as const satisfies CodeTable
