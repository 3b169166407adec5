// Codes about ceremonies: their scripts, and the files of their sites. See codes.ts.
import type { CodeTable } from './code-table.ts'

export const CEREMONY_CODES = {
  'CEREMONY-POSSIBLE': [[3], 'each step of a ceremony can be taken, by these people, when its turn comes'],
  'CEREMONY-SCRIPT': [[2], 'the script of a ceremony has the members that docs/formats.md names'],
  'CEREMONY-SITE': [[2], 'the site file of a ceremony has the members that docs/formats.md names'],
} as const satisfies CodeTable
