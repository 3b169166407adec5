// Crashes every change at every step: `npm run test:crash`, or `npm run test:crash -- generate host` for the crashes whose
// title contains all of the words. `--every 10` takes each tenth of them; `--all` also those that can leave nothing else than
// another one does. It takes hours; the suite has a sample.
import { spawnSync } from 'node:child_process'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname
const outfile = `${root}build/crash/main.mjs`
process.chdir(root)
await build({
  entryPoints: ['test/crash/main.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
})
const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
