// What a record says, in lines: whatever custodians signed, or others need to know years later, is there (test/commands/record-members).

import { shortCode } from '../domain/code.ts'
import { copyInWords } from '../domain/copies.ts'
import { fromBase64url } from '../domain/encoding.ts'
import type { AdoptPlan } from '../domain/first-plans.ts'
import { sealedFor } from '../domain/from-afar.ts'
import { groupedBy } from '../domain/grouped.ts'
import { isExtractable, standingOf } from '../domain/keys.ts'
import { label, labelOf, labelOnToken } from '../domain/names.ts'
import { type IntentPlan, type Plan, type PlanOf, plannedKeys, type RestorePlan, serialOf } from '../domain/plan.ts'
import { type Profile, weaknessesOf } from '../domain/profile.ts'
import { planCode } from '../domain/proposal.ts'
import type { Created, Intent, Outcome, Record } from '../domain/record.ts'
import type { Artefact, KeyTarget, KeyTemplate, Station, Token } from '../domain/shapes.ts'
import { stationCode } from '../domain/station-request.ts'
import { isOntoItself } from '../domain/token-address.ts'
import { counted } from '../domain/words.ts'
import { ceremonyInWords, noteInWords } from './ceremony-marks.ts'
import type { Known } from './known.ts'
import { unusual } from './plan-keys.ts'
import { appAdded, appCopies, appsIn, arrived, behind, pinOf, pinsIn } from './record-applications.ts'
import { approved, letIn } from './record-approvals.ts'
import { issuedIn, listIn, rootIn } from './record-certificate.ts'
import { askedFor, imported, withdrawn } from './record-inward.ts'
import { manifestIn } from './record-manifest.ts'
import { absentIn, holdersInWords, MEMBERS, memberAdded, memberRetired } from './record-members.ts'
import { exported, requested, signed } from './record-outward.ts'
import { confirmedIn, fromBackup, groupOf, keeping, QUORUM, replaced, signedBy, triesIn } from './record-quorum.ts'
import { saidInWords } from './said.ts'
import { acceptedFor, endedInWords, modelOf, otherWraps, shortDigest } from './words.ts'

const FEW = 8

/** What a record says, in lines, and where it was written. */
export const tell = (record: Record, known: Known): string[] => [...said(record, known), writtenAt(record)]

/** The station is one that custodians let in; the rest is that machine's own word. */
const writtenAt = ({ station, host: { user, name }, ...record }: Record): string => {
  const given = 'waited' in record && record.waited ? `; it gave this at ${record.waited.time}, to the database` : ''
  return `at station ${station}, which says: user ${user} on ${name}${given}`
}

function said(record: Record, known: Known): string[] {
  switch (record.type) {
    case 'partition.created':
      return created(record, known)
    case 'intent':
      return intended(record, known)
    case 'outcome':
      return concluded(record)
    case 'recovered':
      return [`found ${record.found}${toldOf(record.keys)}`, ...files(record.artefacts)]
    case 'token.replaced': {
      const { token, profile, auditKey, keyApprovals } = record
      return [`${tokenOf(token)}${known.before(record)}`, ...weakIn(profile), letIn(auditKey, keyApprovals, known)]
    }
    case 'quorum.replaced':
      return replaced(record)
    case 'quorum.confirmed':
      return [confirmedIn(record)]
    case 'station.added':
      return [stationOf(record.added)]
    case 'station.removed':
      return [stationOf(record.removed)]
    case 'member.added': {
      const { member, keyApprovals } = record
      const { token, profile, auditKey } = member
      return [memberAdded(record), tokenOf(token), ...weakIn(profile), letIn(auditKey, keyApprovals, known)]
    }
    case 'member.retired':
      return memberRetired(record)
    case 'app.added':
      return appAdded(record)
    case 'app.copies':
      return appCopies(record)
    case 'app.pin':
      return [pinOf(record.app, record), ...(record.file ? [`file ${record.file}`] : [])]
    case 'app.retired':
      return [`the application ${record.app} is at its end, and its token is ${record.token}`]
    case 'denied': {
      const { op, planDigest, keys = [], more, reason, custodian, group, approvers = [] } = record
      const what = `${op}${names(keys)}${more ? ` and ${more} more` : ''}`
      const whose = custodian ? ` (${known.seat({ custodian, group })})` : group ? ` (${group})` : ''
      const seen = approvers.map((one) => known.seat(one)).join(', ')
      return [
        `${what} was refused: ${reason}${whose}${seen ? `; ${seen} had approved` : ''}`,
        `plan ${shortCode(fromBase64url(planDigest))}`,
      ]
    }
    case 'note':
      return [record.text, ...noteInWords(record.ceremony)]
    case 'drill':
      return [`${known.seat(record.proof)} has shown the share to be at hand, since record ${record.challenge.seq}`]
    case 'custodian.acknowledged':
      return [`${known.seat(record.proof)} has acknowledged the duties of a custodian`, ...files([record.form])]
    case 'custodian.departed':
      return [`${record.custodian} leaves on ${record.on}`, signedBy(record.signed, known)]
    case 'share.recorded':
      return keeping(record, known)
    case 'partition.retired':
      return [`the partition is at its end, and ${endedInWords(record)}`, ...files(record.artefacts)]
  }
}

const created = (record: Created, known: Known): string[] => [
  `partition ${record.name} on ${tokenOf(record.token)}; the code of this record is the anchor`,
  ...record.groups.map(groupOf),
  ...weakIn(record.plan.profile),
  `plan ${planCode(record.plan)}`,
  ...(record.plan.op === 'partition.adopt' ? adopted(record.plan) : []),
  ...common(record.plan),
  stationOf(record.plan.station),
  approved(record, known),
  letIn(record.auditKey, record.keyApprovals, known),
]

const adopted = ({ keys, leaves = [] }: AdoptPlan): string[] => [
  `took over${toldOf(keys)}`,
  ...keys.map(
    (key) =>
      `${label(key.name, key.version)} is called ${labelOnToken(key) || 'nothing'} on the token, for ${key.usage.join(', ') || 'no use'}`,
  ),
  ...leaves.map((object) => `left alone: ${object}`),
]

const intended = ({ plan, approvals, seq }: Intent, known: Known): string[] => [
  `${plan.op}, plan ${planCode(plan)}${names(plannedKeys(plan))}`,
  ...detailsOf(plan, known),
  ...common(plan),
  ...absentIn(plan),
  approved({ approvals, seq }, known),
]

/** What was accepted, the library that got the PINs, and why. */
function common(plan: Plan): string[] {
  const recipient = sealedFor(plan)
  const byPlan = 'accepted' in plan ? (plan.accepted ?? []) : []
  return [
    ...[acceptedFor(plannedKeys(plan)), ...byPlan].flatMap((rule) => (rule ? [`accepted: ${rule}`] : [])),
    ...('clock' in plan && plan.clock !== undefined ? [`the clock said ${plan.clock} when the plan was made`] : []),
    ...unusualIn(plan),
    ...(plan.module ? [`module ${plan.module.path}, ${shortDigest(plan.module.sha256)}`] : []),
    ...(recipient === undefined ? [] : [`waited for shares from afar, sealed for ${recipient}`]),
    ...('ceremony' in plan ? ceremonyInWords(plan.ceremony) : []),
    ...saidInWords(plan),
  ]
}

const unusualIn = (plan: Plan): string[] =>
  plannedKeys(plan)
    .flatMap(unusual)
    .slice(0, FEW)
    .map((text) => `UNUSUAL ${text}`)

type Details<P> = (plan: P, known: Known) => string[]

/** What nothing else in the lines of an intent tells. */
const DETAILS: { readonly [Op in IntentPlan['op']]?: Details<PlanOf<Op>> } = {
  'key.generate': ({ template }) => [kindOf(template)],
  'key.import': (plan) => [kindOf(plan.keys[0]), ...imported(plan)],
  'key.import-request': askedFor,
  'key.import-cancel': withdrawn,
  'key.rotate': ({ keys: [, fresh] }) => [kindOf(fresh)],
  'key.destroy': ({ certificate, leaves = [] }) => [
    ...leaves.map((copy) => `leaves ${copyInWords(copy)} at ${copy.app}`),
    ...(certificate ? [`certificate ${certificate}`] : []),
  ],
  'key.publish': (plan) => [...plan.keys.map(kindOf), ...appsIn(plan)],
  'key.promote': appsIn,
  'key.suspend': appsIn,
  'key.resume': appsIn,
  'key.deactivate': appsIn,
  'key.compromise': appsIn,
  'key.deliver': appsIn,
  'key.withdraw': appsIn,
  'key.restore': ({ backup }) => [fromBackup(backup)],
  'app.init': arrived,
  'app.adopt': arrived,
  'app.replace': arrived,
  'app.pin': pinsIn,
  'app.retire': (plan) => [
    ...(plan.lost ? ['the token is lost: nothing on it can be destroyed'] : []),
    ...appsIn(plan),
  ],
  'app.sync': appsIn,
  'app.check': appsIn,
  'manifest.apply': (plan) => manifestIn(plan, kindOf),
  'cert.request': requested,
  'cert.root': rootIn,
  'cert.issue': issuedIn,
  'cert.crl': listIn,
  'key.sign': signed,
  'key.export': exported,
  'backup.create': ({ included, file, omitted, wraps }) => [
    `${counted(included, 'key')} to ${file}`,
    ...(wraps ? [`wrapped by ${otherWraps(wraps)}`] : []),
    ...lacks(omitted),
  ],
  'backup.restore': (plan, known) => restored(plan, known),
  'backup.test': ({ backup, spare, missing }) => [
    fromBackup(backup),
    `on the blank token in slot ${spare.slot}, called ${spare.label} then, ${behind(spare.module)}`,
    ...lacks(missing),
  ],
  'partition.check': ({ renews }) => (renews ? ['finds anew what the token can do'] : []),
  'partition.move': ({ to }) => [`the ledger goes to ${to === 'file' ? 'a file of the station' : to}`],
  'station.add': ({ station }) => [stationOf(station)],
  'station.remove': ({ station }) => [stationOf(station)],
  'partition.retire': ({ others = [], certificate, recovers, lost }, known) => [
    ...(recovers ? [`takes up ${known.change(recovers)}`] : []),
    ...(lost ? ['the token is lost: nothing on it can be destroyed'] : []),
    ...others.map((other) => `erases too: ${other}`),
    ...(certificate ? [`certificate ${certificate}`] : []),
  ],
  ...QUORUM,
  ...MEMBERS,
  'partition.recover': ({ recovers, abandons, lastTry }, known) => [
    `recovers ${known.change(recovers)}${abandons ? ', and gives it up' : ''}`,
    ...triesIn(lastTry),
  ],
}

const detailsOf = (plan: IntentPlan, known: Known): string[] =>
  (DETAILS[plan.op] as Details<IntentPlan> | undefined)?.(plan, known) ?? []

const restored = (plan: RestorePlan, known: Known): string[] => [
  ...(plan.recovers ? [`takes up ${known.change(plan.recovers)}`] : []),
  `onto token ${serialOf(plan)}, ${isOntoItself(plan) ? 'which is erased' : `in place of ${plan.replaces.join(', ')}`}`,
  fromBackup(plan.backup),
  ...lacks(plan.missing),
  plan.checkpoint === undefined ? 'no checkpoint was at hand' : `checkpoint of ${counted(plan.checkpoint, 'record')}`,
  ...(plan.station ? [`new ${stationOf(plan.station)}`] : []),
]

const concluded = ({ result, keys, error, artefacts, profile, holders }: Outcome): string[] => [
  `${result}${toldOf(keys)}${error ? `: ${error.code}, ${error.message}` : ''}`,
  ...files(artefacts),
  ...holdersInWords(holders),
  ...(profile
    ? [`what the token can do, found by the library ${shortDigest(profile.module)}`, ...weakIn(profile)]
    : []),
]

const weakIn = (profile: Profile): string[] =>
  weaknessesOf(profile).map((word) => `the token is weak, which was accepted: ${word}`)

const tokenOf = (token: Token): string => `token ${token.serial} (${token.label}; ${modelOf(token)})`

const stationOf = ({ name, key }: Station): string => `station ${name}, key ${stationCode(key)}`

/** What was made or used beside the token: whoever has such a file can tell whether it is this one. */
const files = (artefacts: readonly Pick<Artefact, 'name' | 'sha256'>[] = []): string[] =>
  artefacts.map(({ name, sha256 }) => `file ${name}, sha256 ${sha256}`)

const lacks = (keys: readonly { name: string; version: number; reason: string }[]): string[] => [
  ...keys.slice(0, FEW).map(({ name, version, reason }) => `lacks ${label(name, version)}: ${reason}`),
  ...(keys.length > FEW ? [`lacks ${keys.length - FEW} more, see --json`] : []),
]

/** Of a new key, or of what becomes of one: of that which is destroyed no attributes are left that could tell more. */
const kindOf = ({
  type,
  usage,
  activateAt,
  attributes,
  ...key
}: KeyTemplate & { published?: true | undefined }): string =>
  [
    `${type} for ${usage.join(', ')}`,
    activateAt ? `${standingOf(key)} until ${activateAt}` : standingOf(key),
    ...(key.state === 'destroyed' || isExtractable(attributes) ? [] : ['can never leave the token']),
  ].join('; ')

/** `: deactivated x#1; active x#2`. */
function toldOf(keys: readonly KeyTarget[]): string {
  const states = [...groupedBy(keys, ({ state }) => state)].map(([state, those]) => `${state}${names(those)}`)
  return states.length === 0 ? '' : `: ${states.join('; ')}`
}

/** So many keys are named, each by its own name. */
export const NAMED = 3

function names(keys: readonly { name: string; version: number }[]): string {
  const all = keys.map(labelOf)
  return all.length === 0
    ? ''
    : all.length <= NAMED
      ? ` ${all.join(', ')}`
      : ` ${all[0]} ... ${all.at(-1)} (${all.length} keys)`
}
