// Writes man/ and completions/ from the command tree: `npm run docs`. A test says when that is due.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname
const outfile = `${root}build/docs/generate.mjs`
process.chdir(root)
await build({
  entryPoints: ['src/docs/generate.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  logLevel: 'warning',
})
const { generate } = await import(outfile)
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
for (const folder of ['man', 'completions']) rmSync(folder, { recursive: true, force: true })
for (const [path, text] of generate(version)) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
