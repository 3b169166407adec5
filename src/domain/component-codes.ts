// The codes of components.
import type { CodeTable } from './code-table.ts'

export const COMPONENT_CODES = {
  'COMPONENT-FORM': [[3], 'a component has as many hex digits as its key'],
  'COMPONENT-KCV': [[3, 5], 'a component has the check value that its file says'],
  'COMPONENT-SOUND': [[3], 'a component hides something: it is not all zeros, and no other one again'],
} as const satisfies CodeTable
