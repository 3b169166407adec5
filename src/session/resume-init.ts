// Finishes a partition init that was interrupted after everyone had approved: M shares of each group are enough.

import { ofAdoptedToken } from '../change/operations/adopt-partition.ts'
import { finishInit, type InitPorts } from '../change/operations/init-partition.ts'
import { type Context, type Globals, terminalOf } from '../cli/context.ts'
import { type ChangeOptions, refusePlanned } from '../cli/options.ts'
import { KeyriteError } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import { reachedBy } from '../domain/module-profile.ts'
import { propose } from '../domain/proposal.ts'
import { addressOf } from '../domain/token-address.ts'
import { partitionUnfinished } from '../domain/unfinished.ts'
import type { Partition } from '../ledger/port.ts'
import { beginningReport } from '../views/init-report.ts'
import { initView } from '../views/init-view.ts'
import { lockFor } from './at-work.ts'
import { type ConsentPorts, consent } from './consent.ts'
import { hsmOptions } from './hsm-options.ts'
import { nearlyMade } from './interrupted-init.ts'
import { presentPin } from './present-pin.ts'
import { entryPorts } from './share-entry.ts'

export async function finishBeginning(
  partition: Partition,
  options: ChangeOptions & { soPinFile?: string },
  globals: Globals,
  context: Context,
): Promise<void> {
  refusePlanned(options, 'an init is finished by the one that everyone has approved')
  const terminal = terminalOf(globals, context)
  using lock = lockFor(partition, globals)
  const pending = partition.pending()
  if (pending?.stage !== 'approved') throw partitionUnfinished(partition.name, pending)
  const proposal = propose(pending.plan)
  const { plan } = proposal
  const view = initView(proposal)
  if (options.dryRun) return terminal.answer({ data: { plan }, text: view })
  const library = { ...reachedBy(pending), ...(plan.module ? { approved: plan.module.sha256 } : {}) }
  await using hsm = await context.openHsm(hsmOptions(library, globals, context, lock)).catch((error) => {
    throw giveUpOr(error, plan.name)
  })
  // There is no ledger yet that a refusal could go into.
  const asking: ConsentPorts = { ...entryPorts(globals, context, terminal), denied: async () => {} }
  using consented = await consent({ proposal, view, needs: plan.needs, groups: plan.groups }, options, asking)
  await context.settings.write(globals.home, plan.name, reachedBy(pending))
  context.holdInterrupts()
  const ports: InitPorts = { sources: context.sources, hsm, approvals: context.ledgers, partition }
  const taking =
    plan.op === 'partition.adopt'
      ? ofAdoptedToken(plan, async () => {
          const bytes = await presentPin(addressOf(plan.token), options, { hsm, quorum: context.quorum, terminal })
          return { bytes, form: 'text' }
        })
      : undefined
  const done = await finishInit(pending, consented.credentials, ports, true, taking).catch((error) => {
    throw nearlyMade(error, plan.name)
  })
  terminal.answer(beginningReport(plan.name, done, []))
}

/** MODULE-CHANGED: PINs go only to the library that everyone approved; where it is gone for good, what was started can be given up. */
function giveUpOr(error: unknown, name: string): unknown {
  if (!(error instanceof KeyriteError) || error.code !== 'MODULE-CHANGED') return error
  const giveUp = keyrite('--partition', name, 'partition', 'recover', '--abandon')
  return error.with({ hint: to('put it back, or drop what was started', giveUp) })
}
