// Measures what the suite doesn't: `npm run bench` prints ratios, `npm run test:bulk -- 10000` makes, backs up and restores many keys.
import { bundle, runBundle } from './bundle.mjs'

const [what, ...rest] = process.argv.slice(2)
// Started by both, as a process of its own.
await bundle('test/measure/bare.ts', 'measure/bare')
await runBundle(`test/measure/${what}.ts`, `measure/${what}`, rest)
