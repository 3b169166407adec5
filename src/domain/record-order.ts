// Where a record may stand: behind the one before it, and nowhere behind the last one of a partition that was retired.
import { LATEST } from './clock.ts'
import { notVerified } from './errors.ts'
import type { Record } from './record.ts'

/** Of a ledger as it stands. `seq`: -1 where it has no record. */
interface Before {
  seq: number
  leaf: string
  time: string
  partition: string
  retired: object | undefined
}

/** PARTITION-LIVES, CHAIN-SEQ, CHAIN-PREV, CHAIN-PARTITION, FIRST-CREATED, TIME-ORDER: asked before the signatures, since it says best what was done to a line. */
export function checkPlace(record: Record, { seq, leaf, time, partition, retired }: Before): void {
  const first = seq === -1
  if (retired) throw notVerified('PARTITION-LIVES', `the partition was retired by record ${seq}: nothing follows`)
  if (record.seq !== seq + 1) throw notVerified('CHAIN-SEQ', `number ${record.seq} stands where ${seq + 1} should`)
  if (record.prev !== (first ? null : leaf)) throw notVerified('CHAIN-PREV', 'it does not follow the record before it')
  if (first !== (record.type === 'partition.created'))
    throw notVerified('FIRST-CREATED', first ? 'the first record is not partition.created' : 'a partition begins once')
  if (!first && record.partition !== partition) throw notVerified('CHAIN-PARTITION', 'it is of another partition')
  if (record.time < time)
    throw notVerified('TIME-ORDER', `it is of ${record.time}, and the record before it of ${time}`)
  if (record.time >= LATEST) throw notVerified('TIME-ORDER', `it is of ${record.time}: no plan could follow`)
}
