// What is shown of each kind of plan, by operation: a forgotten one does not compile.

import type { PlannedApp } from '../domain/application-shapes.ts'
import { recordCode } from '../domain/code.ts'
import { fromBase64url } from '../domain/encoding.ts'
import { certificateNames } from '../domain/file-names.ts'
import type { History } from '../domain/history.ts'
import { label } from '../domain/names.ts'
import { type IntentPlan, type PlanOf, plannedKeys, type ShownPlan } from '../domain/plan.ts'
import { spkiDigest } from '../domain/public-keys.ts'
import type { KeyTarget, Station } from '../domain/shapes.ts'
import { stationCode } from '../domain/station-request.ts'
import { isOntoItself, leftByRestore } from '../domain/token-address.ts'
import { counted, listed } from '../domain/words.ts'
import { type Field, marked, type Run, whole } from '../terminal/text.ts'
import { stillHeldIn } from './held-elsewhere.ts'
import { moduleRuns } from './module.ts'
import { appEnd, appFields, arrivalFields, leftFields, pinHandover } from './plan-applications.ts'
import { crlFields, issuedFields, issueFields, rootFields } from './plan-certificate.ts'
import { asking, importing, withdrawing } from './plan-inward.ts'
import {
  absence,
  backupRuns,
  forGood,
  goneFrom,
  keyInWords,
  madeForOther,
  mayOrNothing,
  newKeys,
  present,
  stateFields,
  unusualField,
} from './plan-keys.ts'
import { manifestFields } from './plan-manifest.ts'
import { addedMember, retiredMember, syncedMembers } from './plan-members.ts'
import { aloud, exportedTo, exporting, signing } from './plan-outward.ts'
import { lastTryFields, replaceFields, resumeFields, stageFields, suspendFields, unstageFields } from './plan-quorum.ts'
import { retirement } from './plan-retirement.ts'
import { otherWraps } from './words.ts'

type Details<P> = (plan: P, history: History, now: Date) => Field[]

const byState: Details<PlanOf<'key.suspend'>> = ({ keys, apps }, history, now) => [
  ...stateFields(keys[0], history, now),
  ...appFields(apps, history),
]

/** Copies alone. */
const byApp: Details<{ apps: readonly PlannedApp[] }> = ({ apps }, history) => appFields(apps, history)

const DETAILS: { readonly [Op in IntentPlan['op']]: Details<PlanOf<Op, ShownPlan>> } = {
  'member.add': addedMember,
  'member.sync': syncedMembers,
  'member.check': ({ members }) => [['looks at', listed(members)]],
  'member.retire': retiredMember,
  'key.generate': (plan, history) => newKeys(plannedKeys(plan), history),
  'key.import': (plan, history) => [...newKeys(plan.keys, history), ...importing(plan, history)],
  'key.import-request': asking,
  'key.import-cancel': withdrawing,
  'key.rotate': ({ keys }, history, now) => [
    ...stateFields(keys[0], history, now),
    ...newKeys([keys[1]], history),
    ...issuedFields(keys[0], history, now),
  ],
  'key.activate': byState,
  'key.suspend': byState,
  'key.resume': byState,
  'key.deactivate': (plan, history, now) => [
    ...byState(plan, history, now),
    ...issuedFields(plan.keys[0], history, now),
  ],
  'key.compromise': (plan, history, now) => [
    ...byState(plan, history, now),
    ...issuedFields(plan.keys[0], history, now),
    ...forGood(plan.keys[0], history),
  ],
  'key.destroy': ({ absent, keys, certificate, leaves }, history, now) => [
    ['now', present(keys[0], history, now)],
    ...absence(keys[0], history),
    ['becomes', goneFrom(keys[0], history)],
    ...stillHeldIn(history, absent)(keys[0]),
    ...leftFields(leaves),
    ['certificate', certificate && certificateNames(certificate).join(' and ')],
  ],
  'key.publish': ({ keys, apps }, history) => [
    ...keys.flatMap((key) => newKeys([key], history)),
    ...appFields(apps, history),
  ],
  'key.promote': ({ keys, apps }, history, now) => [
    ...keys.flatMap((key, i): Field[] => [
      ['key', key.name === keys[i - 1]?.name ? undefined : key.name],
      ...stateFields(key, history, now),
    ]),
    ...appFields(apps, history),
  ],
  'key.deliver': byApp,
  'key.withdraw': byApp,
  'key.restore': ({ keys, backup }) => [
    ...keyAsItIs('brings', keys[0]),
    ['from', backupRuns(backup)],
    ['first', 'a part of it that is left on the token is destroyed'],
  ],
  'app.init': (plan, history) => arrivalFields(plan, history),
  'app.adopt': (plan, history) => arrivalFields(plan, history),
  'app.replace': (plan, history) => arrivalFields(plan, history),
  'app.pin': (plan, history) => pinHandover(plan, history),
  'app.retire': (plan, history) => appEnd(plan, history),
  'app.sync': byApp,
  'manifest.apply': manifestFields,
  'app.check': (plan, history) => [
    ['changes', 'nothing; every object on the token of each application is held against the ledger'],
    ...appFields(plan.apps, history),
  ],
  'cert.request': ({ keys, subject, names = [], spki, tbs, file }) => [
    ...keyAsItIs('key', keys[0]),
    ['subject', subject],
    ...names.map((name, i): Field => [i === 0 ? 'names' : '', name]),
    ...aloud(
      spkiDigest(fromBase64url(spki)),
      'of the public key: whoever issues the certificate compares it with the request',
    ),
    ['bytes', whole(`to be signed: sha256 ${tbs}`)],
    ['file', file],
    [
      'signs',
      keys[0].usage.includes('sign') && keys[0].state === 'active'
        ? 'the request'
        : 'the request, as a proof that it is there, and nothing else',
    ],
  ],
  'cert.root': (plan) => [...keyAsItIs('key', plan.keys[0]), ...rootFields(plan)],
  'cert.issue': (plan) => [...keyAsItIs('key', plan.keys[0]), ...issueFields(plan)],
  'cert.crl': (plan, history) => [...keyAsItIs('key', plan.keys[0]), ...crlFields(plan, history)],
  'key.sign': (plan, history) => [...keyAsItIs('key', plan.keys[0]), ...signing(plan, history)],
  'key.export': (plan, history) => [
    ...plan.keys.flatMap((key, i) => [...keyAsItIs(i === 0 ? 'key' : '', key), ...exportedTo(key, history)]),
    ...exporting(plan, history),
  ],
  'backup.create': ({ file, included, omitted, wraps }) => [
    ['file', file],
    ['holds', `${counted(included, 'key')}, under the backup key of the custodians`],
    ['wrapped', wraps && otherWraps(wraps)],
    ...omittedFields('lacks', omitted),
  ],
  'backup.restore': (plan, history) => [
    ['backup', backupRuns(plan.backup)],
    ['brings', `${counted(plan.keys.length, 'key')}, in the states of the ledger`],
    // Whoever approves the plan approves each of these keys.
    ...plan.keys.map((key): Field => ['', `${keyInWords(key)}: it ${mayOrNothing(key)}`]),
    ...plan.keys.flatMap(unusualField),
    ...omittedFields('LACKS', plan.missing),
    ['replaces', replaced(plan)],
    ['resumes', plan.recovers && resumed(plan.recovers, history)],
    ...(plan.station ? stationFields(plan.station, 'new, this machine; its key signs refusals from now on') : []),
    ['checkpoint', checkpointInWords(plan.checkpoint)],
  ],
  'backup.test': ({ backup, keys, missing, spare }) => [
    ['backup', backupRuns(backup)],
    ['proves', `${counted(keys.length, 'key')} on a spare token, which is erased then; the partition stays as it is`],
    ...keys.map((key): Field => ['', `${keyInWords(key)}: it ${mayOrNothing(key)}`]),
    ...keys.flatMap(unusualField),
    ...omittedFields('lacks', missing),
    ['spare', `the blank token in slot ${spare.slot}, to be called ${spare.label}`],
    ['behind', moduleRuns(spare.module)],
  ],
  'partition.check': (plan, history) => [
    ['changes', 'nothing; every object on the token is held against the ledger'],
    ['asks', plan.renews ? undefined : askedAnew(plan, history)],
    [
      'renews',
      plan.renews &&
        'what the ledger says that the token can do: SO and user try it, on keys that are made for that and destroyed',
    ],
  ],
  'partition.retire': (plan, history) => retirement(plan, history),
  'partition.recover': ({ recovers, abandons, lastTry }, history) => [
    ['looks into', [...interrupted(history), ', ', whole(recordCode(recovers))]],
    ['erases', spareOf(history)],
    ...lastTryFields(lastTry),
    ['gives up', abandons && 'it: what is proved is recorded, and what is not stays unknown'],
  ],
  'partition.move': moveFields,
  'station.add': ({ station }) =>
    stationFields(
      station,
      'new: from then on it may make changes; compare the code of its key with the one that it shows itself',
    ),
  'station.remove': ({ station }) => stationFields(station, 'removed: nothing that it signs after this is accepted'),
  'quorum.stage': stageFields,
  'quorum.unstage': unstageFields,
  'quorum.replace': replaceFields,
  'custodian.suspend': suspendFields,
  'custodian.resume': resumeFields,
  'audit.checkpoint': () => [['changes', 'no key; a signed checkpoint is written']],
}

export const detailsOf = (plan: ShownPlan, history: History, now: Date): Field[] =>
  (DETAILS[plan.op] as Details<ShownPlan>)(plan, history, now)

const keyAsItIs = (name: string, key: KeyTarget): Field[] => [
  [name, `${keyInWords(key)}: it ${mayOrNothing(key)}`],
  ...madeForOther(key),
  ['due', key.activateAt && `not before ${key.activateAt}`],
  ...unusualField(key),
]

function moveFields({ to }: PlanOf<'partition.move'>, { conducted: { place = 'file' } }: History): Field[] {
  return [
    ['from', placeInWords(place)],
    ['to', `${placeInWords(to)}; where the ledger lies now takes no record any more`],
    ['changes', 'no key'],
  ]
}

const placeInWords = (place: string): string => (place === 'file' ? 'a file of this machine' : place)

const stationFields = ({ name, key }: Station, what: string): Field[] => [
  ['station', `${name}, ${what}`],
  ['key', whole(stationCode(key))],
]

const checkpointInWords = (size: number | undefined): Run =>
  size === undefined ? marked('NONE: the ledger could be an old copy', 'warning') : `of ${counted(size, 'record')}`

function replaced(plan: PlanOf<'backup.restore', ShownPlan>): string {
  const [first, ...more] = leftByRestore(plan)
  const left =
    more.length === 0
      ? `token ${first}, which keeps its keys and still opens with the same shares`
      : `tokens ${[first, ...more].join(', ')}, which keep their keys and still open with the same shares`
  if (!isOntoItself(plan)) return left
  const itself = `what is on the token now, which is erased${plan.missing.length === 0 ? '' : '; what LACKS is gone then'}`
  return first === undefined ? itself : `${itself}; and ${left}`
}

/** What a backup lacks, each by name. */
const omittedFields = (name: string, omitted: readonly { name: string; version: number; reason: string }[]): Field[] =>
  omitted.map((key) => [name, `${label(key.name, key.version)}: ${key.reason}`])

/** What a test of a backup may have left. */
function spareOf({ open }: History): string | undefined {
  return open?.plan.op === 'backup.test' ? `the spare token ${open.plan.spare.label}, which may hold keys` : undefined
}

/** A restore is started again; of anything else it tells what became. */
function resumed(leaf: string, { open, recovering }: History): string {
  const op = (open ?? recovering)?.plan.op
  const what = op === undefined || op === 'backup.restore' ? 'restore' : op
  return `the ${what} that was interrupted, record ${recordCode(leaf)}`
}

const interrupted = ({ open, recovering }: History): string[] => {
  const intent = open ?? recovering
  return [intent ? `${intent.plan.op} of record ${intent.seq}, whose outcome is unknown` : 'nothing']
}

/** A file alone has no ledger beside it that could tell. */
const askedAnew = ({ module }: IntentPlan, { profile }: Partial<History>): string | undefined =>
  profile === undefined || module === undefined || module.sha256 === profile.module
    ? undefined
    : 'the token again what it can do: the library is another; the ledger keeps the answer'
