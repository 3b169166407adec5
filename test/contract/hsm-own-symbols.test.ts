// A library that a test looks through first is bound as the program binds it, which loads it in the same process afterwards: with OpenSSL 3.5
// beside a node that has 3.0, half of each ends the process.
import assert from 'node:assert/strict'
import { readFileSync, realpathSync } from 'node:fs'
import { test } from 'node:test'
import { tokenSerials } from '../crash/token.ts'
import { sharesOpenssl } from '../support/host-here.ts'
import { makeTokenFolder, softhsm } from '../support/softhsm.ts'

const skip =
  process.platform !== 'linux' || sharesOpenssl ? 'node has no OpenSSL of its own here, or the system no flag' : false
test('the library of the first look stays, as it was bound', { skip }, () => {
  using folder = makeTokenFolder()
  assert.deepEqual(tokenSerials(folder), [])
  assert.ok(readFileSync('/proc/self/maps', 'utf8').includes(realpathSync(softhsm)))
})
