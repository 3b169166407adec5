// One plan of every operation, made as a command makes it, on a partition on paper. One that is forgotten does not compile.

import { NOWHERE } from '../change/copies/wishes.ts'
import { planAdoption } from '../change/operations/adopt-partition.ts'
import { planState } from '../change/operations/change-state.ts'
import { planCheck } from '../change/operations/check-partition.ts'
import { planBackup } from '../change/operations/create-backup.ts'
import { planDestruction } from '../change/operations/destroy-key.ts'
import { planExport } from '../change/operations/export-keys.ts'
import { planGeneration } from '../change/operations/generate-keys.ts'
import { planInit } from '../change/operations/init-partition.ts'
import { planMove } from '../change/operations/move-ledger.ts'
import { planStationAdd, planStationRemoval } from '../change/operations/move-station.ts'
import { planCertRequest } from '../change/operations/request-certificate.ts'
import { planRestore } from '../change/operations/restore-backup.ts'
import { planKeyRestore } from '../change/operations/restore-key.ts'
import { planRetirement } from '../change/operations/retire-partition.ts'
import { planRotation } from '../change/operations/rotate-key.ts'
import { planSignature } from '../change/operations/sign-with-key.ts'
import { planCheckpoint } from '../change/operations/take-checkpoint.ts'
import { planBackupTest } from '../change/operations/test-backup.ts'
import { planRecovery } from '../change/recover.ts'
import { attributesFor, type KeyType } from '../domain/keys.ts'
import { type KeyName, parseKeyVersion, type Time } from '../domain/names.ts'
import type { Plan, PlanOf, StateOp } from '../domain/plan.ts'
import type { KeyReport, Station } from '../domain/shapes.ts'
import { parseDigest } from '../domain/signing.ts'
import { parseSubject } from '../domain/subject.ts'
import type { WrappingKeyFile } from '../domain/wrapping-key.ts'
import type { BackupContent } from '../ledger/port.ts'
import { APPLICATION_PLANS, withApplication } from './sample-applications.ts'
import { crlSample, issueSample, rootSample } from './sample-certificates.ts'
import { INWARD_PLANS } from './sample-inward.ts'
import { sampleManifest } from './sample-manifest.ts'
import { MEMBER_PLANS } from './sample-members.ts'
import { SamplePartition, sampleRsaKey, signingKey } from './sample-partition.ts'
import { QUORUM_PLANS } from './sample-quorum.ts'

const DAY = 24 * 60
const BACKUP = { name: 'pay.backup', sha256: 'cd'.repeat(32), bytes: 4711 }

export interface Sample<P extends Plan = Plan> {
  partition: SamplePartition
  plan: P
}

/** With a key in each state, and a backup of all of them. */
export function samplePartition(): SamplePartition {
  const partition = new SamplePartition()
  const keys: [name: string, type: KeyType, more?: { activateAt: Time }][] = [
    ['payments/card-dek', 'aes-256'],
    ['payments/terminals', 'hmac-sha256'],
    ['payments/old', 'aes-256'],
    ['sign/statements', 'ec-p256'],
    ['sign/next', 'ec-p256', { activateAt: '2026-06-01T00:00:00.000Z' as Time }],
  ]
  for (const [name, type, more] of keys) partition.carryOut(generation(partition, name, type, more))
  partition.carryOut(state(partition, 'key.suspend', 'payments/terminals#1', 'a terminal is missing'))
  partition.carryOut(state(partition, 'key.deactivate', 'payments/old#1', 'the contract ended'))
  const backup = planBackup('/media/stick/pay.backup', partition.history, partition.inputs())
  return partition.carryOut(backup, { artefacts: [BACKUP] }).pass(40 * DAY)
}

const generation = (
  partition: SamplePartition,
  name: string,
  type: KeyType,
  more: { activateAt?: Time; count?: number } = {},
) =>
  planGeneration(
    { name: name as KeyName, type, backup: true, accepted: [], ...more },
    partition.history,
    partition.inputs('as agreed'),
  )

const state = (partition: SamplePartition, op: StateOp, key: string, reason: string) =>
  planState({ op, key: parseKeyVersion(key), processing: false }, partition.history, partition.inputs(reason), NOWHERE)

/** As it lies in the file: every live key. */
function backupContent({ history }: SamplePartition): BackupContent {
  const { seq, leaf } = history.backups.at(-1)!
  const keys = [...history.keys].map(({ history: _, ...report }) => ({ ...report, blob: '' }))
  const header = { ledger: { seq, leaf }, omitted: [] as object[] }
  return { header, keys, artefact: BACKUP, signer: history.auditKey.id } as unknown as BackupContent
}

const stateSample =
  (op: StateOp, key: string, reason: string) =>
  (partition: SamplePartition): PlanOf<'key.suspend'> =>
    state(partition, op, key, reason)

/** A machine that is no station yet. */
const SPARE: Station = { name: 'spare', key: signingKey('spare') }

const adding = (partition: SamplePartition): PlanOf<'station.add'> =>
  planStationAdd(SPARE.name, SPARE.key, partition.history, partition.inputs())

/** As its tool describes it: numbers enough for a public key, to which nobody has the private one. */
const importJob = (): WrappingKeyFile => ({
  spki: sampleRsaKey(),
  of: 'google',
  kid: 'projects/pay/locations/europe-west3/keyRings/cards/importJobs/june',
  method: 'RSA_OAEP_3072_SHA1_AES_256',
  until: '2026-06-14T08:00:00.000Z',
})

/** As another program made them. */
function adoptedKeys(): KeyReport[] {
  const usage = ['encrypt', 'decrypt'] as const
  const flags = { ...attributesFor('aes-256', usage, true), SENSITIVE: false, WRAP_WITH_TRUSTED: false }
  const what = { class: 'secret' as const, type: 'aes-256' as const, state: 'active' as const, usage: [...usage] }
  const origin = { kind: 'adopted' as const, label: 'Card DEK' }
  return [
    { name: 'card-dek', version: 1, id: '01', ...what, origin, attributes: flags, fingerprint: 'cmac5:9f1c22ab07' },
  ]
}

const atApplications = Object.fromEntries(
  Object.entries(APPLICATION_PLANS).map(([op, make]) => [
    op,
    (partition: SamplePartition) => make(withApplication(partition)),
  ]),
) as unknown as typeof APPLICATION_PLANS

const PLANS: { readonly [Op in Plan['op']]: (partition: SamplePartition) => PlanOf<Op> } = {
  'partition.init': (partition) => {
    const { history, beginning, groups, station } = partition
    return planInit({ partition: history.partition, name: 'pay' }, beginning, groups, station, partition.inputs())
  },
  'partition.adopt': (partition) => {
    const { history, groups, station, beginning } = partition
    const inputs = partition.inputs()
    const plan = planInit({ partition: history.partition, name: 'pay' }, beginning, groups, station, inputs)
    return planAdoption(plan, { keys: adoptedKeys(), refused: [], others: ['certificate object tls, id 02'] }, [])
  },
  'key.generate': (partition) => generation(partition, 'payments/tenant', 'aes-256', { count: 12 }),
  ...INWARD_PLANS,
  'key.rotate': (partition) =>
    planRotation('payments/card-dek' as KeyName, partition.history, partition.inputs('monthly rotation')),
  'key.activate': stateSample('key.activate', 'sign/next#1', 'it goes into use'),
  'key.suspend': stateSample('key.suspend', 'sign/statements#1', 'the laptop is missing'),
  'key.resume': stateSample('key.resume', 'payments/terminals#1', 'the terminal was found'),
  'key.deactivate': stateSample('key.deactivate', 'sign/statements#1', 'the contract ended'),
  'key.compromise': stateSample('key.compromise', 'sign/statements#1', 'the laptop was stolen'),
  'key.destroy': (partition) =>
    planDestruction(
      { key: parseKeyVersion('payments/old#1'), certificate: '/srv/gone.txt', leavesCopies: false },
      partition.history,
      partition.inputs(),
    ),
  ...atApplications,
  'manifest.apply': sampleManifest,
  'key.restore': (partition) => {
    const request = { key: parseKeyVersion('payments/card-dek#1'), backup: backupContent(partition), clear: false }
    return planKeyRestore(request, partition.history, partition.inputs('the token lost it'))
  },
  'cert.request': (partition) => {
    const key = parseKeyVersion('sign/next#1')
    const subject = parseSubject('CN=pay.example.com,O=Example Bank,C=DE')
    const request = { key, subject, names: ['DNS:pay.example.com'], file: '/srv/next.csr' }
    return planCertRequest(request, partition.history, partition.inputs())
  },
  'cert.root': rootSample,
  'cert.issue': issueSample,
  'cert.crl': crlSample,
  'key.export': (partition) => {
    const keys = [parseKeyVersion('sign/statements#1')]
    const fileOf = () => '/srv/statements.wrapped'
    const wanted = { keys, destination: 'google' as const, wrapping: importJob(), fileOf }
    return { ...planExport(wanted, partition.history, partition.inputs()), pads: true as const }
  },
  'key.sign': (partition) => {
    const key = parseKeyVersion('sign/statements#1')
    const digest = parseDigest(`sha256:${'5e'.repeat(32)}`)
    const of = { digest, source: { path: '/srv/statement.pdf', bytes: 48_213 } }
    return planSignature({ key, of, file: '/srv/statement.sig' }, partition.history, partition.inputs())
  },
  'backup.create': (partition) => planBackup('/media/stick/may.backup', partition.history, partition.inputs()),
  'backup.restore': (partition) => {
    const backup = backupContent(partition)
    partition.carryOut(generation(partition, 'payments/late', 'aes-256')).pass(DAY)
    const request = { backup, token: { serial: '88c01a7be2f94d10' }, here: SPARE, checkpoint: 12 }
    return planRestore(request, partition.history, partition.inputs())
  },
  'backup.test': (partition) => {
    const module = partition.inputs().module
    const request = { backup: backupContent(partition), slot: 3, module, clear: false }
    return planBackupTest(request, partition.history, partition.inputs())
  },
  'partition.check': (partition) => planCheck(partition.history, partition.inputs()),
  'partition.recover': (partition) => {
    partition.begin(planBackup('/media/stick/may.backup', partition.history, partition.inputs()))
    return planRecovery(partition.history, partition.inputs())
  },
  'partition.retire': (partition) => {
    const request = { certificate: '/srv/retired.txt', others: ['data object ca bundle'] }
    return planRetirement(request, partition.history, partition.inputs('the contract ended'))
  },
  ...MEMBER_PLANS,
  ...QUORUM_PLANS,
  'audit.checkpoint': (partition) => planCheckpoint(partition.history, partition.inputs()),
  'partition.move': (partition) =>
    planMove('postgresql://ledger.example/keyrite', partition.history, partition.inputs()),
  'station.add': adding,
  'station.remove': (partition) => {
    const plan = adding(partition)
    partition.begin(plan)
    const intent = partition.history.leaf
    partition.tell({ type: 'station.added', intent, added: plan.station })
    partition.tell({ type: 'outcome', intent, result: 'done', changed: true, keys: [] }).pass(DAY)
    const { name } = partition.station
    return planStationRemoval('spare', name, partition.history, partition.inputs('the machine was retired'))
  },
}

export const SAMPLED = Object.keys(PLANS) as Plan['op'][]

/** A plan of this operation, and the partition that it is for. */
export function sampleOf(op: Plan['op']): Sample {
  const partition = samplePartition()
  return { partition, plan: PLANS[op](partition) }
}
