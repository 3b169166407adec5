// After a crash between intent and outcome: finds out what is true, finishes what only needs reading, and records it.

import { isBegun } from '../domain/conclusions.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import { apart, type Hint, keyrite, to } from '../domain/hints.ts'
import type { History, OpenIntent } from '../domain/history.ts'
import { operationOf } from '../domain/operations.ts'
import { type IntentPlan, plannedKeys, type RecoverPlan, type RestorePlan, serialOf } from '../domain/plan.ts'
import type { LastTries } from '../domain/quorum-plans.ts'
import type { NewRecord, Recovered } from '../domain/record.ts'
import type { KeyReport } from '../domain/shapes.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { recordable } from '../domain/texts.ts'
import { tokenName } from '../domain/token-address.ts'
import { reachesCopies } from './copies/with-copies.ts'
import { loginWrapping } from './login-wrapping.ts'
import { openIntent } from './open-intent.ts'
import type { Effects, Operation, OperationContext } from './operation.ts'
import { determineOutcome, type OutcomePorts } from './outcomes.ts'
import { type PlanInputs, planHeader } from './plan-header.ts'

/** The checkpoint that the partition keeps, and the records that it vouches for. */
interface KeptNote {
  path: string
  size: number
}

interface RecoveryWish {
  kept?: KeptNote | undefined
  abandons?: boolean
  lastTry?: LastTries | undefined
}

/** NOTHING-OPEN: what a recovery is of. */
export function openToRecover(history: History): NonNullable<ReturnType<typeof openIntent>> {
  const open = openIntent(history)
  if (open) return open
  throw refused(
    'NOTHING-OPEN',
    'nothing to recover: every change in the ledger has its outcome',
    keyrite('audit', 'verify'),
  )
}

/**
 * NOTHING-OPEN, RESTORE-AGAIN, REPLACE-ONWARD, LAST-TRY: an interrupted restore is started again, since it needs its file, or given up; a replacement of
 * custodians is gone through with.
 */
export function planRecovery(
  history: History,
  inputs: PlanInputs,
  { kept, abandons = false, lastTry }: RecoveryWish = {},
): RecoverPlan {
  const open = openToRecover(history)
  if (open.plan.op === 'backup.restore' && !abandons) {
    if (open.installed && !history.replacedBy(open.plan)) throw overtaken(open.seq)
    const message = `the restore of record ${open.seq} was interrupted: it is started again`
    throw refused('RESTORE-AGAIN', message, restoreAgain(open.plan, history, inputs, kept))
  }
  if (open.plan.op === 'quorum.replace' && abandons) throw onward(open.seq)
  const untouched = history.untouchedPin(lastTry)
  if (untouched)
    throw refused('LAST-TRY', `${open.plan.op} does not change the ${untouched} PIN`, 'leave out --last-try')
  const header = planHeader('partition.recover', history, inputs)
  return { ...header, recovers: open.leaf, ...(abandons ? { abandons } : {}), ...(lastTry ? { lastTry } : {}) }
}

/** What it was to finish waited for lost shares, and its token was lost meanwhile. */
const overtaken = (seq: number): KeyriteError =>
  refused(
    'RESTORE-AGAIN',
    `the restore of record ${seq} was interrupted, and another has brought the keys to another token since: it is given up`,
    keyrite('partition', 'recover', '--abandon'),
  )

const onward = (seq: number): KeyriteError =>
  refused(
    'REPLACE-ONWARD',
    `the replacement of custodians that record ${seq} began only goes forward: its PINs may have been sent`,
    apart(
      keyrite('partition', 'recover'),
      to('where the token is gone for good', keyrite('partition', 'recover', '--lost-token')),
    ),
  )

/** As far as the ledger knows it. A token that it has let in has the PINs of the shares, and can be emptied by them. */
function restoreAgain(
  plan: RestorePlan,
  { backups, token }: History,
  inputs: PlanInputs,
  kept: KeptNote | undefined,
): Hint {
  const { name, seq } = plan.backup
  const written = backups.find((backup) => backup.seq === seq)?.path
  const file = written?.endsWith(`/${name}`) ? written : name
  // The settings name the old token's library until the restore is finished.
  const { path } = plan.module ?? inputs.module
  const taken = token.serial === serialOf(plan) ? ['--erase-token', tokenName(token)] : []
  return keyrite('backup', 'restore', file, '--module', path, ...taken, ...vouching(plan, kept))
}

/** The checkpoint must vouch for no less than when the plan was approved. */
function vouching({ checkpoint }: RestorePlan, kept: KeptNote | undefined): string[] {
  if (checkpoint === undefined) return ['--no-checkpoint']
  return ['--checkpoint', kept && kept.size >= checkpoint ? kept.path : 'FILE']
}

/** What a recovery found. `nothing`: only an earlier recovery was open, which had recorded what it found; `unproved`: it was given up. */
interface Finding {
  found: Recovered['found'] | 'nothing' | 'unproved'
  keys: KeyReport[]
  /** Which application could not be reached, and how to go on. */
  partly?: KeyriteError
}

/** It never repeats the change. */
export class Recovery implements Operation {
  finding: Finding = { found: 'nothing', keys: [] }
  readonly #interrupted: OpenIntent | undefined
  readonly #ports: OutcomePorts
  readonly #abandons: boolean
  /** Copies are brought where they were to be. */
  readonly login?: NonNullable<Operation['login']>
  readonly transfer?: NonNullable<Operation['transfer']>

  /** `abandons`: a token that can't be read must not keep the intent open for ever. */
  constructor(history: History, ports: OutcomePorts, abandons = false) {
    this.#interrupted = history.open
    this.#ports = ports
    this.#abandons = abandons
    if (history.open && reachesCopies(history.open.plan)) {
      const { transfer } = ports.copies
      this.login = (...opened) => loginWrapping(transfer, ...opened)
      this.transfer = async () => transfer.clone()
    }
  }

  async run(context: OperationContext): Promise<Effects> {
    if (!this.#interrupted) return { changed: false, keys: [] }
    const { leaf, seq, plan } = this.#interrupted
    const then = { ...context, intent: { seq, leaf, time: context.intent.time } }
    const now = await determineOutcome(plan, then, this.#ports).catch(failureFrom)
    if (now instanceof KeyriteError) return this.#giveUp(now, leaf)
    const { changed, keys, notes, artefacts, partly, before = [] } = now
    const judged = operationOf(plan).inLedgerAlone ? 'done' : judge(plan, now)
    // A token that was let in is there, whatever became of its keys; and what an outcome has told of is.
    const found = judged === 'not done' && isBegun(this.#interrupted) ? 'partial' : judged
    this.finding = { found, keys, ...(partly ? { partly } : {}) }
    const told = { found, keys, ...(artefacts ? { artefacts } : {}) }
    const recovered: NewRecord = { type: 'recovered', intent: leaf, ...told }
    return { changed, keys: [], ...(notes ? { notes } : {}), before: [...before, recovered] }
  }

  /** Nothing is proved: the ledger names no key of it, and says why. */
  #giveUp(error: KeyriteError, leaf: string): Effects {
    if (!this.#abandons) throw error
    const text = recordable(`given up without a proof of what is on the token: ${error.message}`)
    this.finding = { found: 'unproved', keys: [] }
    const before: NewRecord[] = [
      { type: 'note', text },
      { type: 'recovered', intent: leaf, found: 'partial', keys: [] },
    ]
    return { changed: true, keys: [], before }
  }
}

/** "partial" makes no claim. Of a change that speaks of no key its files tell, or the records of what became of applications. */
function judge(
  plan: IntentPlan,
  { changed, keys, artefacts, unproved, partly, before = [] }: Effects,
): Recovered['found'] {
  const planned = plannedKeys(plan).length
  if (unproved || partly) return 'partial'
  if (operationOf(plan).changes === 'requests') return changed ? 'done' : 'not done'
  if (planned === 0) return artefacts || before.length > 0 ? 'done' : 'not done'
  return keys.length === planned ? 'done' : keys.length === 0 ? 'not done' : 'partial'
}
