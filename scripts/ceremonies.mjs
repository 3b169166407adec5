// Every template as a whole ceremony, with people at a terminal, and what lint must not let through: `npm run test:ceremonies`, or `-- root-ca`.
import { runBundle } from './bundle.mjs'

await runBundle('test/ceremonies/main.ts', 'ceremonies/main', process.argv.slice(2))
