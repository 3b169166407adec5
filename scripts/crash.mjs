// Crashes every change at every step, and makes the module sick at every call: `npm run test:crash`, or `npm run test:crash -- generate host`
// for the rows whose title holds all of the words. `--every 10` takes each tenth of them, `--from 4` the fourth of each ten; `--list` only names them; `--all` has also those
// that can leave nothing else than another one does, and repetitions. The suite has a sample.
import { runBundle } from './bundle.mjs'

await runBundle('test/crash/main.ts', 'crash/main', process.argv.slice(2))
