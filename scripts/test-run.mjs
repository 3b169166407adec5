// Runs test files, a few at a time, each in a process and a session of its own, without a terminal and in an environment that is always the same.
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { root } from './bundle.mjs'

/** One more than can be at work: some wait for a process that ends, or for a clock. */
const AT_A_TIME = Math.min(availableParallelism(), 2) + 1
const LIMIT_MS = 600_000
const REPORTER = new URL('test-reporter.mjs', import.meta.url)

/** What a developer's shell says of colours, widths, languages, node or keyrite must not reach a test. */
const PASSED_ON = /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|UPDATE|FULL|npm_config_.*)$/
export const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
  LANG: 'C.UTF-8',
  // A bash that finds no level and a socket on its input reads the developer's ~/.bashrc.
  SHLVL: '1',
}
process.umask(0o022)
env.PATH = withoutShim(env.PATH)

/** Where the `python3` of the path is a script that looks for one, as of those who have several, that one comes first: the script takes ten processes each time. */
function withoutShim(path = '') {
  const found = path.split(delimiter).find((folder) => existsSync(join(folder, 'python3')))
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8', env })
  const own = stdout?.trim()
  if (!found || !own || !existsSync(own)) return path
  return realpathSync(own) === realpathSync(join(found, 'python3')) ? path : [dirname(own), path].join(delimiter)
}

/** What python has compiled lies with what else is built, and not beside its sources. */
env.PYTHONPYCACHEPREFIX = join(root, 'build', 'python')

/** A folder of this run, where the tests have theirs: what one process has built and others may copy. */
env.KEYRITE_TEST_SHARED = `keyrite-shared-${randomUUID()}`
process.once('exit', () => {
  for (const base of ['/dev/shm', tmpdir()])
    rmSync(join(base, env.KEYRITE_TEST_SHARED), { recursive: true, force: true })
})

const running = new Set()

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => {
    for (const pid of running) endGroup(pid)
    process.exit(130)
  })

/** Runs one file: its tests, how it ended, and what it printed besides. */
function runFile(file) {
  const told = `${file}.told`
  const reporter = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${told}`]
  rmSync(told, { force: true })
  const begun = performance.now()
  const child = spawn(process.execPath, ['--enable-source-maps', ...reporter, file], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child.pid)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data))
  let late = false
  const timer = setTimeout(() => {
    late = true
    endGroup(child.pid)
  }, LIMIT_MS)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      running.delete(child.pid)
      const lines = existsSync(told) ? readFileSync(told, 'utf8').split('\n').slice(0, -1) : []
      const ending = late ? `no end after ${LIMIT_MS / 1000} s` : code === 0 ? undefined : `exit ${code ?? signal}`
      resolve({ tests: lines.map((line) => JSON.parse(line)), ending, said, ms: performance.now() - begun })
    })
  })
}

/** A file that failed without one of its tests, or that has none, counts as one failed test. */
function failuresOf({ tests, ending, said }) {
  const failed = tests.filter(({ outcome }) => outcome === 'fail')
  if (failed.length > 0) return failed
  const why = ending ?? (tests.length === 0 ? 'it has no test' : undefined)
  return why === undefined ? [] : [{ name: 'the file itself', why: `${why}\n${said}`.trimEnd() }]
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

/** Runs all of them, tells a line of each, and then of what failed. `files`: paths of bundles by the name of the test file. */
export async function runTests(files) {
  const [waiting, failures] = [[...files], []]
  const total = { tests: 0, pass: 0, fail: 0, skipped: 0 }
  const begun = performance.now()
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, bundle] = next
      const result = await runFile(bundle)
      const failed = failuresOf(result)
      const count = (outcome) => result.tests.filter((test) => test.outcome === outcome).length
      total.pass += count('pass')
      total.skipped += count('skip')
      total.fail += failed.length
      failures.push(...failed.map((failure) => ({ file: name, ...failure })))
      const skipped = count('skip') > 0 ? `, ${count('skip')} skipped` : ''
      const words = failed.length > 0 ? `${failed.length} FAILED, ${count('pass')} passed` : `${count('pass')} passed`
      process.stdout.write(
        `${failed.length > 0 ? 'not ok' : 'ok    '}  ${name}: ${words}${skipped}, ${seconds(result.ms)}\n`,
      )
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  total.tests = total.pass + total.fail + total.skipped
  for (const { file, name, why } of failures)
    process.stdout.write(`\nFAILED  ${file}\n  ${name}\n${why.replace(/^/gm, '    ')}\n`)
  process.stdout.write(
    `\n${Object.entries(total)
      .map(([what, n]) => `# ${what} ${n}\n`)
      .join('')}# duration_ms ${Math.round(performance.now() - begun)}\n`,
  )
  return total.fail === 0
}
