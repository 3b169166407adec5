// All that test:crash does, and besides: a function that is broken, a device that is gone, a call without an end, a disk that fails or can't be
// written, and losses of power that take what was not synced: `npm run test:faults`, with the words and options of crash.mjs.
import { runBundle } from './bundle.mjs'

await runBundle('test/crash/main.ts', 'crash/main', ['--faults', ...process.argv.slice(2)])
