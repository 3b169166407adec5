// The plan of a manifest as custodians see it: what they sign, how many keys of which policy, what each application gets, and every exception.
import { judgedNow } from '../change/judged-manifest.ts'
import { canonical, sameJson } from '../domain/canonical.ts'
import { reachedApps } from '../domain/copies.ts'
import { sha256, toHex, utf8 } from '../domain/encoding.ts'
import { groupedBy } from '../domain/grouped.ts'
import type { History } from '../domain/history.ts'
import { standingOf } from '../domain/keys.ts'
import { type Manifest, managedKeys, usageOf } from '../domain/manifest.ts'
import { actionOf, type ManifestPlan } from '../domain/manifest-plan.ts'
import { destroyedIn } from '../domain/manifest-rules.ts'
import { label } from '../domain/names.ts'
import { plannedKeys } from '../domain/plan.ts'
import type { KeyTarget } from '../domain/shapes.ts'
import { counted, listed } from '../domain/words.ts'
import { type Field, marked, type Run } from '../terminal/text.ts'
import { dutyInWords, groupsOf, namesOf, remarkInWords, remarksInWords } from './due-view.ts'
import { wholeDigest } from './module.ts'
import { copyRuns, tokenFields, warnings } from './plan-applications.ts'
import { madeForOther, mayOrNothing, unusualField } from './plan-keys.ts'
import { dayOf, shortFingerprint, toTheMinute } from './words.ts'

/** What is done before its time is said to be. */
const ahead = ({ by, created }: ManifestPlan): Run | Run[] => {
  const days = Math.floor((Date.parse(by) - Date.parse(created)) / DAY)
  return days < 1 ? toTheMinute(by) : [toTheMinute(by), marked(`: EARLY, by up to ${counted(days, 'day')}`, 'warning')]
}

const DAY = 86_400_000

/** More of a kind are told by first and last, or by few; the whole list is a file. */
const FEW = 8

export const manifestDigest = (manifest: Manifest): string => toHex(sha256(utf8(canonical(manifest))))

export const manifestFields = (plan: ManifestPlan, history: History, now: Date): Field[] => [
  ...signedFields(plan.manifest, history),
  ['due by', ahead(plan)],
  ...keyFields(plan),
  ...appFieldsOf(plan, history),
  ...exceptions(plan, history, now),
]

/** The manifest itself, from then on in force: its policies, and what differs from the one before. */
function signedFields(manifest: Manifest, { conducted }: History): Field[] {
  const before = conducted.manifest
  const since = before ? `in the place of that of record ${before.seq} of ${dayOf(before.time)}` : 'the first one'
  const isSame = before !== undefined && sameJson(before.manifest, manifest)
  const changed = Object.entries(manifest.keys).filter(
    ([name, key]) => !sameJson(before?.manifest.keys[name] ?? null, key),
  )
  const gone = Object.keys(before?.manifest.keys ?? {}).filter((name) => !Object.hasOwn(manifest.keys, name))
  return [
    [
      'manifest',
      [`${isSame ? 'the one in force' : `in force from then on, ${since}`}  `, wholeDigest(manifestDigest(manifest))],
    ],
    ...Object.entries(manifest.policies).map(
      ([name, policy]): Field => ['policy', `${name}: ${policyInWords(policy)}`],
    ),
    ...changed.slice(0, FEW).map(([name, key]): Field => ['keys', `${name}: ${entryInWords(key)}`]),
    ['', changed.length > FEW ? `and ${counted(changed.length - FEW, 'entry', 'entries')} more` : undefined],
    ['leaves', gone.length > 0 ? marked(`${listed(gone)}: not in it any more, and let be`, 'warning') : undefined],
    [
      'duties',
      Object.entries(manifest.duties ?? {})
        .map(([duty, period]) => `${duty} every ${period}`)
        .join(', ') || (before?.manifest.duties ? marked('none any more', 'warning') : undefined),
    ],
  ]
}

function policyInWords(policy: Manifest['policies'][string]): string {
  const {
    type,
    backup = true,
    'rotate-every': every,
    'publish-before': lead,
    'process-for': processing,
    'destroy-after': end,
  } = policy
  return [
    `${type} to ${usageOf(policy).join(', ')}`,
    ...(backup ? [] : ['in no backup']),
    every ? `a new version every ${every}${lead ? `, at its readers ${lead} before` : ''}` : 'no new versions',
    ...(processing ? [`read with for ${processing} after that`] : []),
    ...(end ? [`to be destroyed ${end} later`] : []),
  ].join('; ')
}

function entryInWords({ policy, count, deliver }: Manifest['keys'][string]): string {
  const apps = deliver?.map((one) => (typeof one === 'string' ? one : `${one.app} to ${one.usage.join(', ')}`))
  const where = apps === undefined ? '' : apps.length === 0 ? ', at no application' : `, at ${listed(apps)}`
  return `${policy}${count === undefined ? '' : `, ${counted(count, 'key')}`}${where}`
}

const DOES = {
  generate: 'generates',
  publish: 'publishes',
  promote: 'promotes',
  rotate: 'rotates',
  deactivate: 'deactivates',
  destroy: 'DESTROYS',
} as const

const THEN = {
  generate: '',
  publish: '  until they are promoted the ones before go on',
  promote: '  the ones before process only from then on',
  rotate: '  the ones before process only from then on',
  deactivate: '',
  destroy: '  they are gone from this token for good',
} as const

/** By policy and action. What gives way is told of with what takes over. */
function keyFields(plan: ManifestPlan): Field[] {
  const managed = managedKeys(plan.manifest)
  const keys = plannedKeys(plan)
  const taking = new Set(
    keys.filter(({ state, published }) => state === 'active' && !published).map(({ name }) => name),
  )
  const told = keys.filter(({ state, name }) => state !== 'deactivated' || !taking.has(name))
  const alike = groupedBy(
    told,
    (key) => `${managed.get(key.name)?.policyName} ${actionOf(key)} ${key.type} ${key.version}`,
  )
  return [...alike.values()].flatMap((all): Field[] => {
    const [first] = all as [KeyTarget]
    const action = actionOf(first)
    const what = `${counted(all.length, 'key')} of ${managed.get(first.name)?.policyName}  ${first.type}${THEN[action]}`
    return [
      [DOES[action], action === 'destroy' ? marked(what, 'bad') : what],
      ['', all.length > FEW ? namesOf(all) : all.map(nameOf).join(', ')],
      ['they', action === 'destroy' ? undefined : `are ${standingOf(first)}, and ${mayOrNothing(first)}`],
      ...madeForOther(first),
      ['due', first.activateAt && `not before ${first.activateAt}`],
      ...givingWay(first, keys, all.length),
      ...unusualField(first),
    ]
  })
}

const nameOf = ({ name, version, fingerprint }: KeyTarget): string =>
  fingerprint === undefined ? label(name, version) : `${label(name, version)} ${shortFingerprint(fingerprint)}`

function givingWay({ name, version }: KeyTarget, keys: readonly KeyTarget[], many: number): Field[] {
  const old = keys.find((key) => key.name === name && key.version !== version && key.state === 'deactivated')
  return old && many === 1 ? [['gives way', `${nameOf(old)}: it ${mayOrNothing(old)}`]] : []
}

/** What many copies have in common is one line. */
function appFieldsOf(plan: ManifestPlan, history: History): Field[] {
  const whole = new Map(reachedApps(plan).map((app) => [app.name, app]))
  return (plan.apps ?? []).flatMap((app): Field[] => {
    const known = history.applications.named(app.name)
    return [
      ...tokenFields(app, known),
      ['without', app.without && marked('it is left out now, and its copies are unproven until app sync', 'warning')],
      ...app.copies.flatMap((batch): Field[] => {
        const { names, version, usage, wished, called } = batch
        const own = new Set(names)
        const copies = whole.get(app.name)!.copies.filter((copy) => copy.version === version && own.has(copy.name))
        if (names.length <= FEW)
          return copies.map((copy): Field => ['', copyRuns(copy, known?.copies.get(label(copy.name, copy.version)))])
        const what = `${wished ? 'has' : 'loses'} ${counted(names.length, 'copy', 'copies')} of ${namesOf(copies)}, called ${called === 'name' ? 'by the name alone' : 'by name and version'}`
        return [['', wished ? `${what}: they may ${usage.join(', ')}` : what]]
      }),
      ...warnings(whole.get(app.name)!.copies, known),
    ]
  })
}

/** Everything that the manifest wants and the plan does not do, in full. */
function exceptions(plan: ManifestPlan, history: History, now: Date): Field[] {
  const without = (plan.apps ?? []).flatMap((app) => (app.without ? [app.name] : []))
  const accepted: readonly string[] = plan.accepted ?? []
  const request = { manifest: plan.manifest, by: plan.by, destroys: destroyedIn(plan) > 0, accepted, without }
  const { due, differs, remarks, unmanaged, duties } = judgedNow(request, history, () => now)
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
        ? `${counted(unmanaged.length, 'key')} not in the manifest: ${listed(unmanaged.map(({ name, version }) => label(name, version)))}`
        : undefined,
    ],
  ]
}
