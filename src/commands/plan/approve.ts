// keyrite plan approve: a custodian elsewhere approves a plan. The share leaves sealed for the process that waits with it, and for no other.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { signedBy } from '../../change/credentials.ts'
import { checkSentInTime, checkSentPlan, timeFor } from '../../change/sent-plan.ts'
import { ShareIntake } from '../../change/share-intake.ts'
import { askCode, askFile, askNewFile } from '../../cli/ask.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { listOption, type ShareOptions, type SourceOptions, withShares, withSource } from '../../cli/options.ts'
import { endOf } from '../../domain/clock.ts'
import { parseCode, parseShortCode } from '../../domain/code.ts'
import { toBase64url } from '../../domain/encoding.ts'
import { refused, usage } from '../../domain/errors.ts'
import { mostFromAfar, sealedFor } from '../../domain/from-afar.ts'
import { add } from '../../domain/hints.ts'
import { type Proposal, planSummary, propose } from '../../domain/proposal.ts'
import type { Seat } from '../../domain/roster.ts'
import type { Secret } from '../../domain/secret.ts'
import type { KeyApproval } from '../../domain/shapes.ts'
import type { Share } from '../../quorum/port.ts'
import { custodyIn, warnOfCustody } from '../../session/known-shares.ts'
import { auditSource } from '../../session/ledger-source.ts'
import { oneAtLeast, presentShares } from '../../session/present-shares.ts'
import { type EntryPorts, entryPorts } from '../../session/share-entry.ts'
import { handOverList } from '../../session/whole-list.ts'
import type { Terminal } from '../../terminal/port.ts'
import { sentPlanView } from '../../views/sent-plan-view.ts'
import { toTheMinute } from '../../views/words.ts'

interface Options extends ShareOptions, SourceOptions {
  code?: string
  out?: string
  list?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(withShares(parent.command('approve'))),
    "keyrite plan approve rotate.plan --ledger pay.ledger --anchor 'CBM63 NVH7A MC344 HKXYY C1V8N' --share shares/carol.share.age --code 'K7QD 9XMA 2FJT 6V1C H8RW' --out carol.contribution",
  )
    .summary('approve a plan from afar')
    .description(
      'On a machine with neither HSM nor home: holds a plan, and the signatures of those at its terminal, against a copy of the ledger, shows it in full, and asks ' +
        'for its code. Call somebody at the terminal on a number from your own paper, not the one who sent the plan, and have the code read to you. Then your share is sealed for the ' +
        'process that waits, and signs the plan. Whoever holds the key of that process holds your share, and two insiders together can still deceive you: new shares are due after it.',
    )
    .argument('[file]', 'the plan')
    .option('--code <code>', 'the code of the plan, as it was read to you', parseShortCode)
    .option('--out <file>', 'where the sealed share goes')
    .addOption(listOption())
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const file = given ?? (await askFile('the plan:', add('FILE'), context, terminal))
  const { plan, signed } = context.ledgers.readSentPlan(file)
  const { history } = await authenticated(options, globals, context, terminal)
  const proposal = propose(plan)
  const now = context.sources.clock()
  checkSentPlan(proposal, signed, history, now, context.ledgers)
  terminal.hush()
  await handOverList({ plan }, options, { context, globals, terminal, history })
  await terminal.present([...sentPlanView(plan, signed, history, now), ...BEFORE])
  await hearCode(proposal, options, terminal)
  const out = resolve(
    options.out ?? (await askNewFile('where your sealed share goes:', add('--out', 'FILE'), context, terminal)),
  )
  context.ledgers.checkFree([out], globals.home)
  const suspended = (name: string) => history.rosters.suspended(name, timeFor(plan, history, now))?.until
  using intake = new ShareIntake(proposal, plan.needs, history.approving(plan), context.quorum, {
    suspended,
    ...custodyIn(history),
  })
  const ports = entryPorts(globals, context, terminal)
  const { approval, payload } = await shareFor({ intake, signed, options, ports, clock: () => context.sources.clock() })
  using held = payload
  const sealed = toBase64url(await context.quorum.sealPayload(held, sealedFor(plan)!))
  const { partition } = plan
  const { custodian, group, epoch, key, value } = approval
  const content = context.ledgers.formatContribution({ partition, plan: proposal.digest, key, value, sealed })
  context.ledgers.createFiles([{ path: out, content }])
  terminal.answer({
    data: { file: out, partition, plan: planSummary(proposal), custodian, group, epoch },
    text: [
      `${out} is the approval of ${custodian}, with the share, sealed for the process that waits`,
      `  it belongs into the folder that the plan came from, before ${toTheMinute(endOf(plan))}`,
    ],
  })
}

const BEFORE: readonly string[] = [
  '',
  '  your share leaves with your approval: whoever holds the sealing key holds it, and two insiders together can deceive you',
  '  call a custodian at the terminal other than the sender, on a number from your own paper, and have the code read to you',
]

/** ANCHOR-MATCHES, PARTITION-KNOWN: a copy of the ledger that nobody vouches for proves nothing. */
async function authenticated(options: Options, globals: Globals, context: Context, terminal: Terminal) {
  const ledger = options.ledger ?? (await askFile('a copy of the ledger:', add('--ledger', 'FILE'), context, terminal))
  const anchor =
    options.anchor ?? (await askCode('the anchor, from your own paper:', add('--anchor', 'CODE'), parseCode, terminal))
  return auditSource({ ...options, ledger, anchor }, globals, context)
}

const MOST_TRIES = 3

/** PLAN-CODE: what was read out is the code of this plan. */
async function hearCode({ code }: Proposal, options: Options, terminal: Terminal): Promise<void> {
  if (options.code === code) return
  if (options.code !== undefined) throw otherCode()
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const heard = await askCode('the code, as it is read to you:', add('--code', 'CODE'), parseShortCode, terminal)
    if (heard === code) return
    terminal.show('  that is not the code of this plan: have it read once more')
  }
  throw otherCode()
}

const otherCode = () =>
  refused(
    'PLAN-CODE',
    'the code is not that of this plan: a letter of it was mistyped, or misheard, or another plan was read out',
    'have it read out once more, letter by letter; where it is the same again, the plan was exchanged on its way: ask for it anew',
  )

interface Asked {
  intake: ShareIntake
  signed: readonly KeyApproval[]
  options: Options
  ports: EntryPorts
  clock(): Date
}

/** SHARE-FOREIGN, SHARE-NOT-NEEDED, SHARE-REPEATED, APPROVER-SUSPENDED, REMOTE-QUORUM, INPUT-MISSING: one share, its approval, and its bytes. */
async function shareFor(asked: Asked): Promise<{ approval: KeyApproval; payload: Secret }> {
  const { intake, options, ports, clock } = asked
  let given: { approval: KeyApproval; payload: Secret } | undefined
  const take = (share: Share): string => {
    if (given) throw usage('one share approves from afar', 'each custodian has a --share and an --out of their own')
    const seat = seatFor(share, asked)
    given = { approval: signedBy(seat, share, intake.proposal.message), payload: share.payload.clone() }
    return `${seat.custodian.name} approves`
  }
  const { plan } = intake.proposal
  const before = () => checkSentInTime(plan, plan.created, clock())
  const { groups } = intake
  const wanted = {
    groups,
    take,
    before,
    ...oneAtLeast(() => given !== undefined, intake.groups[0]!.custodians[0]!.name),
  }
  try {
    await presentShares(options, wanted, ports)
  } catch (error) {
    given?.payload[Symbol.dispose]()
    throw error
  }
  return given!
}

/** Whose share it is, and that it may come from afar. */
function seatFor(share: Share, { intake, signed, ports }: Asked): Seat {
  const key = toBase64url(share.key)
  const seat = intake.seatFor(key)
  const { custodian, group } = seat
  warnOfCustody(seat, intake, ports.terminal)
  if (signed.some((one) => one.key === key))
    throw refused('SHARE-REPEATED', `${custodian.name} has signed this plan at its terminal`)
  if (mostFromAfar(group.threshold) === 0)
    throw refused(
      'REMOTE-QUORUM',
      `nobody of ${group.name} approves from afar: with a threshold of ${group.threshold} both are at the terminal`,
    )
  return seat
}
