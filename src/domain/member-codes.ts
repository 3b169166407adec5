// Codes about the members of a partition: see codes.ts.
import type { CodeTable } from './code-table.ts'

export const MEMBER_CODES = {
  HOLDERS: [[5], 'the outcome of a change on several members tells what became of each'],
  'MEMBER-BEHIND': [[3], 'a member that has missed a change is synced before the next, or left out'],
  'MEMBER-DESTROYED': [[5], 'a key that a member may have destroyed does not come back to it'],
  'MEMBER-KEYS': [[3, 5], 'every key of a partition with several members can go from one token to another'],
  'MEMBER-KNOWN': [[3, 5], 'a member that is named is one of the partition'],
  'MEMBER-LAST': [[3, 5], 'the last member ends with the partition'],
  'MEMBER-LAST-HOLDER': [[3], 'a member that stays, when another ends, is proven to hold every key'],
  'MEMBER-NAME': [[3, 5], 'a name is that of one member, as long as that lives'],
  'MEMBER-PINS': [[3], 'of each member that is at work it is known of which shares its PINs are'],
  'MEMBER-PLANNED': [[5], 'a member comes and goes as an approved plan says'],
  'MEMBER-PRESENT': [[4], 'the token of each member that a change is carried out on is there'],
  'MEMBER-ROLLED-BACK': [[5], 'the token of a member has every head that it was given'],
  'MEMBER-SOURCE': [[3, 5], 'a member is made right by another that is proven to hold every key'],
  'MEMBER-TOKEN': [[5], 'the token of a member is called as the ledger has it'],
  'MEMBER-UNPROVEN': [[5], 'every member of a change has what it asked for'],
  'OTHER-LEDGER': [[3, 5], 'the ledger of a member that left this one is of this partition, and has gone another way'],
  'PLAN-MEMBERS': [[5], 'a plan names every member, as one that is there or as one that is absent'],
} as const satisfies CodeTable
