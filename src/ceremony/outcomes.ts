// How the outcome of each operation is determined when nobody saw its end: by a look at the token, after a failure or a crash.
import type { DestroyPlan, IntentPlan, PlanOf, RestorePlan } from '../domain/plan.ts'
import { changeState } from './change-state.ts'
import { settleCheck } from './check-partition.ts'
import type { Done, Scene } from './conduct.ts'
import { settleBackup } from './create-backup.ts'
import { type CertificateFiles, settleDestruction } from './destroy-key.ts'
import { generateKeys } from './generate-keys.ts'
import type { Ports } from './ports.ts'
import { provedOnToken } from './proofs.ts'
import { rotateKey } from './rotate-key.ts'
import { reportOf } from './targets.ts'

export interface OutcomePorts extends Pick<Ports, 'ledgers' | 'chance'> {
  certificate(plan: DestroyPlan): CertificateFiles
}

type Determine<P> = (plan: P, scene: Scene, ports: OutcomePorts) => Promise<Done>

const nothing = async (): Promise<Done> => ({ changed: false, keys: [] })
const byState: Determine<PlanOf<'key.suspend'>> = (plan, scene) => changeState(plan).settle!(scene)

/** One that is forgotten does not compile. */
const OUTCOMES: { readonly [Op in IntentPlan['op']]: Determine<PlanOf<Op>> } = {
  'key.generate': (plan, scene) => generateKeys(plan).settle!(scene),
  'key.rotate': (plan, scene) => rotateKey(plan).settle!(scene),
  'key.activate': byState,
  'key.suspend': byState,
  'key.resume': byState,
  'key.deactivate': byState,
  'key.compromise': byState,
  'key.destroy': (plan, scene, ports) => settleDestruction(plan, scene, ports.chance, ports.certificate(plan)),
  'backup.create': settleBackup,
  'backup.restore': settleRestore,
  'partition.check': (_, scene) => settleCheck(scene),
  'partition.recover': nothing,
  'audit.checkpoint': nothing,
}

/** The same look that a change takes when it fails while somebody is there. */
export const determineOutcome = (plan: IntentPlan, scene: Scene, ports: OutcomePorts): Promise<Done> =>
  (OUTCOMES[plan.op] as Determine<IntentPlan>)(plan, scene, ports)

/** A restore that is given up: as long as it has let no token in nothing came of it; else what it has brought is there, and the rest is not. */
async function settleRestore(plan: RestorePlan, { session, history }: Scene): Promise<Done> {
  if (history.token.serial !== plan.token || !history.replacedBy(plan)) return { changed: false, keys: [] }
  const there = await provedOnToken(plan.keys, session)
  const brought = plan.keys.filter((target) => there.has(target))
  return { changed: true, keys: brought.map((target) => reportOf(target, there.get(target)!)) }
}
