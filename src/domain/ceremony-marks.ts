// What a key ceremony leaves in the ledger: a mark in every plan of it, and the notes that open and close it (docs/formats.md, 17).
import * as v from 'valibot'
import { canonical, parseCanonical } from './canonical.ts'
import { pae, utf8 } from './encoding.ts'
import { base64urlOf, Count, hexOf, Leaf, SigningKey, StationName, Text, Uuid, When } from './shapes.ts'

/** Of a script. The recovery of what a step left open is a step of its own. */
export const StepId = v.pipe(v.string(), v.regex(/^[0-9A-Za-z][0-9A-Za-z.-]{0,15}(\/recover)?$/))

/** `script`, `site`: SHA-256 of these files. `step`: the one that the plan belongs to. `journal`: leaf of the last line before it. `mode`: where it is not real. */
export const CeremonyMark = v.strictObject({
  name: StationName,
  script: hexOf(32),
  site: hexOf(32),
  step: StepId,
  journal: Leaf,
  mode: v.optional(v.literal('rehearsal')),
})
export type CeremonyMark = v.InferOutput<typeof CeremonyMark>

const MODES = ['real', 'rehearsal'] as const

/** What a finished rehearsal says of itself, signed with the key of the station on which it was. `partition`: its twin's. */
const Rehearsed = v.strictObject({
  format: v.literal('keyrite.rehearsal/1'),
  name: StationName,
  script: hexOf(32),
  partition: Uuid,
  journal: Leaf,
  ended: When,
  exceptions: Count,
  key: SigningKey,
})

export const SignedRehearsal = v.strictObject({ rehearsal: Rehearsed, value: base64urlOf(64) })

export type SignedRehearsal = v.InferOutput<typeof SignedRehearsal>

/** Undefined for what is none. */
export function parseRehearsal(text: string): SignedRehearsal | undefined {
  try {
    return v.parse(SignedRehearsal, parseCanonical(text.replace(/\n$/, '')))
  } catch {
    return undefined
  }
}

export const rehearsalMessage = (rehearsal: SignedRehearsal['rehearsal']): Uint8Array =>
  pae('application/vnd.keyrite.rehearsal+json', utf8(canonical(rehearsal)))

/** `host`: the machine's time when the `wall` clock was read out. */
export const Clocks = v.strictObject({ host: When, wall: When })
export type Clocks = v.InferOutput<typeof Clocks>

/** `journal`: leaf of its first line. */
const Opening = {
  mode: v.picklist(MODES),
  journal: Leaf,
  clock: v.optional(Clocks),
  rehearsal: v.optional(SignedRehearsal),
}

/** Of the plan by which a partition begins: no note can stand before it, so it opens the ceremony itself. */
export const FirstMark = v.strictObject({ ...CeremonyMark.entries, opened: v.strictObject(Opening) })
export type FirstMark = v.InferOutput<typeof FirstMark>

const Opened = v.strictObject({
  event: v.literal('opened'),
  name: StationName,
  script: hexOf(32),
  site: hexOf(32),
  ...Opening,
})

/** `journal`: leaf of its last line so far. `step`: the only one that may follow it, an audit.checkpoint; absent where none does. */
const Closed = v.strictObject({
  event: v.literal('closed'),
  name: StationName,
  journal: Leaf,
  step: v.optional(StepId),
  steps: Count,
  exceptions: Count,
})

/** `journal`: absent where it is lost. */
const Aborted = v.strictObject({
  event: v.literal('aborted'),
  name: StationName,
  journal: v.optional(Leaf),
  reason: Text,
})

export const CeremonyNote = v.variant('event', [Opened, Closed, Aborted])
export type CeremonyNote = v.InferOutput<typeof CeremonyNote>
export type CeremonyOpening = v.InferOutput<typeof Opened>

/** What a ceremony settles before there is a partition: its uuid, what opens the ceremony, and the file of the key that signs its journal and is to be its station's. */
export interface CeremonyBeginning {
  partition: string
  opened: FirstMark['opened']
  keyFile: string
}

/** What the note would say that can't stand before the first plan. */
export const openingOf = ({ name, script, site, opened }: FirstMark): CeremonyOpening => ({
  event: 'opened',
  name,
  script,
  site,
  ...opened,
})
