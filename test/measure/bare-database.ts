// What node and pg take to be let in by a server over TLS and asked for a last line, and nothing else. A process of its own.
import { readFileSync } from 'node:fs'
import { checkServerIdentity } from 'node:tls'
import { Client } from 'pg'

const [host, port, ca, password] = process.argv.slice(2) as [string, string, string, string]
const client = new Client({
  ...{ host, port: Number(port), user: 'pay', database: 'keyrite', password },
  ssl: { ca: readFileSync(ca), checkServerIdentity: (_, shown) => checkServerIdentity(host, shown) },
})
await client.connect()
await client.query('select seq, leaf from keyrite.lines where partition = $1 order by seq desc limit 1', [
  '00000000-0000-0000-0000-000000000000',
])
process.exit()
