// Lints, bundles the tests and runs them: `npm test`, or `npm test -- ledger key/` for the files whose path
// contains one of the words (those runs leave the lint out). Ends with the summary of node's own test runner.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname
const out = `${root}build/test`
process.chdir(root)

/** What a developer's shell says about keyrite must not reach a test. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KEYRITE_')))

function start(command, args, stdio = 'inherit') {
  const child = spawn(command, args, { env, stdio })
  let text = ''
  child.stdout?.on('data', (data) => (text += data))
  child.stderr?.on('data', (data) => (text += data))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ok: code === 0, text }))
  })
}

async function findTests(words) {
  const files = await readdir('test', { recursive: true })
  const tests = files.filter((file) => file.endsWith('.test.ts')).map((file) => `test/${file}`)
  return tests.filter((file) => words.length === 0 || words.some((word) => file.includes(word))).sort()
}

// All bundles lie side by side: the port looks for host.mjs beside the file it was bundled into.
const flat = (file) => file.slice('test/'.length, -'.ts'.length).replaceAll('/', '.')

async function bundle(tests) {
  await rm(out, { recursive: true, force: true })
  const entryPoints = Object.fromEntries(tests.map((file) => [flat(file), file]))
  if (existsSync('src/hsm/host.ts')) entryPoints.host = 'src/hsm/host.ts'
  await build({
    entryPoints,
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'linked',
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  })
  return tests.map((file) => `${out}/${flat(file)}.mjs`)
}

async function lint() {
  const biome = ['check', '--error-on-warnings', '.']
  const runs = [start('node_modules/.bin/biome', biome, 'pipe'), start('node_modules/.bin/tsc', ['--noEmit'], 'pipe')]
  const failed = (await Promise.all(runs)).filter((run) => !run.ok)
  for (const { text } of failed) process.stderr.write(text)
  return failed.length === 0
}

// Folders and globs mean different things to different versions of node, and an empty run passes: so, a list.
const runTests = (files) =>
  start(process.execPath, [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    '--test-timeout=600000',
    ...files,
  ])

const words = process.argv.slice(2)
const tests = await findTests(words)
if (tests.length === 0) {
  console.error(`test: no test file ${words.length ? `has ${words.join(' or ')} in its path` : 'was found'}`)
  process.exit(1)
}
// esbuild has said what is wrong with a bundle.
const [clean, files] = await Promise.all([words.length > 0 || lint(), bundle(tests).catch(() => process.exit(1))])
const { ok } = await runTests(files)
if (!clean) console.error('test: the lint failed; its output stands above the tests')
process.exitCode = ok && clean ? 0 : 1
