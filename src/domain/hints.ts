// What to do next, as data: words, and command lines word by word. They become text in one place, where the home is known too.

/** A command of ours, by the words after `keyrite`: it is shown with the home and the partition of the command that hints at it. */
export interface Run {
  readonly run: readonly string[]
}

/** A command of another program. */
interface Sh {
  readonly sh: readonly string[]
}

/** What the command line that was typed lacks: it is shown with that. */
export interface Add {
  readonly add: readonly string[]
  /** The value of that option which it takes the place of, where there may be others. */
  readonly instead?: string
}

export type Line = Run | Sh | Add

/** `say: line && line; after`. */
export interface Told {
  readonly say?: string
  readonly lines: readonly Line[]
  readonly after?: string
}

export type Way = string | Line | Told

/** The first way is the one to take; the others are alternatives, or things to know. */
export type Hint = Way | readonly Way[]

export const keyrite = (...words: readonly string[]): Run => ({ run: words })
export const sh = (...words: readonly string[]): Sh => ({ sh: words })
export const add = (...words: readonly string[]): Add => ({ add: words })
/** Of an option that may be given several times: this value, and not that one. */
export const better = (flag: string, instead: string, value: string): Add => ({ add: [flag, value], instead })
/** Words that lead to a command, or to several of which each follows on the success of the one before. */
export const to = (say: string, ...lines: readonly Line[]): Told => ({ say, lines })
/** Of a library that does not do what it should. */
export const TRACED: Told = to(
  'to see in which call',
  keyrite('token', 'list', '--module', 'PATH', '--trace', 'calls.txt'),
)
export const apart = (...hints: readonly Hint[]): Hint => hints.flatMap(waysOf)

export const waysOf = (hint: Hint): readonly Way[] => (isList(hint) ? hint : [hint])
const isList = (hint: Hint): hint is readonly Way[] => Array.isArray(hint)
export const isTold = (way: Line | Told): way is Told => 'lines' in way

/** The same with other words, or other lines. */
export const mapHint = (hint: Hint, words: (text: string) => string, line: (line: Line) => Line): Hint => {
  const mapped = (way: Way): Way => {
    if (typeof way === 'string') return words(way)
    if (!isTold(way)) return line(way)
    const { say, lines, after } = way
    return {
      lines: lines.map(line),
      ...(say === undefined ? {} : { say: words(say) }),
      ...(after === undefined ? {} : { after: words(after) }),
    }
  }
  return isList(hint) ? hint.map(mapped) : mapped(hint)
}

/** The same with other words. */
export function mapLine(line: Line, words: (before: readonly string[]) => readonly string[]): Line {
  if ('add' in line) return { ...line, add: words(line.add) }
  return 'sh' in line ? { sh: words(line.sh) } : { run: words(line.run) }
}

/** What was given, or has to be. */
export interface Address {
  home?: string
  partition?: string
  /** The copy that is looked at instead. */
  ledger?: string
  /** The PKCS#11 libraries that were at work. */
  libraries?: readonly string[]
}

/** Every command of ours gets the flags that it has not. */
export const addressed = (hint: Hint, address: Address): Hint =>
  mapRuns(
    waysOf(hint).flatMap((way) => withLibrary(way, address)),
    (words) => [...missingFlags(words, address), ...words, ...copyFor(words, address)],
  )

const mapRuns = (hint: Hint, words: (before: readonly string[]) => readonly string[]): Hint =>
  mapHint(
    hint,
    (text) => text,
    (line) => ('run' in line ? { run: words(line.run) } : line),
  )

/** The library that was at work stands where a command only looks at one; of several, each in a line of its own. */
function withLibrary(way: Way, { libraries = [] }: Address): readonly Way[] {
  const lines = typeof way === 'string' ? [] : isTold(way) ? way.lines : [way]
  const lacking = lines.filter((line) => 'run' in line && onlyLooks(line.run) && line.run.some(isUnnamed))
  const [first, ...others] = lacking.length === 0 ? [] : libraries
  if (first === undefined) return [way]
  const named = (hint: Hint, path: string): readonly Way[] =>
    waysOf(
      mapRuns(hint, (words) => (onlyLooks(words) ? words.map((...at) => (isUnnamed(...at) ? path : at[0])) : words)),
    )
  return [...named(way, first), ...others.flatMap((path) => named(lacking, path))]
}

const isUnnamed = (word: string, i: number, words: readonly string[]): boolean =>
  word === 'PATH' && words[i - 1] === '--module'

/**
 * What of it can be done while a step of a ceremony is taken: its command is the script's, so that no option is added to it, and nobody works
 * beside the script. Undefined where nothing is left.
 */
export function withinStep(hint: Hint = []): Hint | undefined {
  const ways = waysOf(hint).flatMap((way): readonly Way[] => {
    if (typeof way === 'string') return /(^|\s)--[a-z]/.test(way) ? [] : [way]
    const lines = isTold(way) ? way.lines : [way]
    if (lines.every((line) => 'sh' in line)) return [way]
    return lines.every((line) => 'run' in line && onlyLooks(line.run)) ? [to(ELSEWHERE, ...lines)] : []
  })
  return ways.length > 0 ? ways : undefined
}

const ELSEWHERE = 'to look, at another terminal'

const onlyLooks = (words: readonly string[]): boolean =>
  readsCopies(words) || /^(help|inspect|doctor|token list)\b/.test(verbIn(words).join(' '))

const FLAGS = ['--home', '--partition']

const verbIn = (words: readonly string[]): string[] =>
  words.filter((word, i) => !FLAGS.includes(word) && !FLAGS.includes(words[i - 1] ?? '')).slice(0, 2)

/** Commands that read a copy of a ledger as they read a partition's own. */
const READERS =
  /^(audit (show|verify)|key (list|show|public)|(quorum|partition) show|app (list|show)|backup (show|verify)|plan (show|approve)|station list)$/

export const readsCopies = (words: readonly string[]): boolean => READERS.test(verbIn(words).join(' '))

/** Whoever has files and no home goes on with the same files. */
const copyFor = (words: readonly string[], { ledger }: Address): string[] =>
  ledger !== undefined && readsCopies(words) && !words.some((word) => /^--(ledger|help)\b/.test(word))
    ? ['--ledger', ledger]
    : []

function missingFlags(words: readonly string[], address: Address): string[] {
  const [noun = '', verb = ''] = verbIn(words)
  if (looksNowhere(noun) || words.includes('--help')) return []
  const { home, partition } = address
  const flags = [
    ...(home === undefined ? [] : [['--home', home]]),
    ...(partition === undefined || isOfAll(noun, verb) ? [] : [['--partition', partition]]),
  ]
  return flags.filter(([flag]) => !words.some((word) => word === flag || word.startsWith(`${flag}=`))).flat()
}

/** These look into no home. */
const looksNowhere = (noun: string): boolean => ['token', 'help', 'inspect', 'version'].includes(noun)

/** These are of no partition, or name it themselves. */
const isOfAll = (noun: string, verb: string): boolean =>
  noun === 'partition' && ['list', 'init', 'adopt', 'retire'].includes(verb)
