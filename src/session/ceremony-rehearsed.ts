// The signed record of a rehearsal, which lies beside its script.
import { existsSync } from 'node:fs'
import type { Context } from '../cli/context.ts'
import { parseRehearsal, type SignedRehearsal } from '../domain/ceremony-marks.ts'
import { notVerified } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'

export const rehearsalFile = (file: string): string => `${file}.rehearsal`

/** CEREMONY-REHEARSED: undefined where there is none. */
export function rehearsalBeside(file: string, { ledgers }: Context): SignedRehearsal | undefined {
  const path = rehearsalFile(file)
  if (!existsSync(path)) return undefined
  const found = parseRehearsal(ledgers.readText(path))
  if (found && ledgers.isRehearsed(found)) return found
  throw notVerified(
    'CEREMONY-REHEARSED',
    `${path} is not what a rehearsal has left`,
    to('to rehearse this very file', keyrite('ceremony', 'rehearse', file)),
  )
}
