// One JSON object a line: the event, and the whole line of the ledger, from which its leaf can be computed again.
import { saidOf } from '../../domain/said.ts'
import type { Event } from './events.ts'

export function jsonl(event: Event): string {
  const { seq, leaf, prev, code, time, type, op, intent, result, error, weight, title } = event
  const { custodians, keys, keyCount, partition, station, line } = event
  const about = { seq, leaf, prev, code, time, partition: partition.uuid, name: partition.name, station, type }
  const what = { op, intent, result, error, ...saidOf(event), severity: weight, title, custodians, keys, keyCount }
  return JSON.stringify({ ...about, ...what, ...line })
}
