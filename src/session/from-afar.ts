// A change that waits for shares from afar: it is signed at the terminal and left in a folder, and what comes there is opened by a key that only
// this process has.
import { join, resolve } from 'node:path'
import type { PlanInputs } from '../change/plan-header.ts'
import { ShareIntake } from '../change/share-intake.ts'
import type { Context } from '../cli/context.ts'
import { type ChangeOptions, HALF_AN_HOUR, type ShareOptions } from '../cli/options.ts'
import { endOf } from '../domain/clock.ts'
import { fromBase64url, toHex } from '../domain/encoding.ts'
import { interrupted, refused, usage } from '../domain/errors.ts'
import { AT_TERMINAL, isForTerminal, LONGEST_AFAR, mostFromAfar, notFromAfar } from '../domain/from-afar.ts'
import { add } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { loadEverything } from '../domain/lazily.ts'
import { quoted, unsteered } from '../domain/names.ts'
import type { IntentPlan, ShownPlan } from '../domain/plan.ts'
import type { Proposal } from '../domain/proposal.ts'
import type { Approval } from '../domain/shapes.ts'
import { listed } from '../domain/words.ts'
import type { SealingKey } from '../quorum/port.ts'
import type { Part } from '../terminal/text.ts'
import { toTheMinute } from '../views/words.ts'
import { type Consented, type ConsentPorts, type ConsentRequest, collectShares, putForward } from './consent.ts'
import { type AfarPorts, Waiting } from './waiting.ts'

/** How long a plan can be approved, in milliseconds. USAGE: what does not go together with --remote. */
export function lifetimeOf({ remote, expires, shareFd }: ChangeOptions): number {
  if (remote === undefined) return expires ?? HALF_AN_HOUR
  if (shareFd !== undefined)
    throw usage('--share-fd is read once, and with --remote shares are presented twice', add('--share', 'FILE'))
  if (expires !== undefined && expires > LONGEST_AFAR)
    throw usage('with --remote a plan can be approved for a day at the most', add('--expires', '24h'))
  return expires ?? AN_HOUR
}

const AN_HOUR = 3_600_000

export const remoteOf = (sealing: SealingKey | undefined): Pick<PlanInputs, 'remote'> =>
  sealing ? { remote: { recipient: sealing.recipient } } : {}

/** REMOTE-OP, REMOTE-QUORUM: somebody may approve it from afar. */
export function checkMayLeave({ op, needs }: ShownPlan, { remote }: ChangeOptions, { unfinished }: History): void {
  if (remote === undefined) return
  const here = [op, unfinished?.plan.op].find((one) => one !== undefined && isForTerminal(one))
  if (here) throw notFromAfar(here)
  if (needs.some(({ threshold }) => mostFromAfar(threshold) > 0)) return
  const whose = listed(needs.map(({ group }) => group))
  throw refused(
    'REMOTE-QUORUM',
    `nobody of ${whose} can approve from afar: with a threshold of ${AT_TERMINAL} both are at the terminal`,
    'leave --remote out',
  )
}

/** The same as `consent`, of which some comes from elsewhere. */
export async function consentFromAfar<P extends IntentPlan>(
  request: ConsentRequest<P>,
  options: ShareOptions & { remote: string },
  ports: AfarPorts,
  sealing: SealingKey,
): Promise<Consented<P>> {
  // Once everything has come nothing more is opened.
  using key = sealing
  const { proposal, view, confirmation } = request
  const { terminal, context, globals, history } = ports
  const folder = resolve(options.remote)
  const file = join(folder, fileName(proposal, history))
  context.ledgers.checkInbox(folder, file)
  context.ledgers.checkFree([file], globals.home)
  await loadEverything()
  await putForward(view, confirmation, terminal)
  terminal.show(BEFORE)
  const signed = await signedHere(request, options, ports)
  const intake = intakeOf(request, ports)
  const drop = () => context.ledgers.dropFile(file)
  try {
    leave(file, proposal, signed, context)
    context.interruptionMeans(() => {
      drop()
      return interrupted()
    })
    terminal.show(leftInWords(file, proposal))
    const waiting = new Waiting(intake, signed, folder, ports, key)
    await waiting.wait()
    await collectShares(intake, view, options, ports)
    terminal.show(leftOver(waiting.taken))
    return intake
  } catch (error) {
    intake[Symbol.dispose]()
    throw error
  } finally {
    drop()
  }
}

const BEFORE: readonly string[] = [
  '',
  '  two or more custodians sign this plan here before it leaves, and present their shares again at the end',
  '  what comes from afar only this process can open: if it ends, or its session is lost, nothing comes of it',
]

/** Such as `pay-key.rotate-4f3a2b1c.plan`. The code is told to people, and stands in no name. */
const fileName = ({ plan }: Proposal<IntentPlan>, { name }: History): string =>
  `${name}-${plan.op}-${toHex(fromBase64url(plan.nonce).subarray(0, 4))}.plan`

const intakeOf = <P extends IntentPlan>(
  { proposal, needs, groups, around }: ConsentRequest<P>,
  { quorum }: ConsentPorts,
): ShareIntake<P> => new ShareIntake(proposal, needs, groups, quorum, around)

/** By two of each group, or by all whose shares are given. The shares are wiped. */
async function signedHere<P extends IntentPlan>(
  request: ConsentRequest<P>,
  options: ShareOptions,
  ports: AfarPorts,
): Promise<readonly Approval[]> {
  const needs = request.needs.map((need) => ({ ...need, threshold: AT_TERMINAL }))
  using signing = intakeOf({ ...request, needs }, ports)
  await collectShares(signing, request.view, options, ports)
  const signed = signing.change.approvals
  const isEnough = ({ group, threshold }: (typeof needs)[number]) =>
    signed.filter((one) => one.group === group).length >= threshold
  if (!request.needs.every(isEnough)) return signed
  throw refused('REMOTE-QUORUM', 'as many as are needed are here, and nobody from afar', 'leave --remote out')
}

function leave(
  path: string,
  { plan }: Proposal<IntentPlan>,
  approvals: readonly Approval[],
  { ledgers }: Context,
): void {
  const signed = approvals.map(({ via: _, ...signature }) => signature)
  ledgers.createFiles([{ path, content: ledgers.formatSentPlan({ plan, signed }) }])
}

/** Nothing opens them any more, but whoever had this machine in their hands while it waited. */
const leftOver = (names: readonly string[]): Part[] =>
  names.length === 0
    ? []
    : [`  ${listed(names.map((name) => quoted(name)))}: of no use any more; delete it there, and where it came from`]

const leftInWords = (file: string, { plan, code }: Proposal<IntentPlan>): Part[] => [
  '',
  `  the plan is in ${unsteered(file)}: send it, with a copy of the ledger, to who is to approve it`,
  `  they call somebody here whose number they have, and who reads ${code} to them`,
  `  what they send back belongs into the same folder, before ${toTheMinute(endOf(plan))}; ctrl-c ends it`,
]
