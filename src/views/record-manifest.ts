// What a record says of a manifest, in lines: which one it is, and what its plan does.
import { reachedApps } from '../domain/copies.ts'
import { managedKeys } from '../domain/manifest.ts'
import { actionOf, type KeyBatch, type ManifestPlan } from '../domain/manifest-plan.ts'
import { plannedKeys } from '../domain/plan.ts'
import { counted } from '../domain/words.ts'
import { namesOf } from './due-view.ts'
import { manifestDigest } from './manifest-words.ts'
import { appsIn } from './record-applications.ts'
import { toTheMinute } from './words.ts'

/** `kind`: type, use and state in words. */
export const manifestIn = (plan: ManifestPlan, kind: (batch: KeyBatch) => string): string[] => [
  `the manifest with sha256 ${manifestDigest(plan.manifest)}, of ${counted(managedKeys(plan.manifest).size, 'key')}; due by ${toTheMinute(plan.by)}`,
  ...(plan.batches ?? []).map((batch) => {
    const { names, version, fingerprints } = batch
    const first = plannedKeys(plan).find((key) => key.name === names[0] && key.version === version)
    const what = first ? actionOf(first) : 'changes'
    const prints = fingerprints?.length === 1 ? `, ${fingerprints[0]}` : ''
    return `${what} ${namesOf(names.map((name) => ({ name, version })))}${prints}: ${kind(batch)}`
  }),
  ...appsIn({ apps: reachedApps(plan) }),
]
