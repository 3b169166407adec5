// Crashes every change at every step: `npm run test:crash`, or `npm run test:crash -- generate host` for the crashes whose
// title contains all of the words. `--every 10` takes each tenth of them; `--all` also those that can leave nothing else than
// another one does. It takes hours; the suite has a sample.
import { runBundle } from './bundle.mjs'

await runBundle('test/crash/main.ts', 'crash/main', process.argv.slice(2))
