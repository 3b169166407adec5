// A ledger in PostgreSQL, at a server of Debian's packages that is started in a private folder and stopped again: `npm run test:fleet`, or `-- rights key-cut`
// for those; `--every N` breaks the way to the server at each N-th piece.
import { runBundle } from './bundle.mjs'

await runBundle('test/fleet/main.ts', 'fleet/main', process.argv.slice(2))
