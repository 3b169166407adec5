// A share on paper: printed by Chromium, and read back from the picture and from the sheet: `npm run test:paper`, or `-- FOLDER` to keep what was printed.
import { runBundle } from './bundle.mjs'

await runBundle('test/paper/main.ts', 'paper/main', process.argv.slice(2))
