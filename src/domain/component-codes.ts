// The codes of components.
import type { CodeTable } from './code-table.ts'

export const COMPONENT_CODES = {
  'COMPONENT-FORM': [[3], 'a component has as many hex digits as its key'],
  'COMPONENT-KCV': [[3, 5], 'a component has the check value that its file says'],
  'COMPONENT-SOUND': [[3], 'a component hides something: it is made by chance, is no other one again, and not the key'],
  'DES-PARITY': [
    [3],
    'each byte of a DES key, and of its components, has odd parity, or it is accepted that some have not',
  ],
} as const satisfies CodeTable
