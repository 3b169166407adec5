// A ledger that takes longer to bring there than a claim is good for.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../../src/database/session.ts'
import { recordCode } from '../../src/domain/code.ts'
import { parseDatabaseAddress } from '../../src/domain/ledger-place.ts'
import type { DatabaseSession } from '../../src/ledger/database.ts'
import { fetchAll, fill } from '../../src/ledger/database-lines.ts'
import { LedgerFile } from '../../src/ledger/file.ts'
import { ledgerOfRecords } from '../measure/ledgers.ts'
import type { Cluster } from './cluster.ts'
import { Fleet } from './fleet.ts'

/** Three batches. */
const RECORDS = 1200

/** It does something else once records were appended. */
const slowly = (session: DatabaseSession, meanwhile: () => Promise<unknown>): DatabaseSession =>
  new Proxy(session, {
    get(target, name: keyof DatabaseSession) {
      if (name !== 'append') return target[name].bind(target)
      return async (...given: Parameters<DatabaseSession['append']>) => {
        await target.append(...given)
        await meanwhile()
      }
    },
  })

/** Each batch takes until the claim is over: it is there whole, unless another station has claimed it meanwhile. */
export async function longMove(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.begin(cluster)
  const { place } = fleet
  const path = join(await ledgerOfRecords(RECORDS), 'pay', 'ledger.jsonl')
  const { partition, anchor } = LedgerFile.open(path).history
  cluster.sql(`insert into keyrite.ledgers values ('${partition}', 'long')`)
  cluster.sql(`insert into keyrite.access values ('${partition}', 'pay', true)`)
  const address = parseDatabaseAddress(fleet.url())
  const caller = { host: () => ({ user: 'pay' }), env: { PGPASSFILE: place.path('pgpass') }, version: '0' }
  await using session = await openDatabase(address, caller)
  const claim = { partition, by: randomUUID(), station: 'here' }
  const end = async () => cluster.sql('update keyrite.claims set until = clock_timestamp()')
  const taken = async () => {
    await end()
    await session.claim(partition, randomUUID(), 'there')
  }
  await session.claim(partition, claim.by, claim.station)
  await assert.rejects(fill(slowly(session, taken), claim, path), { code: 'LEDGER-CLAIMED' })
  await end()
  await fill(slowly(session, end), claim, path)
  const back = place.path('back')
  await fetchAll(session, 'long', recordCode(anchor), back, address.place)
  assert.ok(readFileSync(back).equals(readFileSync(path)))
}
