// What certificates of destruction say, each of its own keys, of whatever may have them still.
import type { StillHeldBy } from '../change/held-elsewhere.ts'
import { inPlain } from '../terminal/render.ts'
import { heldBackup } from '../views/words.ts'

/** Nothing where there are no lines. */
export const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\n${title}\n${inPlain(lines.map((line) => `  ${line}`))}\n`

/** `what`: what is destroyed. `back`: what is said above backups and tokens that bring it back. `areCopied`: tokens of applications are named beside these. */
export function waysBack(
  { backups, tokens }: Pick<StillHeldBy, 'backups' | 'tokens'>,
  { what, back, areCopied }: { what: string; back: string; areCopied: boolean },
): string {
  if (backups.length + tokens.length === 0)
    return `The ledger knows of no backup ${areCopied ? '' : 'and no other token '}that holds ${what}.\n`
  const lines = [
    ...backups.map((backup) => `  ${heldBackup(backup)}`),
    ...tokens.map((serial) => `  token ${serial}, unless it was erased`),
  ]
  return `${back}\n${inPlain(lines)}\n`
}
