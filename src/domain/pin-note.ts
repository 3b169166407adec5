// What a home notes of the PINs of a replacement of custodians (pins.json): a hint that saves a token wrong tries, and never a proof.
import * as v from 'valibot'
import { MemberName } from './member-shapes.ts'
import { noteIn } from './newer.ts'
import { base64urlOf } from './shapes.ts'

export const PIN_NOTE_FORMAT = 'keyrite.pins/1'

/**
 * `old`: nothing was sent, or the token refused the new one. `sending`: C_SetPIN was about to be called. `trying`: after that the new one was
 * about to be tried. `new`: it opened the role.
 */
const PIN_STEPS = ['old', 'sending', 'trying', 'new'] as const
const Step = v.picklist(PIN_STEPS)
export type PinStep = v.InferOutput<typeof Step>

const Steps = { so: Step, user: Step }

/** `nonce`: of the plan of the replacement. `members`: by name, those beside the one that the partition began on. */
const PinNote = v.strictObject({
  format: v.literal(PIN_NOTE_FORMAT),
  nonce: base64urlOf(16),
  ...Steps,
  members: v.optional(v.record(MemberName, v.strictObject(Steps))),
})
export type PinNote = v.InferOutput<typeof PinNote>

/** What is noted of the PINs that a replacement of custodians sends. Undefined where nothing is, or where it is damaged. */
export interface PinNotes {
  read(): PinNote | undefined
  /** Whatever it says. */
  isThere(): boolean
  write(note: PinNote): void
  remove(): void
}

/** FORMAT-NEWER. Undefined where it is damaged: then nothing is known, and each PIN is tried once. */
export const parsePinNote = (text: string): PinNote | undefined => noteIn(text, PIN_NOTE_FORMAT, PinNote)
