// Who can use a key, who can act on it, and what was done with it: what an auditor asks of the few keys that are sampled.
import { isNotOnToken } from '../../change/inventory.ts'
import { plannedCopies } from '../../domain/copies.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { isExtractable } from '../../domain/keys.ts'
import type { Copy, KnownApplication } from '../../domain/known-application.ts'
import { labelOf } from '../../domain/names.ts'
import type { IntentPlan, Plan } from '../../domain/plan.ts'
import { listed } from '../../domain/words.ts'
import { certificateSections } from './certificates.ts'
import { changeFindings } from './change-findings.ts'
import { inOrder, judgedFindings, keysSection } from './keys.ts'
import { groupsSection } from './people.ts'
import { exportsOf, PLACE, placesOf } from './places.ts'
import {
  changesSection,
  concerns,
  isInPeriod,
  isOf,
  isStatement,
  periodInWords,
  SAID,
  type Source,
  seatOf,
  section,
} from './rows.ts'
import type { ReportFinding, Section } from './shape.ts'
import type { Told } from './told.ts'

/** Of one key, or of one version of it. */
export function keyAccess(key: string, source: Source): Section[] {
  const { history, asked, all } = source
  const keys = inOrder(history).filter(isOf(key))
  const places = placesOf(history)
  const names = keys.map(labelOf)
  const done = all.filter((told) => concerns(key, told) && isInPeriod(asked, told) && !isStatement(told))
  return [
    keysSection('key', `What ${key} is`, keys, source),
    stepsSection(keys),
    usersSection(keys, source),
    groupsSection('may-act', `Who can act on ${key}: so many of each group, together`, source),
    section(
      'places',
      'Where else it is, or may be',
      PLACE,
      keys.flatMap(places),
      `Beside the token of the partition, serial ${history.token.serial}. What left it can be destroyed there alone, and nothing here shows that it was.`,
    ),
    ...certificateSections(key, source, new Set(keys.flatMap(({ spki }) => spki ?? []))),
    ...tokenSection(key, source),
    changesSection('changes', `What was done with ${listed(names)}, ${periodInWords(asked)}`, done, SAID),
  ]
}

const stepsSection = (keys: readonly KeyEntry[]): Section =>
  section(
    'life',
    'Its life, state by state',
    ['key', 'state', 'time', 'record', 'operation', 'reason'],
    keys.flatMap((key) =>
      key.history.filter(isNewState).map(({ state, published, time, seq, op, reason }) => ({
        key: labelOf(key),
        state: published ? `${state}, published` : state,
        time,
        record: seq,
        operation: op,
        reason: reason ?? '',
      })),
    ),
  )

/** What was done with it and left it as it was is among the changes. */
const isNewState = ({ state, published }: Moment, i: number, all: readonly Moment[]): boolean =>
  state !== all[i - 1]?.state || published !== all[i - 1]?.published
type Moment = Pick<KeyEntry['history'][number], 'state' | 'published'>

/** Applications with a copy, by what it is good for. */
const usersSection = (keys: readonly KeyEntry[], { history }: Source): Section =>
  section(
    'may-use',
    'Which applications can use it',
    ['key', 'application', 'may', 'state of the copy', 'last proven', 'record', 'PIN of its token'],
    keys.flatMap((key) =>
      history.applications.holding(key.name, key.version).map(({ app, copy }) => ({
        key: labelOf(key),
        application: app.name,
        ...useOf(app, copy),
      })),
    ),
    'Whoever has the user PIN of an application token can use the copies on it for what they are good for, and no ledger tells of that. An empty table says that no application has a copy.',
  )

/** Of the applications that have or had a copy: who got a PIN can use what is there. */
function tokenSection(key: string, { all, asked }: Source): Section[] {
  const apps = appsWith(key, all)
  const those = all.flatMap((told) => {
    const names = appsIn(told.plan).filter((name) => apps.has(name))
    return names.length > 0 && isInPeriod(asked, told) ? [{ told, names }] : []
  })
  if (those.length === 0) return []
  return [
    section(
      'app-changes',
      `Tokens and PINs of those applications, ${periodInWords(asked)}`,
      ['record', 'time', 'operation', 'applications', 'PIN sealed for', 'approved by', 'plan', 'result'],
      those.map(({ told: { seq, time, op, plan, signed, code, end }, names }) => ({
        record: seq,
        time,
        operation: op,
        applications: names,
        'PIN sealed for': plan && 'recipients' in plan ? [...(plan.recipients ?? [])] : [],
        'approved by': signed.map(seatOf),
        plan: code ?? '',
        result: end?.result ?? '',
      })),
      'app.init, app.replace and app.pin hand a PIN over. What its holder does with it stands in no ledger.',
    ),
  ]
}

/** Those of which a plan ever spoke with this key. */
const appsWith = (key: string, all: readonly Told[]): ReadonlySet<string> =>
  new Set(
    all
      .filter((told) => concerns(key, told))
      .flatMap(({ plan }) => (plan && !isFirst(plan) ? plannedCopies(plan) : []))
      .filter(({ copies }) => copies.some(isOf(key)))
      .map(({ name }) => name),
  )

const isFirst = (plan: Plan): plan is Exclude<Plan, IntentPlan> =>
  plan.op === 'partition.init' || plan.op === 'partition.adopt'

/** Whose tokens and PINs a plan is about. */
const appsIn = (plan: Plan | undefined): string[] =>
  plan?.op === 'app.pin' || plan?.op === 'app.retire'
    ? plan.apps.map(({ name }) => name)
    : plan?.op === 'app.init' || plan?.op === 'app.replace' || plan?.op === 'app.adopt'
      ? [plan.app.name]
      : []

const useOf = (app: KnownApplication, copy: Copy) => ({
  may: copy.wished ? [...copy.usage] : ['nothing: it is to go'],
  'state of the copy': copy.state,
  'last proven': copy.time,
  record: copy.seq,
  'PIN of its token': app.pin.kind === 'given' ? 'given by others' : `of the shares, handed over ${app.given}`,
})

/** Of every key: a line each. What went out is told of destroyed ones too: their files are there still. */
export function allAccess(source: Source): Section[] {
  const { history } = source
  const all = inOrder(history)
  const keys = all.filter(({ state }) => state !== 'destroyed')
  return [
    usersSection(keys, source),
    groupsSection('may-act', 'Who can act on keys: so many of each group, together', source),
    section(
      'exports',
      'Which keys went out, in files for others',
      PLACE,
      all.flatMap((key) => exportsOf(key, history)),
      'What left the token can be destroyed at its destination alone, and nothing here shows that it was. An empty table says that no key was exported.',
    ),
  ]
}

/** Of one key, or of one version of it. */
export function accessFindings(key: string, source: Source): ReportFinding[] {
  const { history, all } = source
  return [
    ...inOrder(history)
      .filter(isOf(key))
      .flatMap((one) => keyFindings(one, source)),
    ...judgedFindings(source, (name, version) => isOf(key)({ name, version: version ?? history.keys.newest(name) })),
    ...changeFindings(
      all.filter((told) => concerns(key, told)),
      source,
    ),
  ]
}

function keyFindings(key: KeyEntry, { history }: Source): ReportFinding[] {
  const name = labelOf(key)
  const unproven = history.applications
    .holding(key.name, key.version)
    .filter(({ copy }) => copy.state !== (copy.wished ? 'present' : 'absent'))
  const places = placesOf(history)(key)
  const held =
    key.state === 'destroyed'
      ? [...new Set(places.filter(({ state }) => state !== 'absent').map(({ where }) => where))]
      : []
  const isUnbacked =
    key.state !== 'destroyed' && isExtractable(key.attributes) && !places.some(({ where }) => where === 'backup')
  const of = (severity: ReportFinding['severity'], message: string, records?: number[]): ReportFinding => ({
    severity,
    message,
    ...(records ? { records } : {}),
  })
  return [
    ...(key.state === 'compromised'
      ? [of('warning', `${name} is compromised and not destroyed yet`, [key.history.at(-1)!.seq])]
      : []),
    ...(isNotOnToken(key, history) ? [of('critical', `the token has lost ${name}`)] : []),
    ...unproven.map(({ app, copy }) =>
      of('warning', `nobody has proven that the copy of ${name} at ${app.name} is as it is to be: ${copy.state}`, [
        copy.seq,
      ]),
    ),
    ...(held.length > 0
      ? [of('warning', `${name} is destroyed on its token, and may still be held by: ${listed(held)}`)]
      : []),
    ...(isUnbacked ? [of('warning', `${name} is in no backup`)] : []),
  ]
}
