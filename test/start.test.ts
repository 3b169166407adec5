// A node too old is refused in one line before anything of the program is read, and any other starts it.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { startProcess } from '../src/client/start-host.ts'
import { launcher, runProgram } from './support/keyrite.ts'
import { inRepo } from './support/paths.ts'
import { installed } from './support/program.ts'
import { makeFolder } from './support/softhsm.ts'

/** A `node` on the path that is ours in everything but what it says of its version. */
function nodeThatSays(version: string): string {
  const folder = makeFolder('node')
  const preload = join(folder, 'version.cjs')
  const versions = `{ ...process.versions, node: '${version}' }`
  writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: ${versions} })\n`)
  writeFileSync(join(folder, 'node'), `#!/bin/sh\nexec '${process.execPath}' --require '${preload}' "$@"\n`)
  chmodSync(join(folder, 'node'), 0o755)
  return folder
}

const start = (version: string, args: string[], program = launcher) =>
  runProgram(program, args, { env: { PATH: [nodeThatSays(version), process.env.PATH].join(delimiter) } })

describe('node', { concurrency: 2 }, () => {
  for (const version of ['4.9.1', '18.20.4', '20.18.3']) {
    test(`${version} is refused`, async () => {
      const { code, stdout, stderr } = await start(version, ['key', 'list'])
      const [line, hint, ...rest] = stderr.split('\n')
      assert.deepEqual({ code, stdout, rest }, { code: 2, stdout: '', rest: [''] })
      assert.equal(line, `keyrite: this is node v${version}; keyrite needs node 20.19 or newer`)
      assert.equal(
        hint,
        `  put a newer one first on the path (https://nodejs.org/en/download); this one is ${process.execPath}`,
      )
    })
  }

  for (const version of ['20.19.0', '22.1.0', '100.0.0']) {
    test(`${version} starts the program`, async () => {
      const { code, stdout, stderr } = await start(version, ['--version'])
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
    })
  }

  test('a program hears it in JSON', async () => {
    const { code, json } = await start('18.20.4', ['key', 'list', '--json'])
    assert.equal(code, 2)
    assert.equal(json.error.code, 'NODE-VERSION')
  })

  test('which program it is, is told by the digest that sha256sum gives', async () => {
    const { json } = await runProgram(launcher, ['version', '--verbose', '--json'])
    const [proof] = (await runProgram('sha256sum', [inRepo('SHA256SUMS')])).stdout.split(' ')
    const { sha256, digest, changed } = json.data
    assert.deepEqual([sha256, changed], [proof, []])
    assert.match(digest, /^([0-9A-Z]{5} ){4}[0-9A-Z]{5}$/)
    const checked = await runProgram('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: inRepo() })
    assert.deepEqual([checked.code, checked.stdout], [0, ''])
  })

  test('a file that was changed is named, and the launcher is found through links', async () => {
    const program = installed()
    appendFileSync(join(program, 'bin/start.cjs'), '// a word more\n')
    mkdirSync(join(program, 'elsewhere'))
    symlinkSync('../bin/keyrite', join(program, 'elsewhere/one'))
    symlinkSync(join(program, 'elsewhere/one'), join(program, 'elsewhere/two'))
    const { json } = await runProgram(join(program, 'elsewhere/two'), ['version', '--verbose', '--json'])
    assert.deepEqual(json.data.changed, ['bin/start.cjs'])
    const doctor = await runProgram(join(program, 'elsewhere/two'), ['doctor'])
    assert.match(doctor.stdout, /^warning +program +not what its SHA256SUMS says: bin\/start\.cjs$/m)
  })

  test('a file that was added is named, and code that nobody summed is not run', async () => {
    const program = installed()
    const late = readdirSync(join(program, 'dist')).find(isOfDoctor)!
    const code = `dist/${late}.v8-${process.versions.v8}-${process.arch}`
    const sums = readFileSync(join(program, 'SHA256SUMS'), 'utf8').split('\n')
    writeFileSync(join(program, 'SHA256SUMS'), sums.filter((line) => !line.endsWith(`  ${code}`)).join('\n'))
    const make = `
      const { Script } = require('node:vm')
      const length = require('node:fs').readFileSync(process.argv[1], 'latin1').length
      const text = '({ ' + JSON.stringify(process.argv[3]) + ': function () { console.log("owned") } })'.padEnd(length)
      const script = new Script(text)
      script.runInThisContext()
      require('node:fs').writeFileSync(process.argv[2], script.createCachedData())`
    const args = ['-e', make, join(program, 'dist', late), join(program, code), late]
    assert.equal((await runProgram(process.execPath, args)).code, 0)
    const { json } = await runProgram(join(program, 'bin/keyrite'), ['version', '--verbose', '--json'])
    assert.deepEqual(json.data.changed, [code])
    assert.doesNotMatch((await runProgram(join(program, 'bin/keyrite'), ['doctor'])).stdout, /owned/)
  })

  test('nothing else is parsed before', async () => {
    const copy = makeFolder('unreadable')
    cpSync(inRepo('bin'), join(copy, 'bin'), { recursive: true })
    mkdirSync(join(copy, 'dist'))
    writeFileSync(join(copy, 'dist/main.cjs'), 'not ( a program')
    const old = await start('18.20.4', ['--version'], join(copy, 'bin/keyrite'))
    assert.match(old.stderr, /^keyrite: this is node v18/)
    assert.doesNotMatch(old.stderr, /SyntaxError/)
    assert.match((await start('20.19.0', ['--version'], join(copy, 'bin/keyrite'))).stderr, /SyntaxError/)
  })
})

/** A `node` on the path that says what it was given. */
function nodeThatTells(): string {
  const folder = makeFolder('node')
  writeFileSync(join(folder, 'node'), '#!/bin/sh\nprintf "%s\\n" "$@"; env\n')
  chmodSync(join(folder, 'node'), 0o755)
  return [folder, process.env.PATH].join(delimiter)
}

const FOREIGN = {
  NODE_OPTIONS: '--require=/nonexistent.cjs',
  NODE_EXTRA_CA_CERTS: '/nonexistent',
  OPENSSL_CONF: '/nonexistent',
  OPENSSL_MODULES: '/nonexistent',
  OPENSSL_ENGINES: '/nonexistent',
  OPENSSL_CONF_INCLUDE: '/nonexistent',
  SSLKEYLOGFILE: '/nonexistent',
}

/** The files of dist/ that a command line reads, as a node that bin/keyrite starts does it, and whether V8 took the code that lies beside each. */
async function filesReadBy(...words: string[]): Promise<{ file: string; codeTaken: boolean }[]> {
  const { stdout } = await runProgram(launcher, [], { env: { PATH: nodeThatTells() } })
  const flags = stdout.split('\n').filter((line) => line.startsWith('--'))
  const program = `
    const { load, scripts } = require(${JSON.stringify(inRepo('bin/load.cjs'))})
    process.once('exit', () => {
      for (const [file, { script }] of scripts) console.error('#', file, script.cachedDataRejected)
    })
    load('main.cjs')`
  const { stderr } = await runProgram(process.execPath, [...flags, '-e', program, 'keyrite', ...words])
  const lines = stderr.split('\n').filter((line) => line.startsWith('# '))
  return lines.map((line) => ({ file: line.split(' ')[1]!, codeTaken: line.endsWith(' false') }))
}

/** Which file of dist/ looks at the machine: it is imported late. */
const isOfDoctor = (file: string) => file.endsWith('.cjs') && sourcesIn(file).join() === 'machine.ts'

/** The files of the sources that a file of dist/ was made of. */
function sourcesIn(file: string): string[] {
  const code = readFileSync(inRepo('dist', file), 'utf8')
  return [...code.matchAll(/\/\/! src\/(\S+)$/gm)].map(([, source]) => source!)
}

describe('what a start reads', () => {
  const OF_A_CHANGE = [
    'change/execute.ts',
    'commands/key/rotate.ts',
    'session/consent.ts',
    'quorum/share.ts',
    'client/client.ts',
  ]
  const cases: [words: string[], read: string[], unread: string[]][] = [
    [['key', 'list', '--help'], ['commands/key/list.ts'], ['ledger/replay.ts', ...OF_A_CHANGE]],
    [['key', 'list', '--home', 'nowhere'], ['commands/key/list.ts', 'ledger/ledgers.ts'], OF_A_CHANGE],
    [['quorum', 'show', '--home', 'nowhere'], ['commands/quorum/show.ts', 'ledger/ledgers.ts'], OF_A_CHANGE],
  ]
  for (const [words, read, unread] of cases)
    test(`${words.join(' ')}: nothing that only a change needs`, async () => {
      const sources = (await filesReadBy(...words)).flatMap(({ file }) => sourcesIn(file))
      assert.deepEqual(
        [...read, ...unread].filter((source) => sources.includes(source)),
        read,
      )
    })

  test('--version and --help: what the build wrote down, and nothing else', async () => {
    const [copy, whole] = [installed(), installed()]
    writeFileSync(join(copy, 'dist/main.cjs'), 'not ( a program')
    rmSync(join(whole, 'dist/answers.json'))
    for (const word of ['--version', '-V', '--help', '-h']) {
      const [said, meant] = await Promise.all(
        [copy, whole].map((program) => runProgram(join(program, 'bin/keyrite'), [word])),
      )
      assert.deepEqual([said!.code, said!.stdout, said!.stderr], [0, meant!.stdout, meant!.stderr], word)
    }
    assert.match((await runProgram(join(copy, 'bin/keyrite'), ['--version', '--json'])).stderr, /SyntaxError/)
  })
})

describe('what V8 made of the program when it was built', () => {
  test('is taken by a node that bin/keyrite starts', async () => {
    const files = await filesReadBy('key', 'list', '--help')
    assert.deepEqual(files, [{ file: 'main.cjs', codeTaken: true }])
  })

  test('is not taken for a file that was changed since', async () => {
    const program = installed()
    const files = readdirSync(join(program, 'dist')).filter((name) => name.endsWith('.cjs'))
    const later = Date.now() / 1000 + 60
    for (const path of files.map((name) => join(program, 'dist', name))) {
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('there is no partition in', 'where is my partition in'))
      utimesSync(path, later, later)
    }
    const { stderr } = await runProgram(join(program, 'bin/keyrite'), ['key', 'list'])
    assert.match(stderr, /^keyrite: where is my partition in /)
  })
})

describe('code of others', { concurrency: 2 }, () => {
  test('openssl conf runs code: no variable that makes node or OpenSSL load something reaches it', async () => {
    const env = { ...FOREIGN, KEPT: 'a\nOPENSSL_KEPT=in a value\nb', PATH: nodeThatTells() }
    const { stdout } = await runProgram(launcher, [], { env })
    const left = stdout.split('\n').filter((line) => /^(NODE_|OPENSSL_|SSLKEY)/.test(line))
    assert.deepEqual(left, ['OPENSSL_KEPT=in a value'])
  })

  test('nor the process of the module', async () => {
    const host = startProcess(idle('process.send(Object.keys(process.env))'), { ...FOREIGN, KEPT: '1' })
    const [names] = await once(host, 'message')
    host.kill()
    assert.deepEqual(
      names.filter((name: string) => name in FOREIGN || name === 'KEPT'),
      ['KEPT'],
    )
  })
})

const idle = (code: string) => {
  const file = join(makeFolder('idle'), 'idle.mjs')
  writeFileSync(file, `${code}\nsetTimeout(() => {}, 60_000)\n`)
  return pathToFileURL(file)
}

/** What node says once it was asked for its debugger. Nothing in the program listens to the signal. */
async function askedForDebugger(child: ChildProcess): Promise<string> {
  const ready = child.connected ? once(child, 'message') : once(child.stdout!, 'data')
  await ready
  child.kill('SIGUSR1')
  const [said] = await once(child.stderr!, 'data')
  child.kill('SIGKILL')
  return String(said)
}

describe('inspector in the first moments: SIGUSR1 opens none, before any handler is there', { concurrency: 2 }, () => {
  test('in the program', async () => {
    const { stdout } = await runProgram(launcher, [], { env: { PATH: nodeThatTells() } })
    const flags = stdout.split('\n').filter((word) => word.startsWith('--'))
    const child = spawn(process.execPath, [...flags, '-e', 'console.log(1); setTimeout(() => {}, 60_000)'])
    assert.match(await askedForDebugger(child), /^Starting inspector on \S+ failed/)
  })

  test('in the process of the module', async () => {
    const host = startProcess(idle('process.send(1)'), {})
    assert.match(await askedForDebugger(host), /^Starting inspector on \S+ failed/)
  })
})
