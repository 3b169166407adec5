// How text may look on its output: the width of the window, colour, and whether more than ASCII can be shown.
import { Chalk } from 'chalk'
import { once } from '../domain/once.ts'

/** What a colour says; the words beside it say it too. `bad`: wrong. `warning`: needs action. `proven`: verified. `dim`: secondary. */
export type Mark = 'bad' | 'warning' | 'proven' | 'dim'

export interface Look {
  /** Of the window; endless where the text goes into a pipe or a file. */
  columns: number
  /** What stands where something was cut out. */
  ellipsis: string
  paint(mark: Mark | undefined, text: string): string
}

/** A stream that may be a terminal. */
export interface Screen {
  isTTY?: boolean
  fd?: number
  columns?: number | undefined
}

/** The variables that people set for every program. */
export type Wishes = { readonly [name: string]: string | undefined }

const COLOURS = { bad: 'red', warning: 'yellow', proven: 'green', dim: 'dim' } as const
const sixteen = once(() => new Chalk({ level: 1 }))

export const PLAIN: Look = { columns: Number.POSITIVE_INFINITY, ellipsis: '...', paint: (_mark, text) => text }

export function lookOf(screen: Screen, wishes: Wishes, json: boolean): Look {
  return {
    columns: (screen.isTTY && screen.columns) || PLAIN.columns,
    ellipsis: isUtf8(wishes) ? '…' : PLAIN.ellipsis,
    paint: isColoured(screen, wishes, json)
      ? (mark, text) => (mark === undefined || text === '' ? text : sixteen()[COLOURS[mark]](text))
      : PLAIN.paint,
  }
}

/** NO_COLOR above all; FORCE_COLOR as chalk has it; else a terminal that is not dumb. */
function isColoured({ isTTY = false }: Screen, { NO_COLOR, FORCE_COLOR, TERM }: Wishes, json: boolean): boolean {
  if (json || NO_COLOR) return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTTY && TERM !== 'dumb'
}

export const isUtf8 = ({ LC_ALL, LC_CTYPE, LANG }: Wishes): boolean => /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '')
