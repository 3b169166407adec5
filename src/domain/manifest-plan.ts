// The plan of a manifest that is carried out. Ten thousand keys are ten thousand names: what keys, or copies, have in common stands once.
import * as v from 'valibot'
import { AppId, AppName, byAppName, type CopyTarget, type PlannedApp } from './application-shapes.ts'
import { ACCEPTS_CLOCK } from './clock.ts'
import { newKeyId } from './key-id.ts'
import { Manifest } from './manifest.ts'
import { label } from './names.ts'
import { accepted, Module, OnToken } from './plan-shapes.ts'
import {
  Base64url,
  CkaId,
  Fingerprint,
  KeyNames,
  type KeyTarget,
  KeyTemplate,
  Ordinal,
  Text,
  UsageInOrder,
  When,
} from './shapes.ts'

/** Keys that differ in their names alone, and, where they are there already, in ids and fingerprints, each in its name's place. */
const KeyBatch = v.pipe(
  v.strictObject({
    version: Ordinal,
    ...KeyTemplate.entries,
    published: v.optional(v.literal(true)),
    names: KeyNames,
    ids: v.optional(v.array(CkaId)),
    fingerprints: v.optional(v.array(Fingerprint)),
  }),
  v.check(
    ({ names, ids, fingerprints }) =>
      (ids === undefined) === (fingerprints === undefined) &&
      (ids ?? names).length === names.length &&
      (fingerprints ?? names).length === names.length,
    'not an id and a fingerprint for each name, or for none',
  ),
)
export type KeyBatch = v.InferOutput<typeof KeyBatch>

/** Copies that differ in the names of their keys alone. `called`: by the name alone, or with the version. */
const CopyBatch = v.strictObject({
  version: Ordinal,
  called: v.picklist(['name', 'version']),
  wished: v.boolean(),
  usage: UsageInOrder,
  certificate: v.optional(Base64url),
  names: KeyNames,
})
export type CopyBatch = v.InferOutput<typeof CopyBatch>

const BatchedApp = v.strictObject({
  name: AppName,
  id: AppId,
  token: Text,
  module: Module,
  copies: v.pipe(v.array(CopyBatch), v.minLength(1)),
  without: v.optional(v.literal(true)),
})
export type BatchedApp = v.InferOutput<typeof BatchedApp>

/** `by`: what falls due until then is done. `accepted` also: `unbacked`, where no backup holds a key that is delivered or promoted. */
export const ManifestPlan = v.strictObject({
  ...OnToken,
  op: v.literal('manifest.apply'),
  accepted: accepted(['unbacked', ACCEPTS_CLOCK]),
  manifest: Manifest,
  by: When,
  batches: v.optional(v.pipe(v.array(KeyBatch), v.minLength(1))),
  apps: v.optional(byAppName(BatchedApp)),
})
export type ManifestPlan = v.InferOutput<typeof ManifestPlan>

/** What becomes of a key of such a plan. */
export function actionOf({ fingerprint, version, state, published }: KeyTarget) {
  if (fingerprint === undefined) return version === 1 ? 'generate' : published ? 'publish' : 'rotate'
  return state === 'active' ? 'promote' : state === 'destroyed' ? 'destroy' : 'deactivate'
}

/** Each key of the batches, whole; a new one has the id that follows from its place among the new ones. */
export function batchedKeys({ batches = [], nonce, partition }: ManifestPlan): KeyTarget[] {
  let made = 0
  return batches.flatMap(({ names, ids, fingerprints, ...common }) =>
    names.map((name, i): KeyTarget => {
      if (!ids || !fingerprints) return { ...common, name, id: newKeyId(nonce, partition, made++) }
      return { ...common, name, id: ids[i]!, fingerprint: fingerprints[i]! }
    }),
  )
}

/** Each application with each of its copies, by name and version. */
export const batchedApps = ({ apps = [] }: Pick<ManifestPlan, 'apps'>): PlannedApp[] =>
  apps.map(({ copies, ...app }) => ({ ...app, copies: copies.flatMap(copiesIn).sort(byNameThenVersion) }))

const copiesIn = ({ names, called, version, ...common }: CopyBatch): CopyTarget[] =>
  names.map((name) => ({ name, version, label: called === 'name' ? name : label(name, version), ...common }))

const byNameThenVersion = (a: CopyTarget, b: CopyTarget): number =>
  a.name === b.name ? a.version - b.version : a.name < b.name ? -1 : 1
