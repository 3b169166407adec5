// keyrite key list --due: what the manifest in force wants done, key by key.
import { judgedInForce } from '../../change/judged-manifest.ts'
import { type Context, type Globals, terminalOf } from '../../cli/context.ts'
import type { Due, Judgement } from '../../domain/due-shapes.ts'
import { EXIT, KeyriteError } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { label, type Time } from '../../domain/names.ts'
import { counted } from '../../domain/words.ts'
import { openOf, type Source } from '../../session/ledger-source.ts'
import { manifestInForce } from '../../session/manifest-file.ts'
import { marked, type Part, type Run, type TableSpec, type Text } from '../../terminal/text.ts'
import { detailsOf } from '../../views/attention.ts'
import { dutyInWords } from '../../views/due-view.ts'
import { dayOf, toTheMinute } from '../../views/words.ts'
import { isSelected, type SelectOptions } from './select.ts'

export interface DueOptions extends SelectOptions {
  by?: Time
  failIfDue?: boolean
  quiet?: boolean
}

const APPLY = keyrite('manifest', 'apply', 'FILE')

/** MANIFEST-IN-FORCE, KEYS-DUE. */
export function listDue(
  prefix: string,
  options: DueOptions,
  { history, goesOn }: Source,
  globals: Globals,
  context: Context,
): void {
  const terminal = terminalOf(globals, context)
  if (options.failIfDue) manifestInForce(history)
  const judged = judgedInForce(history, context.sources.clock, options.by)
  if (!judged) {
    const text = 'no manifest is in force: nothing is judged'
    return terminal.answer({
      data: { due: [], duties: [], keys: [], ...openOf(history, goesOn) },
      text: [text, { hint: APPLY, indent: '' }],
    })
  }
  const { due: all, now, by } = judged
  const duties = isOfAll(prefix, options) ? judged.duties.filter(({ isDue }) => isDue) : []
  const due = all.filter(selects(prefix, options, history))
  const entries = new Set(due.flatMap(({ name, version }) => history.key(name, version) ?? []))
  const keys = [...entries].map((key) => detailsOf({ key, need: undefined }, history))
  const data = { now, by, due, duties, keys, ...openOf(history, goesOn) }
  const failure = options.failIfDue && due.length > 0 ? areDue(due.length, by, data) : undefined
  if (!failure || !globals.json) terminal.answer({ data, text: () => shown({ due, duties }, by, options) })
  if (failure) throw failure
}

function areDue(count: number, by: string, data: unknown): KeyriteError {
  const message = `${counted(count, 'thing')} that the manifest in force wants ${count === 1 ? 'is' : 'are'} due by ${toTheMinute(by)}`
  return new KeyriteError(EXIT.verification, 'KEYS-DUE', message, to('to have it done', APPLY), false, data)
}

const isPlain = ({ state, type, since }: SelectOptions): boolean =>
  [state, type, since].every((one) => one === undefined)

/** Duties are of no key. */
const isOfAll = (prefix: string, options: SelectOptions): boolean => prefix === '' && isPlain(options)

/** A key that is not there yet has a name alone. */
function selects(prefix: string, options: SelectOptions, history: History): (one: Due) => boolean {
  const fits = isSelected(prefix, options)
  return ({ name, version }) => {
    const key = history.key(name, version) ?? history.key(name, history.keys.newest(name))
    return key ? fits(key) : isPlain(options) && name.startsWith(prefix)
  }
}

function shown({ due, duties }: Pick<Judgement, 'due' | 'duties'>, by: string, { quiet }: DueOptions): Text {
  if (quiet) return [...new Set(due.map(({ name, version }) => label(name, version)))]
  return [
    due.length === 0 ? `no key is due by ${toTheMinute(by)}` : dueTable(due),
    ...duties.map((one): Part => ({ line: [marked('duty: ', 'warning'), dutyInWords(one)] })),
  ]
}

function dueTable(due: readonly Due[]): TableSpec {
  return {
    head: [
      { name: 'key', give: 'cut' },
      'due',
      'since',
      'policy',
      { name: 'application', give: 1 },
      { name: 'waits', give: 'wrap' },
    ],
    rows: due.map(({ name, version, action, due: since, policy, app = '', waits = '' }): Run[] => [
      label(name, version),
      marked(action, waits === '' ? 'warning' : 'dim'),
      dayOf(since),
      policy,
      app,
      waits,
    ]),
  }
}
