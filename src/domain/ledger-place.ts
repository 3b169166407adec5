// Where a partition's ledger lies: in the file of its home, or in a database, by an address that has neither a user nor a secret in it.
import * as v from 'valibot'
import { usage } from './errors.ts'
import { quoted } from './names.ts'

/** `file`, or the address of a database: a host by its name or number, or `/` and the folder of its socket, each `/` as `%2F`. */
export const LedgerPlace = v.pipe(
  v.string(),
  v.regex(/^(file|postgresql:\/\/[A-Za-z0-9%._-]{1,255}(:\d{1,5})?\/[A-Za-z0-9._-]{1,63})$/),
)

/** How a database is reached from one machine. Nothing of it is secret: `certificate` and `key` are paths. */
export interface DatabaseAddress {
  /** As it is kept, and given again. */
  url: string
  /** As plans and people see it. */
  place: string
  /** A name or number, or the folder of a socket. */
  host: string
  port: number
  database: string
  user: string | undefined
  /** Paths: whom its certificate is checked by, and what this machine shows of itself. */
  root: string | undefined
  certificate: string | undefined
  key: string | undefined
  /** Names of the servers that have to have a record before it counts. */
  standbys: readonly string[]
}

const OPTIONS = ['sslrootcert', 'sslcert', 'sslkey', 'sslmode', 'standby']
const EXAMPLE = 'postgresql://USER@HOST:5432/DATABASE?sslrootcert=/path/to/ca.pem'

/** LEDGER-ADDRESS: what libpq takes as a URI, of it that much. A password has no place in it. */
export function parseDatabaseAddress(text: string): DatabaseAddress {
  const wrong = (what: string) => usage(`${quoted(text)}: ${what}`, EXAMPLE, 'LEDGER-ADDRESS')
  const found =
    /^postgres(?:ql)?:\/\/(?:([^:@/?#]+)@)?([^@/?#:[\]]+)(?::(\d{1,5}))?\/([A-Za-z0-9._-]{1,63})(?:\?(.*))?$/.exec(text)
  if (/^[^/]*:\/\/[^/@]*:[^/@]*@/.test(text))
    throw usage(
      'an address with a password in it is seen by everybody on this machine',
      `${EXAMPLE}, and the password in PGPASSFILE or ~/.pgpass`,
      'LEDGER-ADDRESS',
    )
  if (!found) throw wrong('is not the address of a database')
  const [, user, coded, port = '5432', database, query = ''] = found
  const options = new URLSearchParams(query)
  const strange = [...options.keys()].find((name) => !OPTIONS.includes(name))
  if (strange !== undefined) throw wrong(`has an option that is not taken: ${quoted(strange)}`)
  if ((options.get('sslmode') ?? 'verify-full') !== 'verify-full')
    throw wrong('a database is always verified: sslmode=verify-full')
  const host = decoded(coded!)
  if (!(Number(port) > 0 && Number(port) < 65_536) || host === undefined)
    throw wrong('is not the address of a database')
  if ((options.get('sslcert') === null) !== (options.get('sslkey') === null))
    throw wrong('sslcert and sslkey go together')
  const standbys = options.getAll('standby')
  if (!standbys.every((name) => /^[A-Za-z0-9_.-]{1,63}$/.test(name))) throw wrong('standby is the name of a server')
  const relative = ['sslrootcert', 'sslcert', 'sslkey'].find((name) => options.get(name)?.startsWith('/') === false)
  if (relative !== undefined) throw wrong(`${relative} is a path from / on`)
  return {
    url: text,
    place: `postgresql://${encodeURIComponent(host)}${port === '5432' ? '' : `:${port}`}/${database}`,
    host,
    port: Number(port),
    database: database!,
    user: user === undefined ? undefined : decoded(user),
    root: options.get('sslrootcert') ?? undefined,
    certificate: options.get('sslcert') ?? undefined,
    key: options.get('sslkey') ?? undefined,
    standbys,
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
