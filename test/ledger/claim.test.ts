// What a home notes of its claim on a ledger in a database: nothing of one that was refused.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { refused } from '../../src/domain/errors.ts'
import type { DatabaseSession } from '../../src/ledger/database.ts'
import { DatabaseStore } from '../../src/ledger/database-store.ts'

test('a claim is noted as long as it is held, and not where it was refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyrite-claim-'))
  const isNoted = () => existsSync(join(folder, 'claim.json'))
  let isFree = false
  const session = {
    checkDefined: async () => {},
    claim: async () => {
      assert.ok(isNoted())
      if (!isFree) throw refused('LEDGER-CLAIMED', 'somebody is at work')
    },
    release: async () => {},
  } as unknown as DatabaseSession
  try {
    const store = new DatabaseStore(folder, process.pid, async () => session)
    const act = () => store.claimedFor(session, 'uuid', 'station', async () => assert.ok(isNoted()))
    await assert.rejects(act(), { code: 'LEDGER-CLAIMED' })
    assert.equal(isNoted(), false)
    isFree = true
    await act()
    assert.equal(isNoted(), false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
