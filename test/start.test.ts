// A node too old is refused in one line before anything of the program is read, and any other starts it.
import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from 'node:test'
import { launcher, runProgram } from './support/keyrite.ts'
import { inRepo } from './support/paths.ts'
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

  test('nothing else is parsed before', async () => {
    const copy = makeFolder('unreadable')
    cpSync(inRepo('bin'), join(copy, 'bin'), { recursive: true })
    mkdirSync(join(copy, 'dist'))
    writeFileSync(join(copy, 'dist/main.mjs'), 'not ( a program')
    const old = await start('18.20.4', ['--version'], join(copy, 'bin/keyrite'))
    assert.match(old.stderr, /^keyrite: this is node v18/)
    assert.doesNotMatch(old.stderr, /SyntaxError/)
    assert.match((await start('20.19.0', ['--version'], join(copy, 'bin/keyrite'))).stderr, /SyntaxError/)
  })
})
