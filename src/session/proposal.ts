// Puts a plan to the custodians, the same for every change on an open ledger; under --dry-run it is only shown.
import { checkExpiry } from '../change/execute.ts'
import type { Approver } from '../change/share-intake.ts'
import type { Context, Globals } from '../cli/context.ts'
import type { ChangeOptions } from '../cli/options.ts'
import { ACCEPTS_CLOCK } from '../domain/clock.ts'
import type { KeyriteError } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { toTime } from '../domain/names.ts'
import type { IntentPlan, ShownPlan } from '../domain/plan.ts'
import type { Proposal } from '../domain/proposal.ts'
import { checkTexts } from '../domain/texts.ts'
import type { Ledger, Partition } from '../ledger/port.ts'
import type { SealingKey } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { planView } from '../views/plan-view.ts'
import { planReport } from '../views/report.ts'
import { clockBehind } from './clock.ts'
import type { Confirmation } from './confirm.ts'
import { type Consented, consent, type Denied, denial } from './consent.ts'
import { checkMayLeave, consentFromAfar } from './from-afar.ts'
import { surroundingsOf } from './known-shares.ts'
import { seatElsewhere } from './other-partitions.ts'
import { entryPorts } from './share-entry.ts'

/** Where it is put to them. */
interface ConsentContext {
  context: Context
  globals: Globals
  terminal: Terminal
  partition: Partition
  history: History
}

/** REMOTE-OP, REMOTE-QUORUM, TEXT; a warning where the clock is wrong; then, under --dry-run: prints the plan, and that is all. */
export function showPlan(
  shown: Proposal<IntentPlan> | { plan: ShownPlan },
  options: ChangeOptions,
  { terminal, history, context }: ConsentContext,
): boolean {
  const { plan } = shown
  checkMayLeave(plan, options, history)
  checkTexts(plan)
  const now = context.sources.clock()
  const behind = clockBehind(history.name, history.time, now)
  if (behind && !plan.accepted?.includes(ACCEPTS_CLOCK)) terminal.warn(behind.message, behind.hint)
  if (options.dryRun) terminal.answer(planReport(shown, history, now))
  return options.dryRun === true
}

/** Shows the plan, has a name typed where there is a `confirmation`, and collects the shares that it needs. `denied` keeps who was turned away; `sealing`: those of some come from afar. */
export function consentTo<P extends IntentPlan>(
  proposal: Proposal<P>,
  options: ChangeOptions,
  { context, globals, terminal, partition, history }: ConsentContext,
  denied: Denied,
  { confirmation, sealing }: { confirmation?: Confirmation | undefined; sealing?: SealingKey | undefined } = {},
): Promise<Consented<P>> {
  const { ledgers, sources } = context
  const view = planView(proposal, history, sources.clock())
  const elsewhere = seatElsewhere(globals.home, partition.name, ledgers)
  // A record has a later time where the ledger is ahead: that ends no suspension.
  const now = toTime(sources.clock())
  const suspended = (custodian: string) => history.rosters.suspended(custodian, now)?.until
  const wanted = {
    proposal,
    view,
    needs: proposal.plan.needs,
    groups: history.approving(proposal.plan),
    around: {
      ...surroundingsOf(proposal.plan, history),
      elsewhere,
      suspended,
      checkTime: () => checkExpiry(proposal.plan, { sources, ledger: { history } }),
    },
    ...(confirmation && { confirmation }),
  }
  const ports = { ...entryPorts(globals, context, terminal), denied }
  const { remote } = options
  if (remote === undefined || !sealing) return consent(wanted, options, ports)
  return consentFromAfar(wanted, { ...options, remote }, { ...ports, context, globals, history }, sealing)
}

/** Who was refused, and why: signed by the station key, since nobody is logged in yet. */
export async function recordDenied(
  proposal: Proposal<IntentPlan>,
  error: KeyriteError,
  approvers: Approver[],
  {
    ledger,
    partition,
    terminal,
    context,
  }: Pick<ConsentContext, 'partition' | 'terminal' | 'context'> & { ledger: Ledger },
): Promise<void> {
  try {
    await ledger.tell(denial(proposal, error, approvers), partition.station())
    context.changes.refusalRecorded = true
  } catch (failure) {
    // The refusal holds whether it could be recorded or not.
    terminal.warn(`this refusal is not in the ledger: ${(failure as Error).message}`)
  }
}
