// How the name of a failure stands behind its message: nobody may read a rule as what happened.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bracketed, systemRefusal } from '../../src/domain/errors.ts'

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
