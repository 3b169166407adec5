// keyrite quorum confirm: a custodian has a new share, and can open it. The share signs that, here or on a machine without the ledger.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { askFile } from '../../cli/ask.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { type ShareOptions, type SourceOptions, withShares, withSource } from '../../cli/options.ts'
import { confirmationMessage } from '../../domain/confirmation.ts'
import type { Confirmation } from '../../domain/confirmation-file.ts'
import { toBase64url } from '../../domain/encoding.ts'
import { refused, usage } from '../../domain/errors.ts'
import { add, keyrite, sh, to } from '../../domain/hints.ts'
import { isSeatOf } from '../../domain/roster.ts'
import type { KeyApproval } from '../../domain/shapes.ts'
import { listed } from '../../domain/words.ts'
import type { Share, ShareHints } from '../../quorum/port.ts'
import { confirmable, confirmedBy } from '../../session/confirm-share.ts'
import { oneAtLeast, presentShares } from '../../session/present-shares.ts'
import { entryPorts, openShare } from '../../session/share-entry.ts'
import { StationSession } from '../../session/station-session.ts'
import { ownerOf, rosterFacts, rosters } from '../../session/whose-share.ts'
import { fields, type Part } from '../../terminal/text.ts'
import { holdingsOf, neverShown } from '../../views/custody-view.ts'
import { setFields, stagedView } from '../../views/joining-view.ts'
import { provenOf } from '../../views/rosters-view.ts'

interface Options extends ShareOptions, SourceOptions {
  in?: string
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(withShares(parent.command('confirm'))),
    'keyrite quorum confirm --share shares/dan.e2.share.age --out dan.confirmation',
    'keyrite quorum confirm --in dan.confirmation',
    'keyrite quorum confirm --share shares/alice.share.age',
  )
    .summary('say that a new share has come, and opens')
    .description(
      'The share signs that it was read back: before quorum replace, M + 1 custodians have to have shown theirs. Nobody logs in. On a machine without the ledger ' +
        'the confirmation goes into a file (--out), which a station takes (--in); with a copy of the ledger (--ledger) it shows there whom one joins. It proves the bytes ' +
        'of this share, and not that the set fits together.',
    )
    .option('--out <file>', 'on a machine without the ledger: where the confirmation goes')
    .option('--in <file>', 'a confirmation that was made elsewhere')
    .action((options: Options, command: Command) => run(options, command, context))
}

function run(options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { in: file, out, share, shareFd } = options
  if (file !== undefined && (out !== undefined || share.length > 0 || shareFd !== undefined))
    throw usage('--in brings a confirmation, and goes with no other way', 'give it alone: --in FILE')
  if (out !== undefined) return confirmElsewhere(out, options, globals, context)
  if (options.ledger !== undefined)
    throw usage('a station has the ledger itself', 'on another machine the confirmation goes into a file: --out FILE')
  return file === undefined ? confirmHere(options, globals, context) : takeIn(file, globals, context)
}

/** At a station: one record for each share. */
async function confirmHere(options: Options, globals: Globals, context: Context): Promise<void> {
  using work = new StationSession(context, globals)
  const { history, terminal } = work
  terminal.show(stagedView(history))
  const proofs: KeyApproval[] = []
  const stage = history.rosters.stage?.plan.group
  const someone = (stage ?? history.groups[0]!).custodians[0]!.name
  const wanted = {
    groups: stage ? [...history.groups, stage] : history.groups,
    take: (share: Share) => {
      const proof = confirmedBy(share, toBase64url(share.key), work, globals)
      if (proofs.some(({ key }) => key === proof.key))
        throw refused('SHARE-REPEATED', `${proof.custodian} has confirmed already`)
      proofs.push(proof)
      return `${proof.custodian} confirms ${proof.group}, epoch ${proof.epoch}`
    },
    ...oneAtLeast(() => proofs.length > 0, someone),
  }
  await presentShares(options, wanted, entryPorts(globals, context, terminal))
  await report(proofs, work)
}

async function report(proofs: readonly KeyApproval[], work: StationSession): Promise<void> {
  const confirmed = []
  const text: Part[] = []
  for (const proof of proofs) {
    const { data, where } = await work.recordConfirmation(proof)
    const { custodian, group, epoch } = proof
    confirmed.push({ custodian, group, epoch, ...data })
    text.push(`${custodian} has confirmed the share of ${group}, epoch ${epoch}   ${where}`)
  }
  const { stage, isConfirmed } = work.history.rosters
  if (confirmed.some((one) => 'waits' in one)) text.push({ hint: COUNTS, indent: '  ' })
  else if (stage) {
    const { proven, needed, missing } = provenOf(stage, isConfirmed)
    const rest = missing.length === 0 ? '' : `; not yet: ${missing.join(', ')}`
    text.push(`  ${proven} new shares are known to be there; quorum replace takes ${needed}${rest}`)
    text.push({
      hint: proven < needed ? CONFIRM : to('to put them in place', keyrite('quorum', 'replace')),
      indent: '  ',
    })
  } else text.push(...afterwards(work))
  work.terminal.answer({ data: { confirmed }, text })
}

/** A replacement is planned before anybody logs in, and counts what is in the ledger by then. */
const COUNTS = to('quorum replace counts it once a change has taken it in', keyrite('audit', 'checkpoint'))

const CONFIRM = keyrite('quorum', 'confirm', '--share', 'FILE')

/** The new shares are in force already: whose were never shown, and what may go once all were. */
function afterwards({ history, context }: StationSession): Part[] {
  const others = holdingsOf(history, context.sources.clock()).filter(neverShown)
  if (others.length > 0)
    return [`  never shown yet: ${listed(others.map(({ custodian }) => custodian))}`, { hint: CONFIRM, indent: '  ' }]
  const burnt = to('once an old one is burnt', keyrite('share', 'record', 'NAME', '--destroyed', '--epoch', 'N'))
  return ['  every share that counts was shown to be there', { hint: burnt, indent: '  ' }]
}

/** SHARE-FILE, SHARE-FOREIGN: without the ledger the file of the share says whose it is. */
async function confirmElsewhere(out: string, options: Options, globals: Globals, context: Context): Promise<void> {
  const terminal = terminalOf(globals, context)
  const { ledgers } = context
  const path = resolve(out)
  ledgers.checkFree([path], globals.home)
  const [given, ...more] = options.share
  if (more.length > 0 || options.shareFd !== undefined)
    throw usage('one share makes one confirmation', 'give each its own: --share FILE --out FILE')
  const file = given ?? (await askFile('your share file:', add('--share', 'FILE'), context, terminal))
  const known = rosters(options, globals, context, terminal)
  terminal.hush()
  const { share, hints } = await openShare(file, options, entryPorts(globals, context, terminal))
  using held = share
  const key = toBase64url(held.key)
  const found = ownerOf(key, known)
  const said = found ? { ...rosterFacts(found), partition: found.history.partition } : wholeHints(hints, file)
  const { partition, group, epoch, custodian } = said
  const value = toBase64url(held.sign(confirmationMessage(partition, { custodian, group, epoch, key })))
  const confirmation = { partition, group, epoch, custodian, key, value } as Omit<Confirmation, 'format'>
  ledgers.createFiles([{ path, content: ledgers.formatConfirmation(confirmation) }])
  terminal.answer({
    data: { file: path, partition, group, epoch, custodian, key, compared: found !== undefined },
    text: [
      `${path} confirms the share of ${custodian}`,
      fields(
        found
          ? setFields(found.seat.group)
          : [
              [
                'group',
                `${group}, epoch ${epoch}${said.threshold === undefined ? '' : `: ${said.threshold.replace('/', ' of ')}`}`,
              ],
              [
                'compared',
                'with nothing: this is what the file of the share says. A copy of the ledger shows whom you join',
              ],
            ],
        '  ',
      ),
      { hint: to('at a station', sh('keyrite', 'quorum', 'confirm', '--in', out)), indent: '  ' },
    ],
  })
}

function wholeHints({ partition, group, epoch, custodian, threshold }: ShareHints, file: string) {
  if (partition !== undefined && group !== undefined && epoch !== undefined && custodian !== undefined)
    return { partition, group, epoch, custodian, threshold }
  throw refused(
    'SHARE-FILE',
    `${file} does not say whose share it is`,
    'bring a copy of the ledger: --ledger FILE, or confirm it at a station',
  )
}

/** SHARE-FOREIGN, CONFIRM-OPEN, CONFIRM-ONCE, CONFIRMATION-SIGNED: what another machine signed. */
async function takeIn(file: string, globals: Globals, context: Context): Promise<void> {
  const { partition, group, epoch, custodian, key, value } = context.ledgers.readConfirmation(file)
  using work = new StationSession(context, globals)
  if (partition !== work.history.partition)
    throw refused('SHARE-FOREIGN', `${file} is of no share of ${work.history.name}`, keyrite('partition', 'list'))
  const seat = confirmable(key, work, globals)
  if (!isSeatOf(seat, { custodian, group, epoch }))
    throw refused(
      'SHARE-FOREIGN',
      `${file} calls the share ${custodian}'s of ${group}, epoch ${epoch}, and it is ${seat.custodian.name}'s of ${seat.group.name}, epoch ${seat.group.epoch}`,
      'confirm it with the share file as it was handed out',
    )
  await report([{ custodian, group, epoch, key, value }], work)
}
