// What shares sign without a plan: nobody logs in, and no secret is rebuilt (docs/formats.md, 3).
import * as v from 'valibot'
import { canonical } from './canonical.ts'
import { pae, utf8 } from './encoding.ts'
import { Artefact, Count, Day, KeyApproval, Leaf, Ordinal, ShortName, setOf, Text } from './shapes.ts'

/** A record of this ledger: who signs it has done so since that record was written. */
export const Challenge = v.strictObject({ seq: Count, leaf: Leaf })
export type Challenge = v.InferOutput<typeof Challenge>

const Signed = v.pipe(v.array(KeyApproval), v.minLength(1), v.maxLength(2))

/** A share, be it of today or of an earlier epoch. */
const OneShare = v.strictObject({ custodian: ShortName, group: ShortName, epoch: Ordinal })
export type OneShare = v.InferOutput<typeof OneShare>

/** Where an envelope lies: in a bag that is sealed, out of it, nobody knows where, or nowhere any more. */
export const CUSTODY = ['sealed', 'opened', 'lost', 'destroyed'] as const

/** The members of records that shares have signed, beside those of every record. `proof`: by the share itself; `signed`: by others. */
export const STATEMENTS = {
  drill: { challenge: Challenge, proof: KeyApproval },
  'custodian.acknowledged': { challenge: Challenge, form: Artefact, proof: KeyApproval },
  'custodian.departed': { challenge: Challenge, custodian: ShortName, on: Day, signed: Signed },
  'share.recorded': {
    challenge: Challenge,
    share: OneShare,
    state: v.picklist(CUSTODY),
    bag: v.optional(Text),
    place: v.optional(Text),
    witnesses: v.optional(setOf(Text)),
    signed: Signed,
  },
}

/** The types of records that need no login: nothing of them changes who approves, or what. */
export const WITHOUT_LOGIN: readonly string[] = ['denied', 'note', 'quorum.confirmed', ...Object.keys(STATEMENTS)]

/** Members that are not signed: the ledger's own, and the signatures. */
const UNSIGNED: readonly string[] = [
  'format',
  'seq',
  'prev',
  'time',
  'tool',
  'station',
  'host',
  'waited',
  'proof',
  'signed',
]

/** What is signed of a record: its partition, its type, and what it tells. */
export type Statement = { partition: string; type: keyof typeof STATEMENTS; challenge: Challenge }

/** The bytes that a share signs. */
export const statementMessage = (record: Statement): Uint8Array =>
  pae(
    'application/vnd.keyrite.statement+json',
    utf8(
      canonical({
        format: 'keyrite.statement/1',
        ...Object.fromEntries(Object.entries(record).filter(([name]) => !UNSIGNED.includes(name))),
      }),
    ),
  )

/** The command that makes what no plan stands behind, by the type of the record; written as operations are. */
export const RECORDED_BY: { readonly [type: string]: string } = {
  drill: 'quorum.drill',
  'quorum.confirmed': 'quorum.confirm',
  'custodian.acknowledged': 'custodian.acknowledge',
  'custodian.departed': 'custodian.depart',
  'share.recorded': 'share.record',
}
