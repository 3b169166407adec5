// Files for people lie outside of the home.
import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { exists } from '../disk/files.ts'
import { refused } from '../domain/errors.ts'
import { quoted } from '../domain/names.ts'

/** FILE-HOME: what lies in the home is read as what Keyrite keeps there. */
export function checkOutside(path: string, home: string): void {
  if (!exists(home) || !exists(dirname(path))) return
  const way = relative(realpathSync(home), realpathSync(dirname(path)))
  const isInside = way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
  if (isInside)
    throw refused(
      'FILE-HOME',
      `${quoted(path)} is in the home, where keyrite alone keeps files`,
      'choose another folder',
    )
}

/** Whether two paths lead to one file, by whatever link, or will. */
export function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }))
  if (first && second) return first.dev === second.dev && first.ino === second.ino
  return placeOf(one) === placeOf(other)
}

const placeOf = (path: string): string =>
  exists(dirname(path)) ? join(realpathSync(dirname(path)), basename(path)) : path
