// Measures what the suite does not: `npm run bench` prints ratios, `npm run test:bulk -- 10000` takes many keys through everything.
import { bundle, runBundle } from './bundle.mjs'

const [what, ...rest] = process.argv.slice(2)
// Started by both, as processes of their own.
for (const name of ['bare', 'bare-database']) await bundle(`test/measure/${name}.ts`, `measure/${name}`)
await runBundle(`test/measure/${what}.ts`, `measure/${what}`, rest)
