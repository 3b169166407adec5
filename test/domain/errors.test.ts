// How the name of a failure stands behind its message: nobody may read a rule as what happened.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bracketed, EXIT, KeyriteError, refused, systemRefusal } from '../../src/domain/errors.ts'
import { hintText } from '../../src/domain/hint-text.ts'
import { failureFrom, systemHint } from '../../src/domain/system-failure.ts'

const RULES = ['KEY-EXISTS', 'QUORUM-MET', 'PARTITION-FINISHED', 'ANCHOR-MATCHES', 'CONFIRMED']
const NO_RULES = ['USAGE', 'BUG', 'INTERRUPTED', 'INPUT-MISSING', 'MODULE-MISSING', 'LOCKED', 'CKR_PIN_LOCKED']

test('a rule is called one', () => {
  for (const code of RULES) assert.equal(bracketed(code), `[rule ${code}]`)
  for (const code of NO_RULES) assert.equal(bracketed(code), `[${code}]`)
})

const REFUSALS = `EACCES EBUSY EDQUOT EFBIG EIO EISDIR ELOOP EMFILE ENAMETOOLONG ENFILE ENODEV ENOENT ENOSPC ENOTDIR ENOTSUP ENXIO EOPNOTSUPP
  EPERM EROFS ESTALE ETIMEDOUT ETXTBSY`

test('what a system refuses has words, and what it calls our mistake has none', () => {
  for (const errno of REFUSALS.split(/\s+/)) assert.match(systemRefusal(errno) ?? errno, /^[a-z][a-z ,-]+$/)
  for (const errno of ['EINVAL', 'EBADF', 'EFAULT']) assert.equal(systemRefusal(errno), undefined)
})

const SHOWN: readonly (readonly [errno: string, path: string | undefined, inFolder: boolean, shown: string])[] = [
  ['ENOSPC', '/m/f', true, 'df /m'],
  ['EDQUOT', 'f', true, 'df .'],
  ['EROFS', '/f', true, 'df /'],
  ['ENOSPC', undefined, false, 'df -h'],
  ['EACCES', 'f', false, 'ls -ld f'],
  ['EACCES', '/m/f', true, 'ls -ld /m'],
  ['EPERM', '/m/f', false, 'ls -ld /m/f'],
  ['ENOTDIR', '/m/f/', false, 'ls -ld /m/f/'],
  ['EMFILE', '/m/f', false, 'ulimit -n'],
]

test('only what is about the file system leads to how full it is', () => {
  for (const [errno, path, inFolder, shown] of SHOWN)
    assert.equal(hintText(systemHint(errno, path, inFolder)), shown, errno)
})

test('a failure told otherwise is the same in all that is not named', () => {
  const failure = new KeyriteError(EXIT.device, 'TOKEN-THERE', 'gone', 'look', true, { slot: 1 })
  assert.deepEqual({ ...failure.with({}) }, { ...failure })
  const { hint, data, message, changed } = failure.with({ hint: undefined, message: 'it is gone', changed: false })
  assert.deepEqual([hint, data, message, changed], [undefined, { slot: 1 }, 'it is gone', false])
})

test('whatever is thrown is a failure: our own, one of the system, or a mistake whose lines are kept', () => {
  const own = refused('KEY-STATE', 'x')
  assert.equal(failureFrom(own), own)
  const disk = failureFrom(Object.assign(new Error('x'), { code: 'ENOSPC', path: '/m/f' }))
  assert.deepEqual([disk.exit, disk.code, disk.message], [3, 'DISK', '/m/f: the disk is full'])
  const mistake = new TypeError('x is not a function')
  const bug = failureFrom(mistake)
  assert.deepEqual([bug.exit, bug.code, bug.message, bug.cause], [1, 'BUG', mistake.message, mistake])
  assert.equal(bug.with({ changed: true }).cause, mistake)
})
