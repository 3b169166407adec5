// The process that holds the module: what it refuses to load, and that a crash, a hang or a lost parent stays its own affair.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startHost } from '../../src/client/client.ts'
import type { HsmOptions } from '../../src/hsm/port.ts'
import { environment } from '../support/keyrite.ts'
import { scripted } from '../support/module.ts'
import type { TokenFolder } from '../support/softhsm.ts'
import { makeFolder, softhsm } from '../support/softhsm.ts'
import type { Bench } from './hsm-bench.ts'
import { ended, isRunning, loggedIn, makeToken, open, spec, USER } from './hsm-bench.ts'

const MORE_THAN_ANYBODY_WAITS_FOR = 20_000

/** What this file does when a test starts it as a program. */
const ROLES: Record<string, () => Promise<void>> = {
  async listener() {
    const opening = open({ module: process.env.HSM_TEST_MODULE!, env: process.env } as unknown as TokenFolder)
    await opening.catch(({ code }) => process.stdout.write(`${code}\n`))
  },
  async maker() {
    const { HSM_TEST_SERIAL: serial } = process.env
    const bench = { serial, folder: { module: softhsm, env: process.env } } as unknown as Bench
    await loggedIn(bench, async (session, hsm) => {
      process.stdout.write(`${hsm.pid}\n`)
      await session.generateKeys(
        Array.from({ length: MORE_THAN_ANYBODY_WAITS_FOR }, () => spec('aes-256', ['encrypt'])),
      )
    })
  },
}
const role = ROLES[process.env.HSM_TEST_ROLE ?? '']
if (role !== undefined) {
  await role()
  process.exit()
}

/** A module that has only C_Initialize, which does what MOCK says. */
const MOCK = `
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* As in a library that has an OpenSSL of its own. */
unsigned long OpenSSL_version_num(void) { return 0; }
#ifdef __linux__
/* As in one that lacks a function which nobody calls. */
void nowhere(void);
void uncalled(void) { nowhere(); }
#endif
static unsigned long C_Initialize(void *args) {
  const char *what = getenv("MOCK");
  const char *reserved = ((char **)args)[5];
  if (!strcmp(what, "hang")) for (;;) pause();
  if (!strcmp(what, "spin")) for (;;) ;
  if (!strcmp(what, "crash")) { fputs("first\\nno \\033[31mred\\033[0m chair\\n", stderr); raise(SIGSEGV); }
  if (!strcmp(what, "exit")) exit(3);
  if (!strcmp(what, "parameters")) return reserved && !strcmp(reserved, getenv("WANTED")) ? 0x54 : 0x1b7;
  if (!strcmp(what, "bind")) return OpenSSL_version_num() == 0 ? 0x54 : 0x1b7;
  if (!strcmp(what, "chatter")) { printf("hello\\n"); fflush(stdout); }
  return 0x54;
}
static struct { unsigned char version[2]; void *functions[68]; } list = { { 2, 40 }, { C_Initialize } };
unsigned long C_GetFunctionList(void **out) { *out = &list; return 0; }
`

let folder: string
let mock: string
before(() => {
  folder = makeFolder('mock')
  mock = join(folder, 'mock.so')
  writeFileSync(join(folder, 'mock.c'), MOCK)
  const lazy = process.platform === 'linux' ? ['-Wl,-z,lazy'] : []
  execFileSync('cc', ['-shared', '-fPIC', ...lazy, '-o', mock, join(folder, 'mock.c')])
})
after(() => rmSync(folder, { recursive: true, force: true }))

const pids: number[] = []
const withModule = (module: string, options: Partial<HsmOptions> = {}) =>
  open({ module, env: {} } as unknown as TokenFolder, { started: (pid) => pids.push(pid), ...options })
const behaving = (MOCK: string, options: Partial<HsmOptions> = {}) =>
  withModule(mock, { env: environment({ env: { MOCK } }), ...options })

describe('a file that is no module', () => {
  test('is missing, or no file: a mistake on the command line', async () => {
    await assert.rejects(withModule(join(folder, 'nothing.so')), { exit: 2, code: 'MODULE-MISSING' })
    await assert.rejects(withModule(folder), { exit: 2, code: 'MODULE-MISSING', message: /is not a file$/ })
  })

  test('is not a shared library: a text, a program, one of another machine', async () => {
    const other = Buffer.from(readFileSync(mock))
    other.writeUInt16LE(0x1234, 18)
    writeFileSync(join(folder, 'other.so'), other)
    writeFileSync(join(folder, 'short.so'), '\u007fELF')
    for (const file of [join(folder, 'mock.c'), join(folder, 'short.so'), join(folder, 'other.so')]) {
      await assert.rejects(withModule(file), { exit: 4, code: 'MODULE-INVALID', message: /is not a shared library/ })
    }
  })

  test('is a shared library without PKCS#11', async () => {
    writeFileSync(join(folder, 'plain.c'), 'int answer(void) { return 42; }')
    const plain = join(folder, 'plain.so')
    execFileSync('cc', ['-shared', '-fPIC', '-o', plain, join(folder, 'plain.c')])
    await assert.rejects(withModule(plain), { exit: 4, code: 'MODULE-INVALID', message: /is not a PKCS#11 library/ })
  })

  test('leaves no process behind', async () => {
    assert.ok(pids.length > 0)
    for (const pid of pids) assert.ok(await ended(pid))
  })
})

describe('a module that', () => {
  test('fails to start is an error by the name of the call', () =>
    assert.rejects(behaving('fail'), {
      exit: 4,
      code: 'CKR_FUNCTION_NOT_SUPPORTED',
      message: /^C_Initialize: .* \(0x54\)$/,
    }))

  test('crashes is named with the signal, the call, and the last it said, made harmless', () =>
    assert.rejects(behaving('crash'), {
      exit: 4,
      code: 'MODULE-CRASHED',
      changed: false,
      message: 'the module crashed in initialize (SIGSEGV): no \\u{1b}[31mred\\u{1b}[0m chair',
    }))

  test('ends the process is named with its code', () =>
    assert.rejects(behaving('exit'), { code: 'MODULE-CRASHED', message: /its process ended with code 3/ }))

  for (const how of ['hang', 'spin']) {
    test(`does nothing but ${how} is ended when its time is over`, async () => {
      await assert.rejects(behaving(how, { timeout: 0.5 }), {
        exit: 4,
        code: 'MODULE-TIMEOUT',
        message: /within 0.5 s/,
      })
      assert.ok(await ended(pids.at(-1)!))
    })
  }

  test('wants parameters gets them whole', () =>
    assert.rejects(
      behaving('parameters', {
        ...{
          libraryParameters: "configdir='sql:/é' flags=",
          env: environment({ env: { MOCK: 'parameters', WANTED: "configdir='sql:/é' flags=" } }),
        },
      }),
      { code: 'CKR_FUNCTION_NOT_SUPPORTED' },
    ))

  const { node_shared_openssl: shared } = process.config.variables as { node_shared_openssl?: boolean }
  const skip =
    process.platform !== 'linux' || shared ? 'node has no OpenSSL of its own here, or the system no flag' : false
  test('has a function called as one of OpenSSL gets its own, not that of node', { skip }, () =>
    assert.rejects(behaving('bind'), { code: 'CKR_FUNCTION_NOT_SUPPORTED' }),
  )

  test('prints reaches no stdout of ours', () => {
    const args = [fileURLToPath(import.meta.url)]
    const env = environment({ env: { HSM_TEST_ROLE: 'listener', HSM_TEST_MODULE: mock, MOCK: 'chatter' } })
    assert.equal(execFileSync(process.execPath, args, { env, encoding: 'utf8' }), 'CKR_FUNCTION_NOT_SUPPORTED\n')
  })

  test('aborts over two tokens of one serial is an error, not the end of us', async () => {
    const duplicates = await makeToken()
    const tokens = join(duplicates.folder.dir, 'tokens')
    const [one] = readdirSync(tokens)
    cpSync(join(tokens, one!), join(tokens, `${one!.slice(0, -1)}x`), { recursive: true })
    await assert.rejects(open(duplicates.folder), {
      exit: 4,
      code: 'MODULE-CRASHED',
      message: /initialize \(SIGABRT\)/,
    })
    duplicates.folder.dispose()
  })
})

describe('the process', () => {
  let bench: Bench
  before(async () => {
    bench = await makeToken()
  })
  after(() => bench.folder.dispose())

  test('tells its number before the module is loaded, and ends with the session', async () => {
    const heard: number[] = []
    {
      await using hsm = await open(bench.folder, { started: (pid) => heard.push(pid) })
      assert.deepEqual(heard, [hsm.pid])
      assert.ok(isRunning(hsm.pid))
    }
    assert.ok(!isRunning(heard[0]!))
  })

  test('gets nothing that is called NODE_', async () => {
    const env = environment({ env: { ...bench.folder.env, NODE_OPTIONS: '--require=/nonexistent.cjs' } })
    await using hsm = await open(bench.folder, { env })
    assert.equal((await hsm.slots()).length, 2)
  })

  test('is of a group of its own and deaf to what a terminal sends; it opens no inspector', async () => {
    await using hsm = await open(bench.folder)
    const sockets = () =>
      readdirSync(`/proc/${hsm.pid}/fd`).filter((fd) => readlinkSync(`/proc/${hsm.pid}/fd/${fd}`).startsWith('socket'))
        .length
    await hsm.slots()
    const before = sockets()
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1'] as const) process.kill(-hsm.pid, signal)
    await pause(100)
    assert.equal((await hsm.slots()).length, 2)
    assert.equal(sockets(), before)
  })

  test('dies of SIGTERM, and the call in flight says that keys may have changed', async () => {
    await using hsm = await open(bench.folder)
    await using session = await hsm.login({ serial: bench.serial }, USER())
    const keys = Array.from({ length: 2000 }, () => spec('aes-256', ['encrypt']))
    const making = session.generateKeys(keys, () => process.kill(hsm.pid, 'SIGTERM'))
    await assert.rejects(making, { code: 'MODULE-CRASHED', changed: true, message: /in generateKeys \(SIGTERM\)/ })
    await assert.rejects(session.heads(), { code: 'MODULE-CRASHED' })
  })

  test('has its clock set anew by every sign of progress, and of a call that waits for its turn none runs', async () => {
    // All of them take longer than the clock runs.
    const { module, env } = scripted(['C_GenerateKey * sleep 100'])
    const slow = { ...bench.folder, module, env: { ...bench.folder.env, ...env } }
    await using hsm = await open(slow, { timeout: 2 })
    await using session = await hsm.login({ serial: bench.serial }, USER())
    const keys = Array.from({ length: 101 }, () => spec('aes-256', ['encrypt']))
    await Promise.all([session.generateKeys(keys.slice(1)), session.generateKeys(keys.slice(0, 1))])
  })

  test('ends within one key when its parent is killed', async () => {
    const args = [fileURLToPath(import.meta.url)]
    const own = await makeToken()
    const env = environment({ env: { ...own.folder.env, HSM_TEST_ROLE: 'maker', HSM_TEST_SERIAL: own.serial } })
    const parent = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
    assert.ok(isRunning(pid))
    const keys = () => readdirSync(tokenFolder(own)).filter((file) => file.endsWith('.object')).length
    const begun = keys()
    while (keys() < begun + 20) await pause(5)
    parent.kill('SIGKILL')
    assert.ok(await ended(pid))
    const left = keys()
    await pause(100)
    assert.equal(keys(), left)
    assert.ok(left < MORE_THAN_ANYBODY_WAITS_FOR, `${left} were made`)
    own.folder.dispose()
  })

  describe('that was started early', () => {
    const early = (started: (pid: number) => void) =>
      startHost({ module: bench.folder.module, timeout: 20, env: environment({ env: bench.folder.env }), started })

    test('ends at once where nobody opens it', async () => {
      const heard: number[] = []
      const host = early((pid) => heard.push(pid))
      await host[Symbol.asyncDispose]()
      assert.ok(!isRunning(heard[0]!))
    })

    test('and has died since is told apart from a file that is no module', async () => {
      const heard: number[] = []
      await using host = early((pid) => heard.push(pid))
      process.kill(heard[0]!, 'SIGKILL')
      await assert.rejects(host.open(), { exit: 4, code: 'HOST-ENDED', changed: false, message: /loaded \(SIGKILL\)$/ })
      await assert.rejects(host.open(), { code: 'HOST-ENDED' })
    })

    test('is ended where whoever is told of it wants no more', async () => {
      const heard: number[] = []
      const refusing = (pid: number) => {
        heard.push(pid)
        throw new Error('another keyrite took over')
      }
      assert.throws(() => early(refusing), { message: 'another keyrite took over' })
      assert.ok(await ended(heard[0]!))
    })
  })

  test('ends when nobody closes it', async () => {
    const hsm = await open(bench.folder)
    await hsm.slots()
    await hsm[Symbol.asyncDispose]()
    await hsm[Symbol.asyncDispose]()
    await assert.rejects(hsm.slots(), { code: 'MODULE-CRASHED' })
  })
})

const tokenFolder = ({ folder: { dir } }: Bench): string =>
  join(dir, 'tokens', readdirSync(join(dir, 'tokens')).find((name) => name.length === 36)!)
