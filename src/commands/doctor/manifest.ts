// What the manifest in force wants, and nobody has done: it warns, and stands in no way.
import { judgedInForce } from '../../change/judged-manifest.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { managedKeys } from '../../domain/manifest.ts'
import { counted, listed } from '../../domain/words.ts'
import { dutyInWords } from '../../views/due-view.ts'
import { type Finding, ok, warning } from './checks.ts'

/** Undefined where no manifest is in force. */
export function manifestDue(history: History, now: Date): Finding | undefined {
  const judged = judgedInForce(history, () => now)
  if (!judged) return undefined
  const { due, differs, duties } = judged
  const overdue = duties.filter(({ isDue }) => isDue)
  const found = [
    ...(due.length > 0 ? [`${counted(due.length, 'thing')} due`] : []),
    ...(differs.length > 0 ? [`${counted(differs.length, 'key')} not as their policy has it`] : []),
    ...(overdue.length > 0 ? [`duties due: ${listed(overdue.map(dutyInWords))}`] : []),
  ]
  if (found.length === 0)
    return ok(`${counted(managedKeys(history.conducted.manifest!.manifest).size, 'key')}, nothing due`)
  const look = due.length > 0 ? keyrite('key', 'list', '--due') : keyrite('manifest', 'diff')
  return warning(found.join('; '), to('what it is', look))
}
