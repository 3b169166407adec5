// What every record has: its place, its time, and who wrote it.
import * as v from 'valibot'
import { Count, hexOf, Leaf, StationName, Text, Uuid, When } from './shapes.ts'

export const RECORD_FORMAT = 'keyrite.record/1'

/** Who was at work, in the machine's own words: nothing vouches for them. */
export const Host = v.strictObject({ user: Text, name: Text })
export type Host = v.InferOutput<typeof Host>

/** `sha256`: the digest of the program, where it has one. */
export const Tool = v.strictObject({ name: Text, version: Text, sha256: v.optional(hexOf(32)) })
export type Tool = v.InferOutput<typeof Tool>

export const Common = {
  format: v.literal(RECORD_FORMAT),
  partition: Uuid,
  seq: Count,
  prev: v.nullable(Leaf),
  time: When,
  tool: Tool,
  /** Where it was written. */
  station: StationName,
  host: Host,
}
