// The file of an application's PIN: the PIN alone, for its owner alone, or sealed so that each recipient opens it with Debian's age.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkPinFolder, writePin } from '../../src/quorum/handed-pin.ts'
import { folder, secretOf } from './helpers.ts'

const PIN = 'abcdefghijklmnopqrstuvwx'

test('the PIN stands there without a newline, in a file that is closed to others and takes the place of none', async (t) => {
  const path = join(folder(t), 'web.pin')
  checkPinFolder(path, [])
  await writePin(path, secretOf(PIN), [])
  assert.equal(readFileSync(path, 'utf8'), PIN)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await assert.rejects(writePin(path, secretOf('another'), []), { code: 'FILE-EXISTS', exit: 3 })
  assert.equal(readFileSync(path, 'utf8'), PIN)
  const link = join(folder(t), 'link')
  symlinkSync(join(folder(t), 'nowhere'), link)
  await assert.rejects(writePin(link, secretOf(PIN), []), { code: 'FILE-EXISTS' })
})

test('for recipients it is an age file that each of them opens, and holds no PIN in the clear', async (t) => {
  const dir = folder(t)
  const identities = ['one', 'two'].map((name) => join(dir, name))
  const recipients = identities.map((path) => {
    execFileSync('age-keygen', ['-o', path], { stdio: 'pipe' })
    return execFileSync('age-keygen', ['-y', path], { encoding: 'utf8' }).trim()
  })
  const path = join(dir, 'web.pin.age')
  await writePin(path, secretOf(PIN), recipients)
  assert.match(readFileSync(path, 'utf8'), /^-----BEGIN AGE ENCRYPTED FILE-----\n/)
  for (const identity of identities)
    assert.equal(execFileSync('age', ['-d', '-i', identity, path], { encoding: 'utf8' }), PIN)
  const other = join(dir, 'other')
  execFileSync('age-keygen', ['-o', other], { stdio: 'pipe' })
  assert.throws(() => execFileSync('age', ['-d', '-i', other, path], { stdio: 'pipe' }))
  writeFileSync(join(dir, 'taken'), 'x')
  await assert.rejects(writePin(join(dir, 'taken'), secretOf(PIN), recipients), { code: 'FILE-EXISTS' })
})
