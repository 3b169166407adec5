// Lints, bundles the tests and runs them: `npm test`, or `npm test -- ledger key/` for the files whose path
// contains one of the words (those runs leave the lint out). Ends with what failed, and how many passed.
import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './bundle.mjs'
import { bundleTests } from './test-bundles.mjs'
import { env, runTests } from './test-run.mjs'

process.chdir(root)

async function findTests(words) {
  const files = await readdir('test', { recursive: true })
  const tests = files.filter((file) => file.endsWith('.test.ts')).map((file) => `test/${file}`)
  const chosen = tests.filter((file) => words.length === 0 || words.some((word) => file.includes(word))).sort()
  // Those that start the program again and again come first: none of them is to run on alone in the end.
  return [...chosen.filter((file) => LONG.test(file)), ...chosen.filter((file) => !LONG.test(file))]
}

const LONG = /^test\/(whole|tty|crash|independent|examples|docs-commands|doctor)/

function check(program, args) {
  const child = spawn(join('node_modules', '.bin', program), args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code === 0 ? '' : text))
  })
}

/** What is wrong with the sources; empty where nothing is. */
async function lint() {
  const runs = [check('biome', ['check', '--error-on-warnings', '.']), check('tsc', ['--noEmit'])]
  return (await Promise.all(runs)).join('')
}

const words = process.argv.slice(2)
const tests = await findTests(words)
if (tests.length === 0) {
  console.error(`test: no test file ${words.length ? `has ${words.join(' or ')} in its path` : 'was found'}`)
  process.exit(1)
}
// esbuild has said what is wrong with a bundle.
const [wrong, files] = await Promise.all([
  words.length > 0 ? '' : lint(),
  bundleTests(tests).catch(() => process.exit(1)),
])
const passed = await runTests(files)
if (wrong) process.stderr.write(`\nthe lint failed\n${wrong}`)
process.exitCode = passed && !wrong ? 0 : 1
