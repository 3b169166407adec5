// A line of an export in each of its formats.
import type { ExportFormat } from '../../cli/options.ts'
import { cef } from './cef.ts'
import type { Event } from './events.ts'
import { jsonl } from './jsonl.ts'
import { ocsf } from './ocsf.ts'
import { rfc5424 } from './rfc5424.ts'

const LINES: { readonly [format in ExportFormat]: (event: Event) => string } = { jsonl, ocsf, cef, rfc5424 }

/** Without its LF. The same event is the same line, whoever exports it and when. */
export const exportLine = (event: Event, format: ExportFormat): string => LINES[format](event)
