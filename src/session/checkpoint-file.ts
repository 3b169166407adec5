// A checkpoint that somebody kept, from wherever it lies.
import { realpathSync } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'
import { checkpointSize } from '../domain/checkpoint-size.ts'
import { recordCode } from '../domain/code.ts'
import { toBase64url } from '../domain/encoding.ts'
import { KeyriteError, refused, systemRefusal, usage } from '../domain/errors.ts'
import { add, apart, sh, to } from '../domain/hints.ts'
import { quoted } from '../domain/names.ts'
import type { Checkpoints, Files } from '../ledger/port.ts'

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

/** CHECKPOINT-CARRIED, and what `readNote` says: what lies in the home was put back with it, and vouches for nothing. */
export function readCarried(path: string, home: string, files: Files): string {
  const note = readNote(path, files)
  const way = relative(realpathSync(home), realpathSync(path))
  if (way.startsWith(`..${sep}`) || isAbsolute(way)) return note
  throw refused(
    'CHECKPOINT-CARRIED',
    `the checkpoint ${quoted(path)} lies in the home, which is as old or as new as its ledger`,
    apart(
      to('give one that was kept elsewhere', add('--checkpoint', 'FILE')),
      to('or, where nobody has one', add('--no-checkpoint')),
    ),
  )
}

/** The code of the root that a checkpoint holds, to be read aloud. */
export const rootCode = (note: string): string => recordCode(toBase64url(Buffer.from(note.split('\n')[2]!, 'base64')))

/** INPUT-MISSING: the note that covers most, of those that are named and the partition's own. Each was held against the ledger. */
export function newestNote(paths: readonly string[], partition: Checkpoints | undefined, files: Files): string {
  const own = partition?.checkpoint()
  const notes = [...paths.map((path) => readNote(path, files)), ...(own === undefined ? [] : [own])]
  const [newest] = notes.toSorted((a, b) => checkpointSize(b) - checkpointSize(a))
  if (newest === undefined) throw usage('no checkpoint is at hand', add('--checkpoint', 'FILE'), 'INPUT-MISSING')
  return newest
}
