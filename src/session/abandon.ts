// Gives up what was started: an init, or a restore that has not begun. It first says what that leaves behind, and deletes no ledger.

import { join } from 'node:path'
import * as init from '../change/operations/init-partition.ts'
import { opensAsSo } from '../change/so-pin.ts'
import * as taken from '../change/taken-token.ts'
import { type Context, type Globals, terminalOf } from '../cli/context.ts'
import { type ChangeOptions, refusePlanned } from '../cli/options.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import type { FirstPlan } from '../domain/first-plans.ts'
import { type Address, keyrite, type Run, sh, to } from '../domain/hints.ts'
import { reachedBy } from '../domain/module-profile.ts'
import { escaped } from '../domain/names.ts'
import type { ApprovedPending, Pending } from '../domain/pending.ts'
import type { Proposal } from '../domain/proposal.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { addressNamed, addressOf, tokenName } from '../domain/token-address.ts'
import { wordFor } from '../domain/unfinished.ts'
import type { Hsm } from '../hsm/port.ts'
import type { Partition, PartitionLock } from '../ledger/port.ts'
import type { Report, Terminal } from '../terminal/port.ts'
import { fields, type Part } from '../terminal/text.ts'
import { initView } from '../views/init-view.ts'
import { lockFor } from './at-work.ts'
import { confirm } from './confirm.ts'
import { consent } from './consent.ts'
import { clearAway, leftOf } from './free-paths.ts'
import { hsmOptions } from './hsm-options.ts'
import { entryPorts } from './share-entry.ts'

/** What giving up takes. */
export interface AbandonOptions extends ChangeOptions {
  confirm?: string
}

interface Giving {
  partition: Partition
  options: AbandonOptions
  globals: Globals
  context: Context
  terminal: Terminal
}

/** PENDING: a note that can't be read says nothing about a token; it is set aside. */
export async function abandonDamaged(
  partition: Partition,
  options: AbandonOptions,
  globals: Globals,
  context: Context,
) {
  refusePlanned(options, WITHOUT_PLAN)
  const terminal = terminalOf(globals, context)
  using _lock = lockFor(partition, globals)
  await terminal.present(leaves('init', partition.name, ['its note, which is damaged, in a file set aside', LOST_PIN]))
  if (options.dryRun) return terminal.answer({ data: { pending: { kind: 'init' } }, text: '' })
  await confirm({ name: partition.name, given: options.confirm }, terminal)
  partition.giveUp()
  terminal.answer({
    data: { partition: partition.name, abandoned: 'init' },
    text: `abandoned: init of ${partition.name}`,
  })
}

const WITHOUT_PLAN = 'giving up what the ledger knows nothing of makes none'

const LOST_PIN = 'a token that was initialised for it has an SO PIN that nobody knows: its maker says how it is reset'

/** What no record of the ledger mentions needs no approval, unless the token may already have PINs from the shares. */
export async function abandonPending(
  pending: Pending,
  partition: Partition,
  options: AbandonOptions,
  globals: Globals,
  context: Context,
): Promise<void> {
  refusePlanned(options, WITHOUT_PLAN)
  const terminal = terminalOf(globals, context)
  const giving: Giving = { partition, options, globals, context, terminal }
  using lock = lockFor(partition, globals)
  checkStill(pending, partition)
  const removed = (await leftOf(pending, context.quorum)).map((path) => `  removed: ${escaped(path)}`)
  await terminal.present(leaves(pending.kind, partition.name, [...whatIsLeft(pending, partition), ...removed]))
  if (options.dryRun)
    return terminal.answer({ data: { pending: { kind: pending.kind, again: pending.again } }, text: '' })
  await confirm({ name: partition.name, given: options.confirm }, terminal)
  const file = await letTokenGo(pending, lock, giving)
  await clearAway(pending, context.quorum, terminal)
  if (pending.kind !== 'restore' || !hasSettings(giving)) partition.giveUp()
  else partition.removePending()
  terminal.answer(report(pending, file, globals.address))
}

/** LOCKED: nobody went on with it before we had the lock. */
function checkStill(pending: Pending, partition: Partition): void {
  if (JSON.stringify(partition.pending()) === JSON.stringify(pending)) return
  throw refused('LOCKED', 'another keyrite went on with what was started meanwhile', keyrite('partition', 'list'))
}

const leaves = (kind: Pending['kind'], name: string, lines: readonly string[]): Part[] => [
  `  abandoning the ${wordFor(kind)} of ${name} leaves:`,
  ...lines.map((line) => `    ${line}`),
  '',
]

/** A person gave the SO PIN that it had, and where it was cut off the token may have that still, and what it held. */
const mayHavePinOfBefore = ({ stage, asked }: Pending): boolean => stage === 'begun' && asked === true

function whatIsLeft(pending: Pending, { hasLedger }: Partition): string[] {
  const { kind, token: taken, erases, stage } = pending
  const token = typeof taken === 'string' ? `the token ${escaped(taken)}` : 'the token that was taken, if there is one'
  const shares = 'share files that are worthless; those that are still as they were written are removed'
  if (mayHavePinOfBefore(pending) && !erases)
    return [
      `${token} as it was, or initialised and empty; its SO PIN is the one that was asked for, or that which goes into a file of the home`,
      kind === 'restore' ? 'the ledger as it is' : shares,
    ]
  const pin = 'its SO PIN goes into a file of the home: with that it can be erased'
  if (kind === 'restore')
    return [erases ? `${token} as it is` : `${token} initialised and empty; ${pin}`, 'the ledger as it is']
  if (kind === 'adopt')
    return [
      `${token} as it is, with its keys and its PINs, and with an object called keyrite/probe where it was cut off while that was tried${stage === 'approved' ? '; where it has the PINs of the shares already it is finished instead: they are asked for to see' : ''}`,
      shares,
    ]
  return [
    `${token} initialised; ${stage === 'approved' ? 'where it has the PINs of the shares already, they are asked for to empty it, by the library that was approved;' : 'it is empty;'} ${pin}`,
    shares,
    ...(hasLedger ? ['the unfinished ledger, in a folder set aside'] : []),
  ]
}

/** Gives the file with the SO PIN that opens the token from now on; undefined where the token is as it was before. */
async function letTokenGo(pending: Pending, lock: PartitionLock, giving: Giving): Promise<string | undefined> {
  if (pending.erases) return undefined
  if (pending.kind === 'adopt') return await leaveAdopted(pending, lock, giving)
  if (pending.stage === 'approved') await emptyApproved(pending, lock, giving)
  return taken.leavePin(pending, giving.partition)
}

/** PENDING: nothing of it is erased or changed; one that has the PINs of the shares already is the partition's, but for the last steps. */
async function leaveAdopted(pending: Pending, lock: PartitionLock, giving: Giving): Promise<undefined> {
  if (pending.stage !== 'approved') return undefined
  const { options, globals, context, terminal } = giving
  const proposal = checkSigned(pending, giving)
  const { plan } = proposal
  const library = { ...reachedBy(pending), ...(plan.module ? { approved: plan.module.sha256 } : {}) }
  const ports = { ...entryPorts(globals, context, terminal), denied: async () => {} }
  const view = initView(proposal)
  await using hsm = await context.openHsm(hsmOptions(library, globals, context, lock))
  using consented = await consent({ proposal, view, needs: plan.needs, groups: plan.groups }, options, ports)
  const so = await consented.credentials.pinOf(plan.profile.so ? 'so' : 'user')
  using _ = so.bytes
  if (await opensAsSo(addressOf(plan.token), so, hsm))
    throw refused(
      'PENDING',
      `the token ${escaped(tokenName(plan.token))} has the PINs of the shares already`,
      keyrite('partition', 'recover'),
    )
  return undefined
}

/** Everyone had approved: where the token answers, and not to the temporary PIN, M shares empty it. One that is lost is let be. */
async function emptyApproved(pending: ApprovedPending, lock: PartitionLock, giving: Giving): Promise<void> {
  const { globals, context, terminal } = giving
  const proposal = checkSigned(pending, giving)
  const { module, token } = proposal.plan
  // PINs go only to the library that everyone approved.
  const library = { ...reachedBy(pending), ...(module ? { approved: module.sha256 } : {}) }
  try {
    await using hsm = await context.openHsm(hsmOptions(library, globals, context, lock))
    const slot = await taken.slotOf(addressOf(token), hsm)
    if (!(await opensTemporary(pending, hsm))) await emptyByShares(pending, proposal, slot, hsm, giving)
  } catch (error) {
    if (!(error instanceof KeyriteError) || !isOfToken(error)) throw error
    terminal.warn(`the token is let be: ${error.message}`)
  }
}

/** PENDING: who signed it says which token and which library may be asked. */
function checkSigned(pending: ApprovedPending, { partition, context }: Giving): Proposal<FirstPlan> {
  try {
    return init.checkNoted(pending, context.ledgers)
  } catch (error) {
    const note = join(partition.path, 'pending.json')
    throw failureFrom(error).with({ hint: to('set it aside', sh('mv', '-n', note, `${note}.aside`)) })
  }
}

/** Failures that mean the token can't be reached; any other, such as too few shares, ends the command. */
const isOfToken = ({ code }: KeyriteError): boolean => code === 'TOKEN-PRESENT' || code.startsWith('MODULE-')

async function opensTemporary(pending: ApprovedPending, hsm: Hsm): Promise<boolean> {
  const pin = taken.temporaryPin(pending)
  using _ = pin.bytes
  return await opensAsSo(addressNamed(pending.token), pin, hsm)
}

async function emptyByShares(
  pending: ApprovedPending,
  proposal: Proposal<FirstPlan>,
  slot: number,
  hsm: Hsm,
  giving: Giving,
): Promise<void> {
  const { options, globals, context, terminal, partition } = giving
  const { plan } = proposal
  const view = initView(proposal)
  const ports = { ...entryPorts(globals, context, terminal), denied: async () => {} }
  using consented = await consent({ proposal, view, needs: plan.needs, groups: plan.groups }, options, ports)
  const so = await consented.credentials.pinOf(plan.profile.so ? 'so' : 'user')
  using _so = so.bytes
  const address = addressOf(plan.token)
  if (!(await opensAsSo(address, so, hsm)))
    throw refused(
      'SO-PIN',
      `the token ${escaped(tokenName(plan.token))} has neither the temporary SO PIN nor that of the shares`,
    )
  await init.checkForgettable(pending, consented.credentials, { hsm, partition })
  context.holdInterrupts()
  const pin = taken.temporaryPin(pending)
  using _pin = pin.bytes
  await hsm.initToken(slot, so, partition.name, address)
  await hsm.setPins(address, so, pin, pin)
}

function hasSettings({ partition, globals, context }: Giving): boolean {
  try {
    return context.settings.read(globals.home, partition.name) !== undefined
  } catch {
    return false
  }
}

function report(pending: Pending, file: string | undefined, _address: Address): Report {
  const { kind, name, token } = pending
  const serial = typeof token === 'string' ? token : undefined
  const data = {
    partition: name,
    abandoned: kind,
    ...(serial ? { token: serial } : {}),
    ...(file ? { soPinFile: file } : {}),
  }
  const before = file !== undefined && mayHavePinOfBefore(pending) ? 'the one that was asked for, or that ' : ''
  const told: Part[] = [
    fields([
      ['abandoned', `${wordFor(kind)} of ${name}`],
      ['token', file && `${escaped(serial ?? 'if one was taken')}: its SO PIN is ${before}in ${file}`],
    ]),
  ]
  const pin = before ? 'FILE' : file
  if (pin !== undefined) told.push('to use that token:', { hint: onThatToken(pending, pin), indent: '  ' })
  return { data, text: told }
}

/** A partition that is lost comes back on it by the same restore; else a new one begins there. */
function onThatToken(pending: Pending, file: string): Run {
  const { kind, again, token } = pending
  // Which library it was everyone has approved.
  const module = (pending.stage === 'approved' && pending.plan.module?.path) || pending.module
  const serial = typeof token === 'string' ? token : 'SERIAL'
  const restore = again?.filter((word, i) => word !== '--slot' && again[i - 1] !== '--slot')
  const start =
    kind === 'restore' ? (restore ?? ['backup', 'restore', 'FILE']) : ['partition', 'init', 'NAME', '--module', module]
  return keyrite(...start, '--erase-token', serial, '--so-pin-file', file)
}
