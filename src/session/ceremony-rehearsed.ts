// The signed record of a rehearsal, which lies beside its script.
import { existsSync } from 'node:fs'
import type { Context } from '../cli/context.ts'
import { parseRehearsal, type SignedRehearsal } from '../domain/ceremony-marks.ts'
import { notVerified } from '../domain/errors.ts'

const besideScript = (file: string): string => `${file}.rehearsal`

/** CEREMONY-REHEARSED: undefined where there is none. */
export function rehearsalBeside(file: string, { ledgers }: Context): SignedRehearsal | undefined {
  const path = besideScript(file)
  if (!existsSync(path)) return undefined
  const found = parseRehearsal(ledgers.readText(path))
  if (found && ledgers.isRehearsed(found)) return found
  throw notVerified(
    'CEREMONY-REHEARSED',
    `${path} is not what a rehearsal has left`,
    'rehearse this very file again, and put what that leaves beside it',
  )
}
