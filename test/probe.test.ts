// The crash probe itself: what it counts, and that it ends a program, its child or both at the step it was told.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runProgram } from './support/keyrite.ts'
import { testModule } from './support/module.ts'
import { type ProbeOptions, probeEnv, probeEvents } from './support/probe.ts'
import { makeFolder, makeTokenFolder } from './support/softhsm.ts'

const folder = makeFolder('probe')
const root = join(folder, 'root')
const skip = process.platform === 'linux' ? false : 'LD_PRELOAD is of linux'
after(() => rmSync(folder, { recursive: true, force: true }))

const writer = `
  const fs = require('node:fs')
  fs.writeFileSync('../outside', 'not counted')
  const fd = fs.openSync('.././root//a', 'wx')
  fs.writeSync(fd, 'one')
  fs.fsyncSync(fd)
  fs.closeSync(fd)
  fs.renameSync('a', 'b')
  fs.readFileSync('b')
  process.stdout.write('done')`

function runNode(script: string, options: Partial<ProbeOptions> = {}) {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root)
  const env = probeEnv({ folder, roots: [join(folder, 'other'), root], ...options })
  return runProgram(process.execPath, ['-e', script], { cwd: root, env })
}

const steps = () => probeEvents(folder).map(({ name, path }) => [name, path.slice(root.length + 1)])

const all = [
  ['open', 'a'],
  ['write', 'a'],
  ['fsync', 'a'],
  ['rename', 'b'],
]

test('changes of files under a root are counted, and nothing else', { skip }, async () => {
  const { code, stdout } = await runNode(writer)
  assert.deepEqual([code, stdout], [0, 'done'])
  assert.deepEqual(steps(), all)
  assert.deepEqual(
    probeEvents(folder).map(({ number }) => number),
    [1, 2, 3, 4],
  )
})

test('a name beside a root is not under it', { skip }, async () => {
  const { code } = await runNode(writer, { roots: [root.slice(0, -1)] })
  assert.deepEqual([code, steps()], [0, []])
})

test('the promises of node, which work in threads, count too', { skip }, async () => {
  await runNode(`
    const fs = require('node:fs/promises')
    fs.mkdir('d').then(() => fs.writeFile('d/a', 'x')).then(() => fs.truncate('d/a')).then(() => fs.rm('d/a'))`)
  const expected = [
    ['mkdir', 'd'],
    ['open', 'd/a'],
    ['write', 'd/a'],
    ['ftruncate', 'd/a'],
    ['unlink', 'd/a'],
  ]
  const seen = steps().map(([name, path]) => [name?.replace(/^pwrite$/, 'write'), path])
  assert.deepEqual(seen, expected)
})

for (const [when, left] of [
  ['before', [undefined, '', 'one', 'one']],
  ['after', ['', 'one', 'one', 'one']],
] as const) {
  test(`it ends ${when} the step it was told`, { skip }, async () => {
    for (const kill of [1, 2, 3, 4]) {
      const { signal, stdout } = await runNode(writer, { kill, when })
      assert.deepEqual([signal, stdout], ['SIGKILL', ''])
      assert.deepEqual(steps(), all.slice(0, kill))
      const name = when === 'after' && kill === 4 ? 'b' : 'a'
      const file = join(root, name)
      assert.equal(existsSync(file) ? readFileSync(file, 'utf8') : undefined, left[kill - 1])
    }
  })
}

/** A parent, and a child whose command names it the host; each writes a file and says so, the child second. */
const family = `
  const fs = require('node:fs')
  const { spawn } = require('node:child_process')
  // By its command the probe knows the host: this one may not have the whole name in its own.
  const child = spawn(process.execPath, ['../host' + '.cjs'], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  child.stdout.once('data', () => {
    fs.writeFileSync('main', '')
    process.stdout.write('main')
    child.stdin.end('go')
  })
  child.stdout.pipe(process.stdout)`

const host = `
  const fs = require('node:fs')
  // Its reader may be gone already.
  process.stdout.on('error', () => undefined)
  process.stdout.write('up')
  process.stdin.once('data', () => {
    fs.writeFileSync('host', '')
    process.stdout.write('host')
  })
  process.stdin.once('end', () => fs.existsSync('main') && fs.writeFileSync('orphan', ''))`

for (const [kill, whom, signal, left] of [
  [1, 'both', 'SIGKILL', []],
  [1, 'self', 'SIGKILL', []],
  [1, 'host', null, ['main']],
  [2, 'both', 'SIGKILL', ['main']],
  [2, 'self', null, ['main']],
  [2, 'main', 'SIGKILL', ['main', 'host', 'orphan']],
] as const) {
  test(`at step ${kill} of main and host it ends ${whom}`, { skip }, async () => {
    writeFileSync(join(folder, 'host.cjs'), host)
    const result = await runNode(family, { kill, whom })
    assert.equal(result.signal, signal)
    const files = ['main', 'host', 'orphan'].filter((file) => existsSync(join(root, file)))
    assert.deepEqual(files, left)
  })
}

async function listSlots(options: Partial<ProbeOptions> = {}) {
  using tokens = makeTokenFolder()
  const env = { ...tokens.env, ...probeEnv({ folder, roots: [], ...options }) }
  return await runProgram('pkcs11-tool', ['--module', testModule(), '-L'], { env })
}

const calls = () => probeEvents(folder).map(({ name }) => name)

test('from the step it was told the disk is full, and only what wants room fails', { skip }, async () => {
  const { code, stderr } = await runNode(writer, { full: 2 })
  assert.equal(code, 1)
  assert.match(stderr, /ENOSPC.*write/)
  assert.match((await runNode(writer, { full: 3 })).stderr, /ENOSPC.*fsync/)
  const growing = await runNode(writer, { full: 4 })
  assert.deepEqual([growing.code, steps()], [0, all])
})

test('PKCS#11 calls are counted and passed on', { skip }, async () => {
  const { code, stdout } = await listSlots()
  assert.equal(code, 0)
  assert.match(stdout, /SoftHSM/)
  assert.equal(calls()[0], 'C_Initialize')
  assert.equal(calls().at(-1), 'C_Finalize')
  assert.ok(calls().includes('C_GetTokenInfo'))
})

test('a PKCS#11 call is a step to end at', { skip }, async () => {
  const { signal } = await listSlots({ kill: 2 })
  assert.equal(signal, 'SIGKILL')
  assert.equal(calls().length, 2)
})

test('of the calls only those that can change a token, when that is asked', { skip }, async () => {
  using tokens = makeTokenFolder()
  const env = { ...tokens.env, ...probeEnv({ folder, roots: [], calls: 'changing' }) }
  const make = ['--init-token', '--slot-index', '0', '--label', 'a', '--so-pin', '12345678']
  assert.equal((await runProgram('pkcs11-tool', ['--module', testModule(), ...make], { env })).code, 0)
  assert.deepEqual(calls(), ['C_InitToken'])
})

test('a call with eight arguments arrives whole', { skip }, async () => {
  using tokens = makeTokenFolder()
  const env = { ...tokens.env, ...probeEnv({ folder, roots: [] }) }
  const tool = (...args: string[]) => runProgram('pkcs11-tool', ['--module', testModule(), ...args], { env })
  await tool('--init-token', '--slot-index', '0', '--label', 'a', '--so-pin', '12345678')
  await tool(
    '--token-label',
    'a',
    '--login',
    '--login-type',
    'so',
    '--so-pin',
    '12345678',
    '--init-pin',
    '--pin',
    '1234',
  )
  const made = await tool(
    '--token-label',
    'a',
    '--login',
    '--pin',
    '1234',
    '--keypairgen',
    '--key-type',
    'EC:prime256v1',
  )
  assert.equal(made.code, 0, made.stderr)
  assert.ok(calls().includes('C_GenerateKeyPair'))
})
