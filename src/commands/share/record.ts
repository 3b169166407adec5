// keyrite share record: where the envelope of a share lies, as two others have seen it: in which bag, out of it, or destroyed.

import type { Command } from 'commander'
import { askFor, chooseWord } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { parseCustodian, repeated, type ShareOptions, wholeNumber, withShares } from '../../cli/options.ts'
import { refused, usage } from '../../domain/errors.ts'
import { add, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { parseShortName } from '../../domain/names.ts'
import type { Standing } from '../../domain/share-sets.ts'
import type { CUSTODY, OneShare } from '../../domain/statement.ts'
import { checkTexts } from '../../domain/texts.ts'
import { listed } from '../../domain/words.ts'
import { confirm } from '../../session/confirm.ts'
import { signedByOthers } from '../../session/sign-about.ts'
import { StationSession } from '../../session/station-session.ts'

type State = (typeof CUSTODY)[number]

interface Options extends ShareOptions {
  sealed?: string
  opened?: true
  lost?: true
  destroyed?: true
  group?: string
  epoch?: number
  confirm?: string
  place?: string
  witness: string[]
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withShares(parent.command('record')),
    "keyrite share record alice --sealed 4711 --place 'safe 2' --witness 'Dora Dent' --share shares/bob.share.age --share shares/carol.share.age",
    'keyrite share record alice --opened --share shares/bob.share.age --share shares/carol.share.age',
  )
    .summary('record where the envelope of a share lies')
    .description(
      'Two other custodians sign what they have seen, one where there are two in all: that the envelope of a share was sealed into a bag, taken out of it, was lost, or ' +
        'destroyed with every copy. A share that is used while its bag is said to be sealed, or it is said to be gone, is told of by quorum show and doctor, and not refused.',
    )
    .argument('[name]', 'whose share it is', parseCustodian)
    .option('--sealed <bag>', 'it was sealed into the bag of this number')
    .option('--opened', 'it was taken out of its bag')
    .option('--lost', 'nobody finds it; what turns up is sealed, opened or destroyed again')
    .option('--destroyed', 'it was destroyed, with every copy')
    .option(
      '--epoch <n>',
      'of which epoch the share is, by default the present one; of one that was destroyed, where there are several',
      wholeNumber('--epoch', 1, 1e9),
    )
    .option('--group <group>', 'of which group, where NAME is in several', (text) => parseShortName('group', text))
    .option('--place <text>', 'where the bag lies')
    .option(
      '--confirm <name>',
      'of a share that counts, or is staged, and was destroyed: its NAME, instead of typing it',
    )
    .addOption(repeated('--witness <text>', 'who else has seen it; repeatable'))
    .action((name: string | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const state = stateOf(options)
  using work = new StationSession(context, globals)
  const { challenge, history, terminal } = work
  const custodian = given ?? (await askFor('whose share:', 'NAME', parseCustodian, terminal))
  const seen =
    state ?? (await chooseWord('what was done:', add('--opened'), ['opened', 'lost', 'destroyed'] as const, terminal))
  const epoch = options.epoch ?? (seen === 'destroyed' ? await whichEpoch(custodian, options, work) : undefined)
  const told = {
    type: 'share.recorded',
    challenge,
    share: shareOf(custodian, { ...options, epoch }, history),
    state: seen,
    ...keeping(options),
  } as const
  checkTexts(told)
  if (history.custody.keptOf(told.share)?.state === 'destroyed')
    throw refused('CUSTODY-TOLD', `that share of ${custodian} was destroyed before`, keyrite('quorum', 'show'))
  const what = whatOf(told.share, seen, options, history)
  terminal.show(`  ${what}; giving your share signs that`)
  // Nothing takes it back, and the share may be needed.
  if (seen === 'destroyed' && COUNTS[history.rosters.setOf(told.share)!.standing])
    await confirm({ name: custodian, given: options.confirm }, terminal)
  const signed = await signedByOthers(custodian, work, { message: work.messageOf(told), options, globals })
  const { data, where } = await work.record({ ...told, signed })
  const { challenge: _, type: __, ...seenNow } = told
  terminal.answer({ data: { ...seenNow, ...data }, text: `${what}   ${where}` })
}

/** INPUT-MISSING: the epoch of the only share of theirs that is not said to be destroyed, or the one that is chosen. */
async function whichEpoch(
  custodian: string,
  { group }: Options,
  { history: { rosters, custody }, terminal }: StationSession,
): Promise<number | undefined> {
  const theirs = rosters.sets
    .map((set) => set.group)
    .filter(({ name, custodians }) => (group ?? name) === name && custodians.some((one) => one.name === custodian))
    .filter(({ name, epoch }) => custody.keptOf({ custodian, group: name, epoch })?.state !== 'destroyed')
  const epochs = [...new Set(theirs.map(({ epoch }) => epoch))].sort((a, b) => a - b)
  const [only, ...others] = epochs
  if (others.length === 0) return only
  if (!terminal.interactive)
    throw usage(
      `${custodian} had shares of the epochs ${listed(epochs.map(String))}, and which was destroyed is not given`,
      add('--epoch', 'N'),
      'INPUT-MISSING',
    )
  return Number(await chooseWord('of which epoch:', add('--epoch', 'N'), epochs.map(String), terminal))
}

/** CUSTODY-TOLD: one thing is told at a time. */
function stateOf({ sealed, opened, lost, destroyed }: Options): State | undefined {
  const said = [sealed && 'sealed', opened && 'opened', lost && 'lost', destroyed && 'destroyed'].filter(
    (word) => word !== undefined,
  )
  if (said.length > 1)
    throw usage('--sealed, --opened, --lost and --destroyed are told one at a time', 'give one of them', 'CUSTODY-TOLD')
  return said[0] as State | undefined
}

/** CUSTODIAN-KNOWN: the share, of today, or of the set of another epoch that is named. */
function shareOf(
  custodian: string,
  { group, epoch }: Pick<Options, 'group'> & { epoch: number | undefined },
  { groups, rosters }: History,
): OneShare {
  const sets = epoch === undefined ? groups : rosters.sets.map((set) => set.group).filter((set) => set.epoch === epoch)
  const held = sets.filter(
    (one) => (group ?? one.name) === one.name && one.custodians.some(({ name }) => name === custodian),
  )
  const [only, ...others] = held
  if (others.length > 0) throw usage(`${custodian} is in several groups`, add('--group', only!.name), 'INPUT-MISSING')
  if (only) return { custodian, group: only.name, epoch: only.epoch }
  const which = [...(group === undefined ? [] : [`of ${group}`]), ...(epoch === undefined ? [] : [`of epoch ${epoch}`])]
  const what = ['no share', ...which, 'of', custodian].join(' ')
  throw refused('CUSTODIAN-KNOWN', `the ledger knows of ${what}`, keyrite('quorum', 'show', '--former'))
}

const keeping = ({ sealed: bag, place, witness }: Options) => ({
  ...(bag === undefined ? {} : { bag }),
  ...(place === undefined ? {} : { place }),
  ...(witness.length === 0 ? {} : { witnesses: [...new Set(witness)].sort() }),
})

/** Which share it is has to be heard by those who sign it: that of today, or one that opens nothing any more. */
const whatOf = (share: OneShare, state: State, { sealed, place }: Options, { rosters }: History): string =>
  `the share of ${share.custodian}, epoch ${share.epoch}, ${COUNTS[rosters.setOf(share)!.standing] ?? ''}${{ sealed: `is sealed in bag ${sealed}`, opened: 'was taken out of its bag', lost: 'is lost', destroyed: 'was destroyed' }[state]}${place ? `, ${place}` : ''}`

/** Of a set that is used, or may be one day. */
const COUNTS: { readonly [standing in Standing]?: string } = {
  'in force': 'WHICH IS IN FORCE, ',
  staged: 'WHICH IS STAGED, ',
}
