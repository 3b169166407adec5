// Bundles of test files. What all of some files have in them becomes one file, which node reads several times as fast as the hundreds that
// esbuild makes where it splits for everybody.
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { build } from 'esbuild'
import { placeHost, root } from './bundle.mjs'

const out = join(root, 'build', 'test')

/** Whoever has such a file in it has all that this has in it: tests are bundled together by the first of these that they have. */
const LANDMARKS = {
  program: 'test/support/in-process.ts',
  tree: 'src/tree.ts',
  change: 'src/change/execute.ts',
  client: 'src/client/client.ts',
  story: 'test/support/story.ts',
  plan: 'src/domain/plan.ts',
  other: undefined,
}

/** Of what may import whatever there is esbuild would make a file for each: these are bundled one by one. */
const ALONE = 'alone'
const isAlone = (test) => readFileSync(join(root, test), 'utf8').includes('import(`')

const IMPORTED = /^(?:import|export)\s+(?!type\b)(?:[^'"]*?\sfrom\s+)?'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm
const read = new Map()

/** The files of ours that a file imports, as paths of the repository. */
function importsOf(file) {
  const known = read.get(file)
  if (known) return known
  const found = file.endsWith('.ts') ? [...readFileSync(join(root, file), 'utf8').matchAll(IMPORTED)] : []
  const files = found.map(([, at, late]) => normalize(join(dirname(file), at ?? late)))
  const ours = files.filter((one) => existsSync(join(root, one)))
  read.set(file, ours)
  return ours
}

/** The file, and all that is in its bundle. */
function contentsOf(file, seen = new Set()) {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const one of importsOf(file)) contentsOf(one, seen)
  return seen
}

function groupOf(test) {
  if (isAlone(test)) return ALONE
  const contents = contentsOf(test)
  return Object.entries(LANDMARKS).find(([, landmark]) => landmark === undefined || contents.has(landmark))[0]
}

const flat = (file) => file.slice('test/'.length, -'.ts'.length).replaceAll('/', '.')

/** The bundle of each test file: those of a group lie side by side, and what is started beside them. */
export async function bundleTests(tests) {
  await rm(out, { recursive: true, force: true })
  const grouped = tests.map((file) => ({ file, group: groupOf(file) }))
  const groups = [...Object.keys(LANDMARKS), ALONE].map((name) => ({
    outdir: join(out, name),
    files: grouped.filter(({ group }) => group === name).map(({ file }) => file),
  }))
  await Promise.all(
    groups.map(({ files, outdir }) => files.length > 0 && bundle(files, outdir, outdir !== join(out, ALONE))),
  )
  return grouped.map(({ file, group }) => [file, join(out, group, `${flat(file)}.mjs`)])
}

async function bundle(tests, outdir, splitting) {
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(tests.map((file) => [flat(file), file])),
    outdir,
    bundle: true,
    splitting,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'linked',
  })
  placeHost(outdir)
}
