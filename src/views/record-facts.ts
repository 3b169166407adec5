// What a record tells of itself: the operation, who stands behind it, the keys. An outcome has the rest from the intent that it ends.
import { plannedCopies } from '../domain/copies.ts'
import { plannedKeys } from '../domain/plan.ts'
import type { Denied, Record } from '../domain/record.ts'

export interface RecordFacts {
  op: string | undefined
  /** Custodians, by name. */
  people: readonly string[]
  keys: readonly { name: string; version: number }[]
}

export function factsOf(record: Record): RecordFacts {
  switch (record.type) {
    case 'partition.created':
      return { op: record.plan.op, people: record.approvals.map(({ custodian }) => custodian), keys: [] }
    case 'intent': {
      const { plan, approvals } = record
      const copies = plannedCopies(plan).flatMap((app) => app.copies)
      return {
        op: plan.op,
        people: approvals.map(({ custodian }) => custodian),
        keys: [...plannedKeys(plan), ...copies],
      }
    }
    case 'outcome':
    case 'recovered':
      return { op: undefined, people: [], keys: record.keys }
    case 'app.copies':
      return { op: undefined, people: [], keys: record.copies }
    case 'denied':
      return { op: record.op, people: peopleOf(record), keys: record.keys ?? [] }
    case 'drill':
    case 'custodian.acknowledged':
      return { op: undefined, people: [record.proof.custodian], keys: [] }
    case 'custodian.departed':
      return { op: undefined, people: [record.custodian, ...names(record.signed)], keys: [] }
    case 'share.recorded':
      return { op: undefined, people: [record.share.custodian, ...names(record.signed)], keys: [] }
    default:
      return { op: undefined, people: [], keys: [] }
  }
}

const names = (signed: readonly { custodian: string }[]): string[] => signed.map(({ custodian }) => custodian)

/** Whose share was refused, and who had approved. */
const peopleOf = ({ custodian, approvers = [] }: Denied): string[] => [
  ...(custodian ? [custodian] : []),
  ...approvers.map((one) => one.custodian),
]
