// Codes about manifests, and about files that people write. See codes.ts.
import type { CodeTable } from './code-table.ts'

export const MANIFEST_CODES = {
  JSON: [[2], 'a file that people write is JSON in which no member stands twice, or TOML'],
  'KEYS-DUE': [[5], 'nothing that the manifest in force wants is due'],
  MANIFEST: [[2, 5], 'a manifest has the members that docs/formats.md names, and they fit each other'],
  'MANIFEST-IN-FORCE': [[3], 'a manifest is in force, once custodians have approved one and it was carried out'],
  TOML: [[2], 'a file that people write is TOML in which nothing stands twice'],
} as const satisfies CodeTable
