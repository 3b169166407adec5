// The keys of a report: what each is, where it is, and what the manifest in force wants of it.
import { backupsByKey } from '../../change/inventory.ts'
import { DESTINATION_NAMES } from '../../domain/destinations.ts'
import { groupedBy } from '../../domain/grouped.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { isExtractable, standingOf } from '../../domain/keys.ts'
import { managedKeys } from '../../domain/manifest.ts'
import { labelOf } from '../../domain/names.ts'
import { counted, listed } from '../../domain/words.ts'
import { keysNeedingAction } from '../attention.ts'
import { stateSince } from '../words.ts'
import { type Source, section } from './rows.ts'
import type { ReportFinding, Section } from './shape.ts'

export function keysSection(id: string, title: string, keys: readonly KeyEntry[], source: Source): Section {
  const { history } = source
  const managed = history.conducted.manifest && managedKeys(history.conducted.manifest.manifest)
  const due = groupedBy(source.judged?.due ?? [], labelOf)
  const backupsOf = backupsByKey(history)
  return section(
    id,
    title,
    [
      'key',
      'type',
      'may',
      'state',
      'since',
      'made',
      'origin',
      'fingerprint',
      'leaves the token',
      'backups',
      'applications',
      'policy',
      'due',
    ],
    keys.map((key) => ({
      key: labelOf(key),
      type: key.type,
      may: [...key.usage],
      state: standingOf(key),
      since: stateSince(key),
      made: `${key.history[0]!.time}, record ${key.history[0]!.seq}`,
      origin: originOf(key),
      fingerprint: key.fingerprint,
      'leaves the token': leaves(key, history),
      backups: backupsOf(key).length,
      applications: history.applications.holding(key.name, key.version).map(({ app }) => app.name),
      policy: managed?.get(key.name)?.policyName ?? '',
      due: (due.get(labelOf(key)) ?? []).map(({ action, due: since }) => `${action} since ${since}`),
    })),
  )
}

/** Whether it may, and every time that it did for somebody else. */
const leaves = (key: KeyEntry, { exports }: History): string[] => [
  ...(key.state === 'destroyed' ? [] : [isExtractable(key.attributes) ? 'only wrapped' : 'never']),
  ...exports
    .of(key.name, key.version)
    .map(
      ({ record, sha256, for: to }) =>
        `${sha256 ? 'exported' : 'perhaps exported'} for ${DESTINATION_NAMES[to]}, record ${record}`,
    ),
]

/** How it came to be; what was in the clear for a moment says so. */
function originOf({ origin, accepted = [] }: KeyEntry): string {
  const clear = 'clearOnHost' in origin ? ', in the clear on the host for a moment' : ''
  const more = origin.kind === 'components' ? ` of ${origin.components.length} people` : ''
  return `${origin.kind}${more}${clear}${accepted.length > 0 ? `; accepted: ${accepted.join(', ')}` : ''}`
}

/** Labels of the keys that wait for this. */
export const waiting = ({ history, now }: Source, wanted: 'backup' | 'destroy'): string[] =>
  keysNeedingAction([...history.keys], history, now)
    .filter(({ need }) => need === wanted)
    .map(({ key }) => labelOf(key))

export const inOrder = (history: History): KeyEntry[] =>
  [...history.keys].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version - b.version))

/** What the manifest in force finds: nothing where there is none. */
export function judgedFindings(source: Source, about: (name: string, version?: number) => boolean): ReportFinding[] {
  const { judged } = source
  if (!judged) return []
  const due = judged.due.filter(({ name, version }) => about(name, version))
  const differs = judged.differs.filter(({ name, version }) => about(name, version))
  const unmanaged = judged.unmanaged.filter(({ name, version }) => about(name, version))
  return [
    ...[...groupedBy(due, ({ action }) => action)].map(([action, those]): ReportFinding => {
      const oldest = those.map((one) => one.due).toSorted()[0]!
      const names = listed([...new Set(those.map(labelOf))])
      return {
        severity: 'warning',
        message: `by the manifest in force it is due to ${action}: ${names}; since ${oldest}`,
      }
    }),
    ...differs.map(
      ({ name, version, what }): ReportFinding => ({
        severity: 'warning',
        message: `not as its policy has it: ${version === undefined ? name : labelOf({ name, version })}: ${what}`,
      }),
    ),
    ...(unmanaged.length > 0
      ? [
          {
            severity: 'note' as const,
            message: `${counted(unmanaged.length, 'key version')} that the manifest does not name, and that nothing is judged by: ${listed(unmanaged.map(labelOf))}`,
          },
        ]
      : []),
  ]
}
