// The `#` lines of a share file: they tell a person what the file is. They prove nothing; the roster decides.
import type { ShareHints } from './port.ts'

const NAME = /^[a-z][a-z0-9-]{0,31}$/

/** In the order in which they are written. What does not look like this is dropped: it would be shown on a terminal. */
const SHAPES: [keyof ShareHints, RegExp][] = [
  ['partition', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  ['group', NAME],
  ['epoch', /^[1-9][0-9]{0,8}$/],
  ['custodian', NAME],
  ['threshold', /^[0-9]{1,3}\/[0-9]{1,3}$/],
]

export const formatHints = (hints: ShareHints): string =>
  SHAPES.map(([name]) => (hints[name] === undefined ? '' : `# ${name}: ${hints[name]}\n`)).join('')

export function parseHints(lines: readonly string[]): ShareHints {
  const hints: Record<string, string | number> = {}
  for (const [name, shape] of SHAPES) {
    const value = hintValue(lines, name)
    if (value !== undefined && shape.test(value)) hints[name] = name === 'epoch' ? Number(value) : value
  }
  return hints
}

const hintValue = (lines: readonly string[], name: string): string | undefined =>
  lines
    .find((line) => line.startsWith(`# ${name}: `))
    ?.slice(`# ${name}: `.length)
    .trim()
