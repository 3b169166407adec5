// keyrite quorum drill: a custodian shows that a share is at hand. It signs a record of this ledger, and nothing is rebuilt or opened.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { signedBy } from '../../change/credentials.ts'
import { askFile, askNewFile } from '../../cli/ask.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { type ShareOptions, withShares } from '../../cli/options.ts'
import { toBase64url } from '../../domain/encoding.ts'
import { refused, usage } from '../../domain/errors.ts'
import { add, keyrite, sh, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { seatOf } from '../../domain/roster.ts'
import type { KeyApproval } from '../../domain/shapes.ts'
import { type Challenge, statementMessage } from '../../domain/statement.ts'
import { checkOfToday, oneAtLeast, presentShares, seatIn } from '../../session/present-shares.ts'
import { entryPorts, openShare } from '../../session/share-entry.ts'
import { StationSession } from '../../session/station-session.ts'
import { toTheMinute } from '../../views/words.ts'

interface Options extends ShareOptions {
  challenge?: string
  in?: string
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withShares(parent.command('drill')),
    'keyrite quorum drill --share shares/alice.share.age',
    'keyrite quorum drill --out pay.challenge',
    'keyrite quorum drill --challenge pay.challenge --share shares/bob.share.age --out bob.answer',
    'keyrite quorum drill --in bob.answer',
  )
    .summary('show that a share is at hand, without opening anything')
    .description(
      'The share signs a record of this ledger, and the ledger keeps that: quorum show tells when each share was last shown. Nobody logs in, and no ' +
        'secret is rebuilt. On a machine without the ledger the share signs a challenge that a station wrote with --out; the answer goes back to a ' +
        'station, and is as old as that challenge. Wherever a share is opened, that machine sees it: use one that you trust.',
    )
    .option('--out <file>', 'write a challenge; with --challenge, where the answer to it goes')
    .option('--challenge <file>', 'the challenge, on a machine without the ledger')
    .option('--in <file>', 'the answer to a challenge')
    .action((options: Options, command: Command) => run(options, command, context))
}

function run(options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const brings = options.share.length > 0 || options.shareFd !== undefined
  const { challenge, in: answer, out } = options
  if (answer !== undefined && (brings || challenge !== undefined || out !== undefined))
    throw usage('--in brings an answer, and goes with no other way', 'give it alone: --in FILE')
  if (answer !== undefined) return takeAnswer(answer, globals, context)
  if (challenge !== undefined) return answerHere(challenge, options, globals, context)
  if (out !== undefined && brings)
    throw usage('--out alone writes a challenge, and takes no share', 'a share signs one: --challenge FILE --out FILE')
  return out === undefined ? drill(options, globals, context) : writeChallenge(out, globals, context)
}

/** A share that signs this record, or one behind it, was there on that day or later. */
const BEGINS = 'a drill begins: what shares sign now is no older than this'

/** At a station: one record for each share. */
async function drill(options: Options, globals: Globals, context: Context): Promise<void> {
  using work = new StationSession(context, globals)
  await work.beginToday(BEGINS)
  const { challenge, history, terminal } = work
  const message = work.messageOf({ type: 'drill', challenge })
  const proofs: KeyApproval[] = []
  const wanted = {
    groups: history.groups,
    take: (share: Parameters<typeof seatIn>[0]) => {
      const seat = seatIn(share, work, globals)
      if (proofs.some(({ key }) => key === seat.custodian.key))
        throw refused('SHARE-REPEATED', `the share of ${seat.custodian.name} was shown already`)
      proofs.push(signedBy(seat, share, message))
      return `${seat.custodian.name} has shown the share`
    },
    ...oneAtLeast(() => proofs.length > 0, history.groups[0]!.custodians[0]!.name),
  }
  await presentShares(options, wanted, entryPorts(globals, context, terminal))
  await report(proofs, challenge, work)
}

async function report(proofs: readonly KeyApproval[], challenge: Challenge, work: StationSession): Promise<void> {
  const drills = []
  const text: string[] = []
  for (const proof of proofs) {
    const { data, where } = await work.record({ type: 'drill', challenge, proof })
    const { custodian, group, epoch } = proof
    const { custody } = work.history
    // What waits is not in the history yet.
    const proven = 'waits' in data ? custody.challenged(challenge) : custody.lastProven(proof.key)!.time
    drills.push({ custodian, group, epoch, proven, ...data })
    text.push(`the share of ${custodian} was at hand ${toTheMinute(proven)} or later   ${where}`)
  }
  work.terminal.answer({ data: { drills }, text })
}

/** At a station, for a machine that has no ledger. */
async function writeChallenge(out: string, globals: Globals, context: Context): Promise<void> {
  using work = new StationSession(context, globals)
  await work.beginToday(BEGINS)
  const { challenge, history, terminal } = work
  const { partition, name, time } = history
  const path = resolve(out)
  const file = writeNew(path, context.ledgers.formatChallenge({ partition, name, challenge, time }), globals, context)
  terminal.answer({
    data: { file, partition, challenge },
    text: [
      `${file} is a challenge of record ${challenge.seq}, for any share of ${name}`,
      {
        hint: to('on the other machine', keyrite('quorum', 'drill', '--challenge', out, '--out', 'ANSWER')),
        indent: '  ',
      },
    ],
  })
}

function writeNew(path: string, content: string, { home }: Globals, { ledgers }: Context): string {
  ledgers.checkFree([path], home)
  ledgers.createFiles([{ path, content }])
  return path
}

/** On a machine without the ledger. SHARE-FOREIGN: as far as the share's own file can tell. */
async function answerHere(file: string, options: Options, globals: Globals, context: Context): Promise<void> {
  const terminal = terminalOf(globals, context)
  const { partition, name, challenge, time } = context.ledgers.readChallenge(file)
  const out = options.out ?? (await askNewFile('where the answer goes:', add('--out', 'FILE'), context, terminal))
  const [given, ...more] = options.share
  if (more.length > 0 || options.shareFd !== undefined)
    throw usage('one share answers a challenge', 'give each its own answer: --share FILE --out FILE')
  const path = given ?? (await askFile('your share file:', add('--share', 'FILE'), context, terminal))
  context.ledgers.checkFree([resolve(out)], globals.home)
  terminal.hush()
  const { share, hints } = await openShare(path, options, entryPorts(globals, context, terminal))
  using held = share
  if (hints.partition !== undefined && hints.partition !== partition)
    throw refused('SHARE-FOREIGN', `${path} is of partition ${hints.partition}, and the challenge of ${partition}`)
  const value = toBase64url(held.sign(statementMessage({ partition, type: 'drill', challenge })))
  const key = toBase64url(held.key)
  const answer = writeNew(
    resolve(out),
    context.ledgers.formatAnswer({ partition, challenge, key, value }),
    globals,
    context,
  )
  terminal.answer({
    data: { file: answer, partition, challenge, key },
    text: [
      `${answer} shows that the share was at hand ${toTheMinute(time)} or later, as partition ${name} is said to have it`,
      { hint: to('at a station', sh('keyrite', 'quorum', 'drill', '--in', out)), indent: '  ' },
    ],
  })
}

/** SHARE-FOREIGN, SHARE-REPEATED, SHARE-RETIRED, SHARE-STAGED, STATEMENT-CHALLENGE, STATEMENT-SIGNED: an answer that another machine gave. */
async function takeAnswer(file: string, globals: Globals, context: Context): Promise<void> {
  const { partition, challenge, key, value } = context.ledgers.readAnswer(file)
  using work = new StationSession(context, globals)
  const { history } = work
  if (partition === history.partition) checkOfToday(key, history)
  const seat = seatOf(key, history.groups)
  if (partition !== history.partition || !seat)
    throw refused('SHARE-FOREIGN', `${file} is by no share of ${history.name}`, keyrite('quorum', 'show'))
  history.custody.challenged(challenge)
  const { custodian, group } = seat
  checkNew(custodian.name, key, challenge, history)
  const proof = { custodian: custodian.name, group: group.name, epoch: group.epoch, key, value }
  await report([proof], challenge, work)
}

/** SHARE-REPEATED: one answer is one proof. */
function checkNew(name: string, key: string, challenge: Challenge, { custody }: History): void {
  const before = custody.drilled(key, challenge)
  if (before === undefined) return
  throw refused(
    'SHARE-REPEATED',
    `the share of ${name} has answered this challenge before: record ${before} has it`,
    to('for another drill', keyrite('quorum', 'drill', '--out', 'FILE')),
  )
}
