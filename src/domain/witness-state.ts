// What a witness keeps: its name, and of each ledger the newest checkpoint that it has seen, with the keys that may sign the next.
import * as v from 'valibot'
import { canonical } from './canonical.ts'
import { lineIn } from './carried-line.ts'
import { refused } from './errors.ts'
import { Base64url, Count, Leaf, SigningKey, Text, Uuid } from './shapes.ts'

const SeenLog = v.strictObject({
  partition: Uuid,
  name: Text,
  anchor: Leaf,
  /** Of the newest checkpoint: how many records, and their root (32 bytes, base64url). */
  size: Count,
  root: Base64url,
  auditKeys: v.pipe(v.array(SigningKey), v.minLength(1)),
})
export type SeenLog = v.InferOutput<typeof SeenLog>

const WitnessState = v.strictObject({ format: v.literal('keyrite.witness/1'), name: Text, logs: v.array(SeenLog) })
export type WitnessState = v.InferOutput<typeof WitnessState>

export const formatWitnessState = (state: Omit<WitnessState, 'format'>): string =>
  `${canonical({ format: 'keyrite.witness/1', ...state })}\n`

/** WITNESS-STATE. */
export function parseWitnessState(text: string, path: string): WitnessState {
  const state = lineIn(text, WitnessState)
  if (state) return state
  throw refused(
    'WITNESS-STATE',
    `${path} is damaged: nobody can tell what this witness has seen`,
    'bring a copy of it back',
  )
}
