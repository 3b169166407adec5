// A checkpoint that somebody kept, from wherever it lies.

import { recordCode } from '../domain/code.ts'
import { toBase64url } from '../domain/encoding.ts'
import { KeyriteError, systemRefusal, usage } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import type { Files } from '../ledger/port.ts'

/** USAGE, FILE-KIND, FILE-MISSING, FILE-TEXT: the text of the note. */
export function readNote(path: string, files: Files): string {
  try {
    return files.readText(path)
  } catch (error) {
    if (error instanceof KeyriteError) throw error
    const { code = '' } = error as NodeJS.ErrnoException
    throw usage(`can't read the checkpoint ${path}: ${systemRefusal(code) ?? code}`, sh('ls', '-l', path))
  }
}

/** The code of the root that a checkpoint holds, to be read aloud. */
export const rootCode = (note: string): string => recordCode(toBase64url(Buffer.from(note.split('\n')[2]!, 'base64')))

/** The records that a checkpoint vouches for: none where it does not say. */
export function sizeOf(note: string): number {
  const [, size = ''] = note.split('\n')
  return /^\d{1,16}$/.test(size) ? Number(size) : 0
}
