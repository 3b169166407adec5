// Files and descriptors that hold secrets: what is read, what is refused, and what is left on the disk.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { geteuid, umask } from 'node:process'
import { test } from 'node:test'
import { buildSync } from 'esbuild'
import type { KeyriteError } from '../../src/domain/errors.ts'
import { EXIT } from '../../src/domain/errors.ts'
import { hintText } from '../../src/domain/hint-text.ts'
import { checkPrivate } from '../../src/quorum/private-file.ts'
import { readSecretFile, readShareFd, readShareFile, shareFileName, writeShareFile } from '../../src/quorum/sources.ts'
import { inRepo } from '../support/paths.ts'
import { folder, rule } from './helpers.ts'

function file(dir: string, text: string | Uint8Array, mode = 0o600): string {
  const path = join(dir, `f${fs.readdirSync(dir).length}`)
  fs.writeFileSync(path, text)
  fs.chmodSync(path, mode)
  return path
}

test('a private file is read as it is', (t) => {
  const dir = folder(t)
  for (const mode of [0o600, 0o400, 0o700]) {
    const bytes = readShareFile(file(dir, 'krs1 share\n', mode))
    assert.equal(Buffer.from(bytes).toString(), 'krs1 share\n')
    assert.equal(bytes.constructor, Uint8Array)
  }
})

test('SHARE-OPEN and SECRET-OPEN: any right of group or others', (t) => {
  const dir = folder(t)
  for (const mode of [0o644, 0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o666]) {
    const path = file(dir, 'krs1', mode)
    const said = new RegExp(`^share file ${path} is open to others \\(mode 0${mode.toString(8)}\\)$`)
    assert.throws(() => readShareFile(path), rule('SHARE-OPEN', said))
    assert.throws(() => readSecretFile(path), rule('SECRET-OPEN', /^passphrase file .* open to others/))
    const hint = (error: unknown) => hintText((error as KeyriteError).hint!) === `chmod 600 ${path}`
    assert.throws(() => readShareFile(path), hint)
  }
})

test('the hint can be pasted also for a name with blanks and quotes', (t) => {
  const path = join(folder(t), "a b'c")
  fs.writeFileSync(path, 'krs1', { mode: 0o644 })
  fs.chmodSync(path, 0o644)
  assert.throws(
    () => readShareFile(path),
    (error: unknown) => {
      execFileSync('sh', ['-c', hintText((error as KeyriteError).hint!)])
      return true
    },
  )
  assert.equal(fs.statSync(path).mode & 0o777, 0o600)
})

test('SHARE-FILE: a symbolic link, a folder, a FIFO, a device, too big', (t) => {
  const dir = folder(t)
  const link = join(dir, 'link')
  fs.symlinkSync(file(dir, 'x'), link)
  const fifo = join(dir, 'fifo')
  execFileSync('mkfifo', ['-m', '600', fifo])
  const cases: [string, RegExp][] = [
    [link, /is a symbolic link$/],
    [dir, /is not a regular file$/],
    [fifo, /is not a regular file$/],
    ['/dev/null', /is not a regular file$/],
    [file(dir, Buffer.alloc(65 * 1024)), /too big/],
    [file(dir, 'root:x:0:0', 0o644), /is not a share file: neither an age file nor a share$/],
    [join(dir, 'f0', 'x'), /cannot be read: not a folder/],
  ]
  for (const [path, message] of cases) assert.throws(() => readShareFile(path), rule('SHARE-FILE', message), path)
  const isMissing = ({ code, exit, message }: KeyriteError) =>
    code === 'FILE-MISSING' && exit === 2 && /^there is no share file /.test(message)
  assert.throws(() => readShareFile(join(dir, 'absent')), isMissing)
  assert.throws(() => readSecretFile(link, 'identity file'), rule('SECRET-FILE', /^identity file .* symbolic link/))
})

test('a file of another user is refused, unless root reads it', (t) => {
  const stats = fs.statSync(file(folder(t), 'x'))
  const kind = { what: 'share file', rule: 'SHARE' } as const
  assert.throws(() => checkPrivate(stats, stats.uid + 1, '/f', kind), rule('SHARE-OPEN', /another user/))
  checkPrivate(stats, stats.uid, '/f', kind)
  checkPrivate({ ...stats, uid: stats.uid + 1, isFile: () => true } as fs.Stats, 0, '/f', kind)
})

/** What the door says to another user, in a process of its own: not every node lets a process become somebody else. */
function asNobody(call: string): string {
  const contents = `import { readShareFile, writeShareFile } from './sources.ts'
    try { ${call} } catch (error) { process.stdout.write([error.code, error.message].join(' ')) }`
  const stdin = { contents, resolveDir: inRepo('src/quorum') }
  const { outputFiles } = buildSync({ stdin, write: false, bundle: true, format: 'esm', platform: 'node' })
  const nobody = { uid: 65534, gid: 65534, cwd: '/', input: outputFiles[0]!.text, encoding: 'utf8' } as const
  return execFileSync(process.execPath, ['--input-type=module', '-'], nobody).trim()
}

test('a file that may not be read says so', { skip: geteuid!() !== 0 && 'only root can become somebody else' }, (t) => {
  const dir = folder(t)
  fs.chmodSync(dir, 0o755)
  const path = file(dir, 'x')
  assert.match(asNobody(`readShareFile(${JSON.stringify(path)})`), /^SHARE-FILE .* cannot be read: permission denied$/)
  const made = JSON.stringify(join(dir, 'new'))
  assert.match(asNobody(`writeShareFile(${made}, Buffer.from('x'))`), /^DISK can't write .*: permission denied$/)
})

test('exactly one newline at the end of a secret file is not part of the secret', (t) => {
  const dir = folder(t)
  const cases = [
    ['pass', 'pass'],
    ['pass\n', 'pass'],
    ['pass\r\n', 'pass'],
    ['pass\n\n', 'pass\n'],
    ['pass\r', 'pass\r'],
  ]
  for (const [text, secret] of [
    ...cases,
    ['\n', ''],
    ['', ''],
    [' pass \n', ' pass '],
    ['\r\n', ''],
    ['a\r\n\r\n', 'a\r\n'],
  ]) {
    assert.equal(Buffer.from(readSecretFile(file(dir, text!)).reveal()).toString(), secret)
  }
})

test('a new share file has mode 0600 under any umask, and its bytes', (t) => {
  const dir = folder(t)
  for (const mask of [0o000, 0o022, 0o077]) {
    const path = join(dir, `new${mask}`)
    const before = umask(mask)
    writeShareFile(path, Buffer.from('krs1 the share\n'))
    umask(before)
    assert.equal(fs.statSync(path).mode & 0o7777, 0o600)
    assert.equal(Buffer.from(readShareFile(path)).toString(), 'krs1 the share\n')
  }
})

test('FILE-EXISTS: a file, a link to one and a dangling link are left alone', (t) => {
  const dir = folder(t)
  const path = file(dir, 'old')
  const [link, dangling] = [join(dir, 'link'), join(dir, 'dangling')]
  fs.symlinkSync(path, link)
  fs.symlinkSync(join(dir, 'nowhere'), dangling)
  for (const taken of [path, link, dangling]) {
    assert.throws(() => writeShareFile(taken, Buffer.from('new')), rule('FILE-EXISTS', /exists already/))
  }
  assert.equal(fs.readFileSync(path, 'utf8'), 'old')
  assert.equal(fs.existsSync(join(dir, 'nowhere')), false)
  assert.throws(() => writeShareFile(join(dir, 'no', 'x'), Buffer.from('new')), rule('FILE-FOLDER', /does not exist/))
})

test('a write that fails leaves no half share', (t) => {
  const path = join(folder(t), 'share')
  assert.throws(() => writeShareFile(path, null as never), TypeError)
  assert.equal(fs.existsSync(path), false)
})

test('shares come from a descriptor, one a line', async (t) => {
  const path = file(folder(t), '# custodian: alice\nkrs1aaa\r\n\n  krs1bbb  \nkrs1ccc')
  const fd = fs.openSync(path, 'r')
  assert.deepEqual(await readShareFd(fd), ['krs1aaa', 'krs1bbb', 'krs1ccc'])
  fs.closeSync(fd)
})

test('a pipe whose writer is slow and made it non-blocking is read to its end', async (t) => {
  const fifo = join(folder(t), 'fifo')
  execFileSync('mkfifo', [fifo])
  const fd = fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  execFileSync('sh', [
    '-c',
    `(exec 3>'${fifo}'; sleep 0.3; echo krs1aaa >&3; sleep 0.2; echo krs1bbb >&3) >/dev/null 2>&1 & sleep 0.1`,
  ])
  assert.deepEqual(await readShareFd(fd), ['krs1aaa', 'krs1bbb'])
  fs.closeSync(fd)
})

test('while a pipe gives nothing, others are heard', async (t) => {
  const fifo = join(folder(t), 'fifo')
  execFileSync('mkfifo', [fifo])
  const writer = spawn('sh', ['-c', `exec 3>'${fifo}'; read told; echo krs1aaa >&3`])
  const fd = fs.openSync(fifo, 'r')
  const lines = readShareFd(fd)
  // A read that waits would keep the writer from ever being told.
  writer.stdin.end('now\n')
  assert.deepEqual(await lines, ['krs1aaa'])
  fs.closeSync(fd)
})

/** A descriptor of node's own: what it leads to begins like this. */
function ownOf(kind: string): number {
  const numbers = fs.readdirSync('/proc/self/fd').map(Number)
  return numbers.find((fd) => fd > 2 && linkOf(fd).startsWith(kind))!
}

function linkOf(fd: number): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

const ownPipe = () => ownOf('pipe:')
const ownClock = () => ownOf('anon_inode:')

test('a descriptor that is closed, a folder or endless is a mistake of usage', async (t) => {
  await assert.rejects(() => readShareFd(987), rule('USAGE', /--share-fd 987 cannot be read \(EBADF\)/, EXIT.usage))
  const dir = fs.openSync(folder(t), 'r')
  await assert.rejects(() => readShareFd(dir), rule('USAGE', /EISDIR/, EXIT.usage))
  await assert.rejects(() => readShareFd(ownPipe()), rule('USAGE', /was not opened by the caller/, EXIT.usage))
  await assert.rejects(() => readShareFd(ownClock()), rule('USAGE', /was not opened by the caller/, EXIT.usage))
  const zero = fs.openSync('/dev/zero', 'r')
  await assert.rejects(() => readShareFd(zero), rule('USAGE', /64 KiB/, EXIT.usage))
  for (const fd of [dir, zero]) fs.closeSync(fd)
})

test('a terminal is no source of shares: they would be seen', {
  skip: !fs.existsSync('/dev/ptmx') && 'no pseudo-terminals here',
}, async () => {
  const fd = fs.openSync('/dev/ptmx', fs.constants.O_RDWR | fs.constants.O_NOCTTY)
  await assert.rejects(() => readShareFd(fd), rule('USAGE', /is a terminal/, EXIT.usage))
  fs.closeSync(fd)
})

test('names of share files', () => {
  assert.equal(shareFileName('alice', undefined, 1, false), 'alice.share.age')
  assert.equal(shareFileName('alice', undefined, 1, true), 'alice.share.txt')
  assert.equal(shareFileName('alice', 'ops', 1, false), 'alice.ops.share.age')
  assert.equal(shareFileName('alice', undefined, 2, false), 'alice.e2.share.age')
  assert.equal(shareFileName('alice', 'ops', 12, true), 'alice.ops.e12.share.txt')
})
