// Codes of a ledger that lies in a database: see codes.ts.
import type { CodeTable } from './code-table.ts'

export const DATABASE_CODES = {
  'DATABASE-ACCESS': [[3], 'the database lets this role do what it has to'],
  'DATABASE-AHEAD': [[3], 'a ceremony goes on from the newest record of the database'],
  'DATABASE-BEHIND': [[5], 'the database has every record that was once verified there'],
  'DATABASE-DEFINED': [[3, 5], 'the database has the tables and functions that doctor --ddl prints'],
  'DATABASE-DURABLE': [[3], 'what the database has taken stays, and it says nothing else'],
  'DATABASE-FORKED': [[5], 'a record in the database is the one that was once verified there'],
  'DATABASE-LINES': [[5], 'the records in the database follow each other without a gap'],
  'DATABASE-NAMED': [[3], 'the partition that is joined is in the database, with the anchor that was noted'],
  'LEDGER-ADDRESS': [[2], 'the address of a database says where it is, and nothing secret'],
  'LEDGER-AWAY': [[3], 'the database that a ledger lies in can be reached'],
  'LEDGER-CLAIMED': [[3], 'one ceremony at a time is at work on a ledger in a database'],
  'LEDGER-ELSEWHERE': [[3], 'records go where the ledger lies, and into no copy of it'],
  'LEDGER-PLACE': [[3], 'a ledger moves from a file into a database, or back'],
  'LEDGER-UNKNOWN': [[6], 'what is appended is known to be in the database, or not to be there'],
  'PLACE-NOTE': [[5], 'place.json says in which database the ledger of a partition lies'],
  'WAITED-ONCE': [[5], 'what has waited in a database for a place in the ledger comes into it once'],
  'WAITED-PLACE': [[5], 'what shares sign waits first where the ledger lies in a database, and nowhere else'],
  'WAITED-SIGNED': [[5], 'what has waited is as the station that it names gave it'],
} as const satisfies CodeTable
