// What is carried from a machine without the ledger: that a new share was read back there, signed by the share's own key.
import * as v from 'valibot'
import { formatCarried, parseCarried } from './carried-line.ts'
import { CONFIRMATION_FORMAT } from './confirmation.ts'
import { notVerified } from './errors.ts'
import { base64urlOf, Ordinal, ShortName, Uuid } from './shapes.ts'

/** What is signed, and `value`: the signature. Whose share it is the file of the share says; the ledger decides. */
const Confirmation = v.strictObject({
  format: v.literal(CONFIRMATION_FORMAT),
  partition: Uuid,
  group: ShortName,
  epoch: Ordinal,
  custodian: ShortName,
  key: base64urlOf(32),
  value: base64urlOf(64),
})
export type Confirmation = v.InferOutput<typeof Confirmation>

export const formatConfirmation = (confirmation: Omit<Confirmation, 'format'>): string =>
  formatCarried('confirmation', CONFIRMATION_FORMAT, confirmation)

/** FORMAT-NEWER, STATEMENT-FILE. */
export const parseConfirmation = (text: string): Confirmation =>
  parseCarried(text, {
    shape: v.strictObject({ confirmation: Confirmation }),
    member: 'confirmation',
    format: CONFIRMATION_FORMAT,
    refused: () =>
      notVerified('STATEMENT-FILE', 'this is not the confirmation of a share', 'take another copy of the file'),
  }).confirmation
