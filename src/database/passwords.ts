// Passwords of databases, as libpq keeps them: a line HOST:PORT:DATABASE:USER:PASSWORD each, of which the first that fits counts.
import { checkOwn, exists, readOwnText } from '../disk/files.ts'
import type { DatabaseAddress } from '../domain/ledger-place.ts'

/** FILE-OPEN, FILE-LINK: who else can read it has the password. Undefined where none fits. */
export function passwordFor(
  { host, port, database }: DatabaseAddress,
  user: string,
  file: string | undefined,
): string | undefined {
  if (file === undefined || !exists(file)) return undefined
  checkOwn(file)
  // A socket in the usual folder is called by its host in such a file.
  const wanted = [host.startsWith('/') ? [host, 'localhost'] : [host], [`${port}`], [database], [user]]
  for (const line of readOwnText(file).split('\n')) {
    const fields = fieldsOf(line)
    if (fields.length === 5 && wanted.every((one, i) => fields[i] === '*' || one.includes(fields[i]!))) return fields[4]
  }
  return undefined
}

/** A colon and a backslash in a field stand behind a backslash. */
function fieldsOf(line: string): string[] {
  if (line.startsWith('#')) return []
  const fields = line.match(/(?:\\.|[^:\\])*(?::|$)/g) ?? []
  return fields.slice(0, 5).map((field) => field.replace(/:$/, '').replace(/\\(.)/g, '$1'))
}
