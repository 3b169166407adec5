// The list of a plan that has more names than its screen shows: whoever approves has read it, or a file was written. The plan's code is over all of it.
import { resolve } from 'node:path'
import { askFor } from '../cli/ask.ts'
import type { Context, Globals } from '../cli/context.ts'
import { typedPath } from '../cli/paths.ts'
import { usage } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { IntentPlan } from '../domain/plan.ts'
import type { Proposal } from '../domain/proposal.ts'
import { counted } from '../domain/words.ts'
import type { Terminal } from '../terminal/port.ts'
import { manifestList } from '../views/manifest-list.ts'
import { isNamedInFull } from '../views/plan-manifest.ts'
import { shortDigest } from '../views/words.ts'

interface Listing {
  context: Context
  globals: Globals
  terminal: Terminal
  history: History
}

interface ListOptions {
  list?: string | undefined
  dryRun?: boolean | undefined
}

/** INPUT-MISSING, FILE-EXISTS: writes the list where a file is named; else, where the screen leaves names out, it is read here, or a file is asked for. */
export async function handOverList(
  { plan, code }: { plan: IntentPlan } & Partial<Proposal>,
  { list: given, dryRun }: ListOptions,
  at: Listing,
): Promise<void> {
  if (plan.op !== 'manifest.apply') {
    if (given !== undefined) throw usage(`${plan.op} names every key that it changes: there is no list of it`)
    return
  }
  const isRead = given === undefined && (dryRun === true || isNamedInFull(plan, at.history))
  if (isRead) return
  const list = manifestList(plan, at.history, code)
  if (given !== undefined) write(given, list, at)
  else await readOrWrite(list, at)
}

function write(path: string, list: string, { context, globals, terminal }: Listing): void {
  const file = resolve(path)
  context.ledgers.checkFree([file], globals.home)
  const [made] = context.ledgers.createFiles([{ path: file, content: list }])
  terminal.say(`every entry, key and copy is listed in ${path}, ${shortDigest(made!.sha256)}`)
}

/** Lines at once. */
const PAGE = 20

async function readOrWrite(list: string, at: Listing): Promise<void> {
  const { terminal, context } = at
  const lines = list.trimEnd().split('\n')
  const written = (text: string): boolean => {
    if (text !== '') write(typedPath(text, context.env), list, at)
    return text !== ''
  }
  const flag = add('--list', 'FILE')
  terminal.show(`the plan changes more than it names on the screen: its list has ${counted(lines.length, 'line')}`)
  for (let from = 0; from < lines.length; from += PAGE) {
    const to = Math.min(from + PAGE, lines.length)
    const question = `Enter for lines ${from + 1} to ${to}, or a file for all ${lines.length}:`
    if (await askFor(question, flag, written, terminal)) return
    terminal.show(lines.slice(from, to))
  }
}
