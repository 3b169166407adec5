// A connection to a database, verified always: nothing of it is chosen by a variable, and no password is in an argument.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type ConnectionOptions,
  checkServerIdentity,
  createSecureContext,
  rootCertificates,
  type SecureContext,
} from 'node:tls'
import { Client, type ClientConfig } from 'pg'
import { checkOwn, exists } from '../disk/files.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import type { DatabaseAddress } from '../domain/ledger-place.ts'
import { escaped, quoted } from '../domain/names.ts'
import { passwordFor } from './passwords.ts'

/** What the process knows: who runs it, and where passwords are kept. No other variable has a say: the launcher has dropped those of libpq, which the driver would read. */
export interface Caller {
  host(): { user: string }
  env: { readonly PGPASSFILE?: string; readonly HOME?: string }
  version: string
}

const passwordsOf = ({ env: { PGPASSFILE: file, HOME: home } }: Caller): string | undefined =>
  file ?? (home === undefined ? undefined : `${home}/.pgpass`)

const CONNECT_MS = 8000
const QUERY_MS = 30_000

/** LEDGER-AWAY. */
export async function connect(address: DatabaseAddress, caller: Caller): Promise<Client> {
  const user = address.user ?? caller.host().user
  const ssl = tls(address)
  const client = new Client({
    ...timeouts,
    host: address.host,
    port: address.port,
    database: address.database,
    user,
    // A function, or a package of its own would look for one.
    password: async () => passwordFor(address, user, passwordsOf(caller)) ?? '',
    ssl: ssl ?? false,
    application_name: `keyrite ${caller.version}`,
    options: '-c search_path=pg_catalog -c client_min_messages=notice',
    client_encoding: 'UTF8',
  })
  // A connection that breaks is told by the query that wanted it.
  client.on('error', () => {})
  try {
    const connected = client.connect()
    // What fails before that is awaited is told in its place.
    connected.catch(() => {})
    // While the server answers: the driver would do it after that.
    if (ssl) ssl.secureContext = contextOf(ssl, address)
    await connected
    return client
  } catch (error) {
    void client.end().catch(() => {})
    throw lacksAuthorities(address) ?? awayFor(error, address.place)
  }
}

const timeouts: ClientConfig = {
  connectionTimeoutMillis: CONNECT_MS,
  query_timeout: QUERY_MS,
  statement_timeout: QUERY_MS,
  lock_timeout: CONNECT_MS,
  idle_in_transaction_session_timeout: QUERY_MS,
  keepAlive: true,
}

/** None on a local socket. */
function tls({ host, root, certificate, key }: DatabaseAddress): ConnectionOptions | undefined {
  if (host.startsWith('/')) return undefined
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    // What a server before PostgreSQL 18 asks for first: another guess costs one more way there and back.
    ecdhCurve: 'P-256:X25519:P-384:P-521',
    // A number has no server name that node would compare.
    checkServerIdentity: (_, shown) => checkServerIdentity(host, shown),
    // Always named: what else would count is another set in each build of node.
    ca: root === undefined ? [...rootCertificates] : read(root),
    ...(certificate === undefined ? {} : { cert: read(certificate), key: readOwn(key!) }),
  }
}

/** node passes over what is none, and then nobody is trusted. */
function lacksAuthorities({ root }: DatabaseAddress): KeyriteError | undefined {
  if (root === undefined || !exists(root)) return undefined
  try {
    new X509Certificate(readFileSync(root))
    return undefined
  } catch {
    return unfit(root, 'holds no certificate')
  }
}

function contextOf(options: ConnectionOptions, { certificate, key }: DatabaseAddress): SecureContext {
  try {
    return createSecureContext(options)
  } catch (error) {
    if (certificate === undefined) throw error
    throw unfit(certificate, `is no certificate of the key ${quoted(key!)}`)
  }
}

/** HOME-OPEN, FILE-LINK: who else can read it is this machine too. */
function readOwn(path: string): Buffer {
  if (exists(path)) checkOwn(path)
  return read(path)
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw unfit(path, "can't be read")
  }
}

const unfit = (path: string, what: string): KeyriteError =>
  refused('LEDGER-AWAY', `${quoted(path)}, which the address of the database names, ${what}`)

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED|ENOENT/, 'no database answers there'],
  [/ENOTFOUND|EAI_AGAIN/, 'no machine of that name is found'],
  [/terminated|not queryable|ECONNRESET|EPIPE|socket disconnected/, 'the connection broke'],
  [/timeout/i, 'it does not answer in time'],
]

/** LEDGER-AWAY: whatever a driver throws is no bug of ours. */
export function awayFor(error: unknown, place: string): KeyriteError {
  if (error instanceof KeyriteError) return error
  const { message, code = '' } = error as Error & { code?: string }
  const said = WORDS.find(([known]) => known.test(`${code} ${message}`))?.[1] ?? (message === '' ? code : message)
  return refused('LEDGER-AWAY', `${place}: ${escaped(said)}`)
}
