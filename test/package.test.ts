// What `npm run package` makes: the same bytes in two folders, and a program that runs where nothing else of this repository is.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { FULL } from './support/full.ts'
import { runProgram } from './support/keyrite.ts'
import { blank, initArgs } from './support/partition.ts'
import { inRepo } from './support/paths.ts'
import { makeFolder } from './support/softhsm.ts'

const skip =
  process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)
    ? 'packages are made for linux on x64 and arm64'
    : (await runProgram('sh', ['-c', 'command -v dpkg-deb'])).code !== 0 && 'dpkg-deb is not here'

// On the disk of the repository: node_modules is linked, file by file, and not copied.
mkdirSync(inRepo('build'), { recursive: true })
const work = mkdtempSync(inRepo('build', 'package test ü%41 '))
after(() => rmSync(work, { recursive: true, force: true }))

/** A clone as it stands, with packages installed. */
function clone(name: string): string {
  const folder = join(work, name)
  mkdirSync(folder)
  const parts = ['src', 'test', 'scripts', 'bin', 'man', 'completions', 'docs', 'packaging']
  const files = readdirSync(inRepo(), { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const part of [...parts, ...files.map((entry) => entry.name)])
    cpSync(inRepo(part), join(folder, part), { recursive: true })
  execFileSync('cp', ['-al', inRepo('node_modules'), join(folder, 'node_modules')])
  return folder
}

async function packed(name: string, epoch = 1_800_000_000): Promise<string> {
  const folder = clone(name)
  const env = { SOURCE_DATE_EPOCH: `${epoch}` }
  const { code, stderr } = await runProgram(process.execPath, ['scripts/package.mjs'], {
    cwd: folder,
    env,
  })
  assert.equal(code, 0, stderr)
  return join(folder, 'build/package')
}

const sums = (folder: string) => readFileSync(join(folder, 'SHA256SUMS'), 'utf8')
const made = (folder: string, end: string) => join(folder, readdirSync(folder).find((name) => name.endsWith(end))!)

describe('packages', { skip }, () => {
  let out: string

  before(async () => {
    out = await packed('one')
    if (FULL) assert.equal(sums(out), sums(await packed('another folder')), 'the same bytes in two folders')
  })

  /** The program of the npm package, where no node_modules is. */
  function unpacked(): string {
    const folder = makeFolder('npm')
    execFileSync('tar', ['xzf', made(out, '.tgz'), '-C', folder])
    return join(folder, 'package')
  }

  const holds = (folder: string) => execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: folder })

  test('each is in SHA256SUMS', () => {
    holds(out)
    assert.equal(sums(out).trimEnd().split('\n').length, readdirSync(out).length - 1)
  })

  test('the npm package works without any other, asks for none and runs nothing when it is installed', async () => {
    const program = unpacked()
    holds(program)
    const about = JSON.parse(readFileSync(join(program, 'package.json'), 'utf8'))
    assert.deepEqual([about.scripts, about.dependencies, about.private], [undefined, undefined, undefined])
    for (const page of about.man) readFileSync(join(program, page))
    using place = blank()
    const options = { home: place.home, env: place.folder.env, cwd: place.folder.dir }
    const keyrite = (...args: string[]) =>
      runProgram(join(program, 'bin/keyrite'), [...args, '--json', '--no-input'], options)
    const init = await keyrite(...initArgs(place))
    assert.equal(init.code, 0, init.stderr)
    const generate = ['key', 'generate', 'card', '--type', 'aes-256', ...place.approvedBy('alice', 'bob')]
    assert.equal((await keyrite(...generate)).code, 0)
    const doctor = await keyrite('doctor')
    const of = (name: string) => doctor.json.data.checks.find((check: { name: string }) => check.name === name)
    assert.equal(of('native part').status, 'ok')
    const digest = createHash('sha256')
      .update(readFileSync(join(program, 'SHA256SUMS')))
      .digest('hex')
    assert.ok(of('program').found.includes(digest), of('program').found)
  })

  test('the Debian package holds what its sums say, with Debian’s modes and places', async () => {
    const folder = makeFolder('deb')
    const deb = made(out, '.deb')
    execFileSync('dpkg-deb', ['-R', deb, folder])
    execFileSync('md5sum', ['--quiet', '-c', 'DEBIAN/md5sums'], { cwd: folder })
    holds(join(folder, 'usr/lib/keyrite'))
    const listed = execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' }).trimEnd().split('\n')
    for (const line of listed) assert.match(line, /^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x|lrwxrwxrwx) root\/root /)
    const runs = listed.filter((line) => line.startsWith('-rwx')).map((line) => line.split(' ').at(-1))
    assert.deepEqual(runs, ['./usr/lib/keyrite/bin/keyrite'])
    const { code, stdout, stderr } = await runProgram(join(folder, 'usr/bin/keyrite'), ['--version'])
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
    const copyright = readFileSync(join(folder, 'usr/share/doc/keyrite/copyright'), 'utf8')
    assert.match(copyright, /== pkcs11js \S+ \(MIT\)[\s\S]*Peculiar Ventures/)
    assert.match(copyright, /RSA Security Inc. PKCS #11 Cryptographic Token Interface/)
  })

  for (const [script, verb] of [
    ['preinst', 'upgrade'],
    ['prerm', 'remove'],
  ] as const)
    test(`${verb} waits while the program is at work`, async () => {
      // Something that looks like it from outside: it is known by what node was given to run.
      const ceremony = spawn('tail', ['-F', '/usr/lib/keyrite/bin/start.cjs'], { stdio: 'ignore' })
      const run = () => runProgram('sh', [inRepo('packaging/debian', script), verb])
      const isNamed = ({ stderr }: { stderr: string }) => stderr.includes(`${ceremony.pid}`)
      try {
        const refused = await run()
        assert.equal(refused.code, 1)
        assert.match(refused.stderr, /^keyrite is at work \(process [\d ]+\)/)
        assert.ok(isNamed(refused))
      } finally {
        ceremony.kill()
      }
      await new Promise((resolve) => ceremony.once('close', resolve))
      assert.equal(isNamed(await run()), false)
    })

  test('the bill of materials names every package in the bundle, as the lock file has it', () => {
    const bom = JSON.parse(readFileSync(made(out, '.cdx.json'), 'utf8'))
    const dist = join(unpacked(), 'dist')
    // esbuild heads each file of the bundle with where it came from.
    const came = readdirSync(dist).flatMap((file) => [
      ...readFileSync(join(dist, file), 'utf8').matchAll(
        /(?:\/\/! |")(node_modules\/(?:[^\s"]*node_modules\/)?(?:@[^/\s]+\/)?[^/\s]+)\//g,
      ),
    ])
    const { packages } = JSON.parse(readFileSync(inRepo('package-lock.json'), 'utf8'))
    const wanted = new Set(
      came.map(([, folder]) => {
        const { version, license, integrity } = packages[folder!]
        const name = folder!.replace(/^.*node_modules\//, '')
        const hash = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex')
        return [name, version, license, hash].join(' ')
      }),
    )
    // biome-ignore lint/suspicious/noExplicitAny: another's format
    const named = bom.components.map(({ name, version, licenses, hashes }: any) =>
      [name, version, licenses[0].expression ?? licenses[0].license.id, hashes[0].content].join(' '),
    )
    for (const one of wanted) assert.ok(named.includes(one), one)
    assert.ok(wanted.size > 10, basename(dist))
    assert.equal(new Set(named).size, named.length)
  })
})
