// Measures what the suite doesn't: `npm run bench` prints ratios, `npm run test:bulk -- 10000` makes, backs up and restores many keys.
import { spawnSync } from 'node:child_process'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname
const [what, ...rest] = process.argv.slice(2)
const outfile = `${root}build/measure/${what}.mjs`
process.chdir(root)
await build({
  entryPoints: [`test/measure/${what}.ts`],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
})
const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...rest], { stdio: 'inherit' })
process.exitCode = status ?? 1
