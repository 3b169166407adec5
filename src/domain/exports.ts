// The keys that went out of the token, wrapped for somebody else, and those that may have: nothing here can take them back.
import type { OpenIntent } from './conclusions.ts'
import type { Destination } from './destinations.ts'
import { fromBase64url } from './encoding.ts'
import { lastName } from './file-names.ts'
import { label } from './names.ts'
import type { KeyExportPlan } from './outward-plans.ts'
import { spkiDigest } from './public-keys.ts'
import type { Outcome, Recovered } from './record.ts'
import type { KeyTarget } from './shapes.ts'

/** A key that was exported. Without `sha256` nobody knows whether its file was written, and `time` is that of its plan. */
export interface ExportNote {
  /** Its intent. */
  record: number
  time: string
  for: Destination
  method: string
  /** SHA-256 of the SubjectPublicKeyInfo that it is wrapped for. */
  wrappingKey?: string
  /** The key of the partition that protects the key block in which it went out. */
  under?: string
  kid?: string
  /** The key that wraps was made beside the library. */
  ephemeral?: 'host'
  /** Its file. */
  name: string
  sha256?: string
}

type NumberedKey = Pick<KeyTarget, 'name' | 'version'>

export class Exports {
  readonly #of = new Map<string, ExportNote[]>()

  get saved() {
    return [...this.#of]
  }

  restore(saved: Exports['saved']): void {
    for (const [key, notes] of saved) this.#of.set(key, notes)
  }

  /** Of a key version, in the order in which they were begun. */
  of(name: string, version: number): readonly ExportNote[] {
    return this.#of.get(label(name, version)) ?? []
  }

  placesOf({ name, version }: NumberedKey): Destination[] {
    return [...new Set(this.of(name, version).map((note) => note.for))]
  }

  /** Where the first went, and the second did not follow. */
  notFollowed(old: NumberedKey, fresh: NumberedKey): Destination[] {
    const after = this.placesOf(fresh)
    return this.placesOf(old).filter((place) => !after.includes(place))
  }

  /** Of every key: `key` is its label. */
  get all(): ({ key: string } & ExportNote)[] {
    return [...this.#of].flatMap(([key, notes]) => notes.map((note) => ({ key, ...note })))
  }

  begin({ plan, seq }: OpenIntent): void {
    if (plan.op !== 'key.export') return
    const note = begun(plan, seq)
    for (const [i, key] of plan.keys.entries()) this.#set(key, { ...note, name: lastName(plan.files[i]!) })
  }

  /** What failed went nowhere; of what was given up nobody knows. */
  conclude(record: Outcome | Recovered, { plan, seq, awaited }: OpenIntent): void {
    if (plan.op !== 'key.export') return
    const said = record.type === 'outcome' ? record.result : record.found
    // The last of several outcomes names the files.
    if (said === 'done' && awaited.size > 0) return
    const { time, artefacts = [] } = record
    const note = { ...begun(plan, seq), time }
    for (const [i, key] of plan.keys.entries()) {
      const file = artefacts[i]
      if (file) this.#set(key, { ...note, name: file.name, sha256: file.sha256 })
      else if (said !== 'partial') this.#drop(key, seq)
    }
  }

  #set(key: KeyTarget, note: ExportNote): void {
    const name = label(key.name, key.version)
    const others = (this.#of.get(name) ?? []).filter(({ record }) => record !== note.record)
    this.#of.set(name, [...others, note])
  }

  #drop(key: KeyTarget, seq: number): void {
    const name = label(key.name, key.version)
    const left = (this.#of.get(name) ?? []).filter(({ record }) => record !== seq)
    if (left.length > 0) this.#of.set(name, left)
    else this.#of.delete(name)
  }
}

const begun = (
  { created, method, wrappingKey, blocks, ephemeral, ...plan }: KeyExportPlan,
  seq: number,
): Omit<ExportNote, 'name'> => ({
  record: seq,
  time: created,
  for: plan.for,
  method,
  ...(wrappingKey ? { wrappingKey: spkiDigest(fromBase64url(wrappingKey.spki)) } : {}),
  ...(wrappingKey?.kid === undefined ? {} : { kid: wrappingKey.kid }),
  ...(blocks ? { under: blocks.under } : {}),
  ...(ephemeral ? { ephemeral } : {}),
})
