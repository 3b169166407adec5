// A clone in a folder with a space, an umlaut or a percent sign in its name: it is built there, documented there, and its tests run.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runProgram } from './support/keyrite.ts'
import { inRepo } from './support/paths.ts'
import { makeFolder } from './support/softhsm.ts'

const NEEDED = ['bin', 'scripts', 'src', 'package.json', 'test/support', 'test/domain']

function cloneIn(name: string): string {
  const clone = join(makeFolder('odd'), name)
  mkdirSync(join(clone, 'test'), { recursive: true })
  for (const part of NEEDED) cpSync(inRepo(part), join(clone, part), { recursive: true })
  symlinkSync(inRepo('node_modules'), join(clone, 'node_modules'))
  return clone
}

test('a clone in a folder with a space', async () => {
  const clone = cloneIn('a clone ü a%41')
  const node = async (...args: string[]) => {
    const { code, stdout, stderr } = await runProgram(process.execPath, args, { cwd: clone })
    assert.equal(code, 0, stdout + stderr)
    return stdout
  }
  await node('scripts/build.mjs')
  const { code, stdout } = await runProgram(join(clone, 'bin/keyrite'), ['--version'], { cwd: '/' })
  assert.deepEqual([code, /^\d/.test(stdout)], [0, true])
  await node('scripts/docs.mjs')
  assert.ok(existsSync(join(clone, 'man')))
  assert.match(await node('scripts/test.mjs', 'domain/errors'), /^# fail 0$/m)
})
