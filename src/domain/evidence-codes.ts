// Codes about what leaves the ledger for people who weren't there: exports, publications, proofs and witnesses. See codes.ts.
import type { CodeTable } from './code-table.ts'

export const EVIDENCE_CODES = {
  'CURSOR-LEDGER': [[5], 'the record that a cursor stands at is in the ledger, unchanged'],
  'CURSOR-SHAPE': [[5], 'a cursor is a file that audit export made'],
  'EXPORT-FILE': [[3], 'a file that an export goes on with holds what was exported, and nothing else'],
  'PUBLISHED-GROWS': [[5], 'what was published is the beginning of what takes its place'],
  'REPORT-DIFFERS': [[5], 'a report is, byte for byte, what the ledger gives as of its time'],
  'REPORT-FILE': [[5], 'a report says by which command it was made'],
  'WITNESS-BEHIND': [[5], 'a witness never goes back: what it is shown has at least the records that it has seen'],
  'WITNESS-FORK': [[5], 'what a witness has seen is the beginning of what it is shown'],
  'WITNESS-KNOWN': [[3], 'a witness has read a ledger once, with its anchor, before it takes requests for it'],
  'WITNESS-NAME': [[3], 'a witness has one name, and a home is one witness'],
  'WITNESS-OLD': [[3], 'a request begins with what the witness has seen last'],
  'WITNESS-POLICY': [[2], 'a policy of witnesses is written as C2SP tlog-policy has it'],
  'WITNESS-QUORUM': [[5], 'a checkpoint was cosigned by as many witnesses as the policy wants'],
  'WITNESS-REQUEST': [[5], 'a request for a witness is as C2SP tlog-witness has it'],
  'WITNESS-SIGNED': [[5], 'a cosignature in the name of a known witness is by its key'],
  'WITNESS-STATE': [[3], 'what a witness has seen is there, and whole'],
} as const satisfies CodeTable
