// The one place where a hint becomes text: its commands are quoted so that bash, zsh and fish read them alike.
import { type Hint, isTold, type Line, type Way, waysOf } from './hints.ts'
import { shellQuoted } from './names.ts'

/** Words that stand in rows of their own, or a command that is copied. `level` 1: it belongs to the words before it. */
type HintPart = { readonly level: 0 | 1 } & ({ readonly words: string } | { readonly command: readonly string[] })

export const partsOf = (hint: Hint): HintPart[] => waysOf(hint).flatMap(partsOfWay)

function partsOfWay(way: Way): HintPart[] {
  if (typeof way === 'string') return [{ words: way, level: 0 }]
  if (!isTold(way)) return [lined([way], 0)]
  const { say, lines, after } = way
  return [
    ...(say === undefined ? [] : [{ words: `${say}:`, level: 0 } as const]),
    lined(lines, say === undefined ? 0 : 1),
    ...(after === undefined ? [] : [{ words: after, level: 0 } as const]),
  ]
}

/** A line that can't be typed as it stands is shown as words. */
function lined(lines: readonly Line[], level: 0 | 1): HintPart {
  const command = lines.flatMap((line, i) => [...(i === 0 ? [] : ['&&']), ...quoted(line)])
  return lines.some((line) => 'add' in line) ? { words: command.join(' '), level } : { command, level }
}

function quoted(line: Line): string[] {
  if ('add' in line) return line.add.map((word) => (PLACE.test(word) ? word : shellQuoted(word)))
  return 'sh' in line
    ? line.sh.map((word) => (word === '>' ? word : shellQuoted(word)))
    : ['keyrite', ...line.run.map(shellQuoted)]
}

/** Stands for a name that nobody has given yet. */
const PLACE = /^[A-Z]+(#V)?$/

/** Between what is typed and what else there is to say: a shell that is handed the whole line reads no further than this. */
const APART = '  # '

/** In one line, for programs and for cells of a table. */
export const hintText = (hint: Hint): string => waysOf(hint).map(wayText).join(APART)

function wayText(way: Way): string {
  const [first, ...rest] = partsOfWay(way).map((part) => ('words' in part ? part.words : part.command.join(' ')))
  if (typeof way === 'string' || !isTold(way) || way.after === undefined) return [first, ...rest].join(' ')
  return `${[first, ...rest.slice(0, -1)].join(' ')}; ${way.after}`
}
