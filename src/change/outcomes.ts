// How the outcome of each operation is determined when nobody saw its end: by a look at the token, after a failure or a crash.

import type { AppInitPlan, AppReplacePlan, DeliverPlan, SyncPlan, WithdrawPlan } from '../domain/application-plans.ts'
import type { AuthorityPlan } from '../domain/certificate-plans.ts'
import {
  type BackupTestPlan,
  type DestroyPlan,
  type IntentPlan,
  type PlanOf,
  type RestorePlan,
  type StationPlan,
  serialOf,
} from '../domain/plan.ts'
import type { BackupNote, Backups } from '../ledger/port.ts'
import { type CopyWork, withCopies } from './copies/with-copies.ts'
import type { CertificateFiles } from './destruction-certificate.ts'
import { type ExportFiles, exportOutcome } from './going-out.ts'
import { reportOf } from './key-targets.ts'
import type { NewApplicationToken } from './new-application-token.ts'
import type { Effects, OperationContext } from './operation.ts'
import { memberOutcome } from './operations/add-member.ts'
import { changeState } from './operations/change-state.ts'
import { checkOutcome } from './operations/check-partition.ts'
import { backupOutcome } from './operations/create-backup.ts'
import { vaultGives } from './operations/deliver-keys.ts'
import { destructionOutcome } from './operations/destroy-key.ts'
import { generateKeys } from './operations/generate-keys.ts'
import { type PinWork, pinOutcome } from './operations/hand-over-pins.ts'
import { importOutcome } from './operations/import-key.ts'
import { applicationOutcome } from './operations/init-application.ts'
import { applyManifest } from './operations/manifest-steps.ts'
import { moveStation } from './operations/move-station.ts'
import { promoteKeys } from './operations/promote-keys.ts'
import { publishKeys } from './operations/publish-keys.ts'
import { replacementOutcome } from './operations/replace-application.ts'
import type { RequestFiles } from './operations/request-certificate.ts'
import { requestOutcome } from './operations/request-certificate.ts'
import { importCancelOutcome, importRequestOutcome } from './operations/request-import.ts'
import { keyRestoreOutcome } from './operations/restore-key.ts'
import { type AppEnding, ended } from './operations/retire-application.ts'
import { memberRetirementOutcome } from './operations/retire-member.ts'
import { retirementOutcome } from './operations/retire-partition.ts'
import { rotateKey } from './operations/rotate-key.ts'
import { certificateOutcome } from './operations/sign-certificate.ts'
import { type SignedFiles, signatureOutcome } from './operations/sign-with-key.ts'
import { inLedgerAlone } from './operations/stage-quorum.ts'
import { testOutcome } from './operations/test-backup.ts'
import type { HostSources } from './ports.ts'
import { provedOnToken } from './proofs.ts'
import type { SpareToken } from './spare-token.ts'

export interface OutcomePorts {
  backups: Backups
  note: BackupNote
  sources: HostSources
  files: RequestFiles & SignedFiles & ExportFiles
  certificate(plan: DestroyPlan): CertificateFiles
  spare(plan: BackupTestPlan): SpareToken
  newApplication(plan: AppInitPlan | AppReplacePlan): NewApplicationToken
  pins: Pick<PinWork, 'credentials' | 'open'>
  copies: CopyWork
  ending: AppEnding
}

type Determine<P> = (plan: P, context: OperationContext, ports: OutcomePorts) => Promise<Effects>

/** Nobody knows how far it came, and it only goes forward. */
const unproved = async (): Promise<Effects> => ({ changed: true, keys: [], unproved: true })
const nothing = async (): Promise<Effects> => ({ changed: false, keys: [] })
const byLedger: Determine<IntentPlan> = (plan) => inLedgerAlone(plan).determineOutcome()
const byStation: Determine<StationPlan> = (plan, context) => moveStation(plan).determineOutcome!(context)
const byState: Determine<PlanOf<'key.suspend'>> = (plan, context, { copies }) =>
  withCopies(plan, changeState(plan), copies).determineOutcome!(context)
const byCertificate: Determine<AuthorityPlan> = (plan, context, { files }) => certificateOutcome(plan, context, files)
const byCopies: Determine<DeliverPlan | WithdrawPlan | SyncPlan> = (plan, context, { copies }) =>
  withCopies(plan, vaultGives(plan.apps), copies).determineOutcome!(context)

const bySpare: Determine<BackupTestPlan> = async (plan, _, ports) => {
  await using spare = ports.spare(plan)
  return await testOutcome(spare)
}

/** One that is forgotten does not compile. */
const OUTCOMES: { readonly [Op in IntentPlan['op']]: Determine<PlanOf<Op>> } = {
  'key.deliver': byCopies,
  'key.withdraw': byCopies,
  'app.sync': byCopies,
  'key.publish': (plan, context, ports) => withCopies(plan, publishKeys(plan), ports.copies).determineOutcome!(context),
  'key.promote': (plan, context, ports) => withCopies(plan, promoteKeys(plan), ports.copies).determineOutcome!(context),
  'manifest.apply': (plan, context, ports) =>
    withCopies(plan, applyManifest(plan), ports.copies).determineOutcome!(context),
  'key.generate': (plan, context) => generateKeys(plan).determineOutcome!(context),
  'key.import': importOutcome,
  'key.import-request': (plan, context, ports) => importRequestOutcome(plan, context, ports.files),
  'key.import-cancel': importCancelOutcome,
  'key.rotate': (plan, context) => rotateKey(plan).determineOutcome!(context),
  'key.activate': byState,
  'key.suspend': byState,
  'key.resume': byState,
  'key.deactivate': byState,
  'key.compromise': byState,
  'key.destroy': (plan, context, ports) => destructionOutcome(plan, context, ports.sources, ports.certificate(plan)),
  'key.restore': keyRestoreOutcome,
  'app.init': (plan, { intent }, ports) => applicationOutcome(ports.newApplication(plan), intent.leaf),
  'app.adopt': nothing,
  'app.replace': (plan, { intent }, ports) => replacementOutcome(plan, ports.newApplication(plan), intent.leaf),
  'app.pin': (plan, { history, intent }, ports) => pinOutcome(plan, history, intent.leaf, ports.pins),
  'app.retire': (plan, context, ports) => ended(plan, context, ports.ending),
  'app.check': nothing,
  'cert.request': (plan, context, ports) => requestOutcome(plan, context, ports.files),
  'cert.root': byCertificate,
  'cert.issue': byCertificate,
  'cert.crl': byCertificate,
  'key.export': exportOutcome,
  'key.sign': (plan, context, ports) => signatureOutcome(plan, context, ports.files),
  'backup.create': backupOutcome,
  'backup.restore': restoreOutcome,
  'backup.test': bySpare,
  'partition.check': checkOutcome,
  'partition.recover': nothing,
  'partition.retire': retirementOutcome,
  'audit.checkpoint': nothing,
  // It was done when its outcome is in the ledger.
  'partition.move': nothing,
  'station.add': byStation,
  'station.remove': byStation,
  'member.add': memberOutcome,
  'member.sync': unproved,
  'member.check': nothing,
  'member.retire': memberRetirementOutcome,
  'quorum.stage': byLedger,
  'quorum.unstage': byLedger,
  'quorum.replace': unproved,
  'custodian.suspend': byLedger,
  'custodian.resume': byLedger,
}

/** The same look that a change takes when it fails while somebody is there. */
export const determineOutcome = (plan: IntentPlan, context: OperationContext, ports: OutcomePorts): Promise<Effects> =>
  (OUTCOMES[plan.op] as Determine<IntentPlan>)(plan, context, ports)

/** A restore that is given up: as long as it has let no token in nothing came of it; else what it has brought is there, and the rest is not. */
async function restoreOutcome(plan: RestorePlan, { session, history }: OperationContext): Promise<Effects> {
  // Another restore may have brought another token since.
  if (history.token.serial !== serialOf(plan) || !history.replacedBy(plan))
    return { changed: history.open?.installed === true, keys: [] }
  const there = await provedOnToken(plan.keys, session)
  const brought = plan.keys.filter((target) => there.has(target))
  return { changed: true, keys: brought.map((target) => reportOf(target, there.get(target)!)) }
}
