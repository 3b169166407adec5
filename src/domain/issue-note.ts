// What a home notes of new shares that were handed out and stand in no ledger yet (issue.json): files that are useless where nothing came of them.
import * as v from 'valibot'
import { noteIn } from './newer.ts'
import { base64urlOf, hexOf, Ordinal, ShortName, Uuid } from './shapes.ts'

export const ISSUE_FORMAT = 'keyrite.issue/1'

/** By its check value the ledger tells whether the set ever stood in a plan that was begun. */
const IssueNote = v.strictObject({
  format: v.literal(ISSUE_FORMAT),
  partition: Uuid,
  group: ShortName,
  epoch: Ordinal,
  check: base64urlOf(16),
  files: v.array(v.strictObject({ path: v.string(), sha256: hexOf(32) })),
})
export type IssueNote = v.InferOutput<typeof IssueNote>

/** What is noted of new shares until a record tells of them. */
export interface IssueNotes {
  /** Undefined where there is none, or where it is damaged. */
  issue(): IssueNote | undefined
  noteIssue(note: IssueNote): void
  dropIssue(): void
}

/** FORMAT-NEWER. Undefined where it is damaged: nothing is guessed of it. */
export const parseIssueNote = (text: string): IssueNote | undefined => noteIn(text, ISSUE_FORMAT, IssueNote)
