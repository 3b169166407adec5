// What a plugin of Nagios says: one line with the worst, the rest below it, and numbers behind a bar.
import { counted } from '../../domain/words.ts'
import type { Finding } from './findings.ts'
import type { Watched } from './metrics.ts'

/** Exit codes of Nagios plugins. */
export const NAGIOS = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const
type State = keyof typeof NAGIOS

const stateOf = (findings: readonly Finding[]): State =>
  findings.some(({ severity }) => severity === 'critical') ? 'critical' : findings.length > 0 ? 'warning' : 'ok'

export function nagios(all: readonly Watched[]): { code: (typeof NAGIOS)[State]; lines: string[] } {
  const told = all.flatMap(({ name, findings }) => findings.map((finding) => ({ name, ...finding })))
  const sorted = told.toSorted((a, b) => Number(b.severity === 'critical') - Number(a.severity === 'critical'))
  const state = stateOf(told)
  const [first, ...others] = sorted
  const more = others.length > 0 ? ` (and ${others.length} more)` : ''
  const said = first ? `${first.name}: ${plain(first.message)}${more}` : quiet(all)
  const lines = others.map(({ severity, name, message }) => `${severity.toUpperCase()} ${name}: ${plain(message)}`)
  return { code: NAGIOS[state], lines: [`KEYRITE ${state.toUpperCase()} - ${said} | ${numbers(all)}`, ...lines] }
}

const quiet = (all: readonly Watched[]): string =>
  all
    .map(
      ({ name, history }) =>
        `${name}: ${counted(history?.keys.size ?? 0, 'key')}, ${counted((history?.seq ?? -1) + 1, 'record')}`,
    )
    .join('; ')

const numbers = (all: readonly Watched[]): string =>
  all
    .flatMap(({ name, history, findings }) => [
      `${name}_findings=${findings.length};1`,
      ...(history ? [`${name}_records=${history.seq + 1}c`, `${name}_keys=${history.keys.size}`] : []),
    ])
    .join(' ')

/** A bar would begin the numbers. */
export const plain = (text: string): string => text.replaceAll('|', '/').replaceAll('\n', ' ')
