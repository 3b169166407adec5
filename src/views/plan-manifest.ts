// The plan of a manifest as custodians see it: what they sign, how many keys of which policy, what each application gets, and every exception.
import { judgedBeside } from '../change/judged-manifest.ts'
import type { CopyTarget, PlannedApp } from '../domain/application-shapes.ts'
import { sameJson } from '../domain/canonical.ts'
import { reachedApps } from '../domain/copies.ts'
import { groupedBy } from '../domain/grouped.ts'
import type { History } from '../domain/history.ts'
import type { KnownApplication } from '../domain/known-application.ts'
import type { Manifest } from '../domain/manifest.ts'
import type { ManifestPlan } from '../domain/manifest-plan.ts'
import { label, labelOf } from '../domain/names.ts'
import { counted, listed } from '../domain/words.ts'
import { type Field, marked, type Run } from '../terminal/text.ts'
import { areAllNamed, dutyInWords, groupsOf, namesOf, remarkInWords, remarksInWords } from './due-view.ts'
import { areKeysNamed, FEW, keyFields } from './manifest-keys.ts'
import { areEntriesNamed, manifestDigest, manifestRows } from './manifest-words.ts'
import { wholeDigest } from './module.ts'
import { copiesInWords, copyRuns, tokenFields, warnings } from './plan-applications.ts'
import { dayOf, toTheMinute } from './words.ts'

/** What is done before its time is said to be. */
const ahead = ({ by, created }: ManifestPlan): Run | Run[] => {
  const days = Math.floor((Date.parse(by) - Date.parse(created)) / DAY)
  return days < 1 ? toTheMinute(by) : [toTheMinute(by), marked(`: EARLY, by up to ${counted(days, 'day')}`, 'warning')]
}

const DAY = 86_400_000

export const manifestFields = (plan: ManifestPlan, history: History, now: Date): Field[] => [
  ...signedFields(plan.manifest, history),
  ['due by', ahead(plan)],
  ...keyFields(plan, history),
  ...appFieldsOf(plan, history),
  ...exceptions(plan, history, now),
  [
    'in full',
    isNamedInFull(plan, history)
      ? undefined
      : marked(
          'what is not named above stands by name in the list of this plan (--list FILE): read it before you approve',
          'warning',
        ),
  ],
]

/** Whoever approves sees everything that the plan changes: else there is a list. */
export const isNamedInFull = (plan: ManifestPlan, history: History): boolean =>
  areEntriesNamed(plan.manifest, history.conducted.manifest?.manifest) &&
  areKeysNamed(plan, history) &&
  reachedApps(plan).every((app) =>
    copiesAlike(app, history).every((copies) => copies.length <= FEW || areAllNamed(copies)),
  )

/** The manifest itself, from then on in force, and what it changes of the one before. */
function signedFields(manifest: Manifest, { conducted: { manifest: before } }: History): Field[] {
  const isSame = before !== undefined && sameJson(before.manifest, manifest)
  const since = before ? `in the place of that of record ${before.seq} of ${dayOf(before.time)}` : 'the first one'
  const what = isSame ? 'the one in force' : `in force from then on, ${since}`
  return [
    ['manifest', [`${what}  `, wholeDigest(manifestDigest(manifest))]],
    ...manifestRows(manifest, before?.manifest),
  ]
}

const knownCopies =
  (known: KnownApplication | undefined) =>
  ({ name, version }: CopyTarget) =>
    known?.copies.get(label(name, version))

function copiesAlike({ name, copies }: PlannedApp, { applications }: History): CopyTarget[][] {
  const knownOf = knownCopies(applications.named(name))
  return [...groupedBy(copies, (copy) => JSON.stringify(copiesInWords(copy, knownOf(copy)))).values()]
}

/** Copies of which the same is said are one line. */
function appFieldsOf(plan: ManifestPlan, history: History): Field[] {
  return reachedApps(plan).flatMap((app): Field[] => {
    const known = history.applications.named(app.name)
    const knownOf = knownCopies(known)
    return [
      ...tokenFields(app, known),
      ['without', app.without && marked('it is left out now, and its copies are unproven until app sync', 'warning')],
      ...copiesAlike(app, history).flatMap((copies): Field[] => {
        if (copies.length <= FEW) return copies.map((copy) => ['', copyRuns(copy, knownOf(copy))])
        const { does, says } = copiesInWords(copies[0]!, knownOf(copies[0]!))
        return [['', `${does} ${counted(copies.length, 'copy', 'copies')} of ${namesOf(copies)}, ${says}`]]
      }),
      ...warnings(app.copies, known),
    ]
  })
}

/** Everything that the manifest wants and the plan does not do, in full. */
function exceptions(plan: ManifestPlan, history: History, now: Date): Field[] {
  const { due, differs, remarks, unmanaged, duties } = judgedBeside(plan, history, now)
  const waiting = groupsOf(due.filter(({ waits }) => waits !== undefined))
  const warned = (text: string): Run => marked(text, 'warning')
  return [
    ...waiting.map((one): Field => ['waits', warned(`${one.action} ${one.what}: ${one.names}: ${one.waits}`)]),
    ...differs.map((one): Field => ['differs', warned(remarkInWords(one))]),
    ...remarksInWords(remarks).map((text): Field => ['note', warned(text)]),
    ...duties.filter(({ isDue }) => isDue).map((one): Field => ['duty', warned(dutyInWords(one))]),
    [
      'let be',
      unmanaged.length > 0
        ? `${counted(unmanaged.length, 'key')} not in the manifest: ${listed(unmanaged.map(labelOf))}`
        : undefined,
    ],
  ]
}
