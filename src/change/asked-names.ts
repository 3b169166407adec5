// The name of a key that others are to send: it is kept as long as the request for it is open.

import { refused } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { escaped } from '../domain/names.ts'

/** IMPORT-REQUEST. `by`: SHA-256 of the file of the request by which a key comes, if it does. */
export function checkNotAsked(name: string, { requests }: History, by?: string): void {
  const open = requests.named(name)
  if (open === undefined || open.sha256 === by) return
  const { file, record, until } = open
  throw refused(
    'IMPORT-REQUEST',
    `${name} is asked for already, by ${escaped(file)} of record ${record}, until ${until}`,
    to('where nobody is to send it any more', keyrite('key', 'import-request', name, '--cancel')),
  )
}
