// Writes man/, completions/ and docs/rules.md and docs/plans.md from the command tree, the list of codes and the operations: `npm run docs`. A test says when that is due.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle, root } from './bundle.mjs'

process.chdir(root)
const { generate } = await import(pathToFileURL(await bundle('src/docs/generate.ts', 'docs/generate')))
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
// A tree that can't be written leaves the old pages where they are.
const pages = generate(version)
for (const folder of ['man', 'completions']) rmSync(folder, { recursive: true, force: true })
for (const [path, text] of pages) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
