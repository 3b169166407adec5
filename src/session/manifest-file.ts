// A manifest as it comes from a file, and the list of everything that its plan does, as it goes into one.
import { judgedNow } from '../change/judged-manifest.ts'
import { reachedApps } from '../domain/copies.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { type Manifest, managedKeys, parseManifest } from '../domain/manifest.ts'
import { actionOf, type ManifestPlan } from '../domain/manifest-plan.ts'
import { destroyedIn } from '../domain/manifest-rules.ts'
import { label } from '../domain/names.ts'
import { planCode, plannedKeys } from '../domain/plan.ts'
import type { Files } from '../ledger/port.ts'
import { dutyInWords, remarkInWords } from '../views/due-view.ts'

/** FILE-MISSING, FILE-TEXT, MANIFEST, TOML, JSON. */
export function readManifest(path: string, files: Pick<Files, 'readText'>): Manifest {
  const text = files.readText(path)
  try {
    return parseManifest(text)
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    throw error.with({ message: `${path}: ${error.message}` })
  }
}

/** MANIFEST-IN-FORCE. */
export function manifestInForce({ conducted: { manifest } }: History) {
  if (manifest) return manifest
  throw refused('MANIFEST-IN-FORCE', 'no manifest is in force: nothing is judged', keyrite('manifest', 'apply', 'FILE'))
}

/** One line for each key and each copy, under the code that everybody approves, and one for whatever is not done. */
export function wholeList(plan: ManifestPlan, history: History, now: Date): string {
  const managed = managedKeys(plan.manifest)
  const without = (plan.apps ?? []).flatMap((app) => (app.without ? [app.name] : []))
  const accepted: readonly string[] = plan.accepted ?? []
  const request = { manifest: plan.manifest, by: plan.by, destroys: destroyedIn(plan) > 0, accepted, without }
  const { due, differs, remarks, unmanaged, duties } = judgedNow(request, history, () => now)
  const lines = [
    `plan ${planCode(plan)}`,
    ...plannedKeys(plan).map((key) => {
      const { name, version, type, state, published, fingerprint } = key
      const standing = published ? `${state}, published` : state
      const policy = managed.get(name)?.policyName
      return [actionOf(key), label(name, version), policy, type, `becomes ${standing}`, fingerprint ?? 'new'].join('  ')
    }),
    ...reachedApps(plan).flatMap((app) =>
      app.copies.map((copy) =>
        [
          copy.wished ? 'has' : 'loses',
          `${label(copy.name, copy.version)} at ${app.name}`,
          `called ${copy.label}`,
          ...(copy.wished ? [copy.usage.join(', ')] : []),
          ...(app.without ? ['left out now'] : []),
        ].join('  '),
      ),
    ),
    ...due.flatMap(({ action, name, version, app, waits }) =>
      waits === undefined
        ? []
        : [`waits  ${action} ${label(name, version)}${app === undefined ? '' : ` at ${app}`}  ${waits}`],
    ),
    ...differs.map((one) => `differs  ${remarkInWords(one)}`),
    ...remarks.map((one) => `note  ${remarkInWords(one)}`),
    ...duties.filter(({ isDue }) => isDue).map((one) => `duty  ${dutyInWords(one)}`),
    ...unmanaged.map(({ name, version }) => `let be  ${label(name, version)}`),
  ]
  return `${lines.join('\n')}\n`
}
