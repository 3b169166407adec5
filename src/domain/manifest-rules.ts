// What a plan that carries a manifest out may want: nothing that the manifest does not name, and new keys as their policy has them.
import { isExtractable } from './keys.ts'
import { managedKeys, usageOf, wrongManifest } from './manifest.ts'
import { batchedApps, batchedKeys, type KeyBatch, type ManifestPlan } from './manifest-plan.ts'
import { label } from './names.ts'

/** PLAN-COMPLETE: what is wrong with a plan, whatever the ledger says. */
export function wrongApplication(plan: ManifestPlan): string | undefined {
  const { manifest, by, created } = plan
  const wrong = wrongManifest(manifest)
  if (wrong) return `${wrong.path.join('.')}: ${wrong.why}`
  if (by < created) return 'it is for a time before it was made'
  return wrongKeys(plan) ?? wrongCopies(plan)
}

function wrongKeys(plan: ManifestPlan): string | undefined {
  const managed = managedKeys(plan.manifest)
  for (const key of batchedKeys(plan)) {
    const { name, version, type, usage, attributes, fingerprint, activateAt } = key
    const wanted = managed.get(name)
    if (!wanted) return `the manifest does not name ${name}`
    if (version > 1 || fingerprint !== undefined) continue
    const { policy } = wanted
    const isLike = type === policy.type && usage.join() === usageOf(policy).join() && activateAt === undefined
    if (!isLike || isExtractable(attributes) !== (policy.backup ?? true))
      return `${label(name, version)} is not as the policy ${wanted.policyName} has it`
  }
  return undefined
}

function wrongCopies(plan: ManifestPlan): string | undefined {
  const managed = managedKeys(plan.manifest)
  for (const app of batchedApps(plan)) {
    for (const [i, { name, version, wished }] of app.copies.entries()) {
      const wanted = managed.get(name)
      if (!wanted) return `the manifest does not name ${name}`
      const before = app.copies[i - 1]
      if (before?.name === name && before.version === version)
        return `the copy ${label(name, version)} of ${app.name} stands twice`
      if (wished && wanted.deliver && !wanted.deliver.has(app.name))
        return `the manifest does not want ${name} at ${app.name}`
    }
  }
  return undefined
}

/** How many keys it destroys. */
export const destroyedIn = ({ batches = [] }: ManifestPlan): number =>
  batches.filter(({ state }: KeyBatch) => state === 'destroyed').reduce((sum, { names }) => sum + names.length, 0)
