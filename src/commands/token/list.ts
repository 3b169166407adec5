// keyrite token list: what slots and tokens a module shows, and what each can do of what Keyrite needs.

import type { Command } from 'commander'
import { moduleFrom } from '../../cli/ask.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { MODULE, withExamples } from '../../cli/examples.ts'
import { type ModuleOptions, settingsFor, withModule } from '../../cli/module-settings.ts'
import { EXIT, KeyriteError } from '../../domain/errors.ts'
import { type Address, addressed, type Hint, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { KEY_TYPES } from '../../domain/keys.ts'
import { escaped } from '../../domain/names.ts'
import type { Ability, Capabilities, Hsm, SlotFacts } from '../../hsm/port.ts'
import { hsmOptions, ifLost } from '../../session/change-session.ts'
import type { Mark } from '../../terminal/look.ts'
import { type Field, fields, line, marked, type Part, type Run } from '../../terminal/text.ts'
import { dayOf, modelOf } from '../../views/words.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withModule(parent.command('list'), 'the PKCS#11 library (KEYRITE_MODULE)'),
    `keyrite token list ${MODULE}`,
    `keyrite token list ${MODULE} --no-probe --json`,
  )
    .summary('slots, tokens, serials, and what a token can do')
    .description(
      'Shows the slots and tokens of a PKCS#11 module, and tries on each initialised token what Keyrite needs of it. Changes nothing.',
    )
    .option('--no-probe', 'do not try what the tokens can do')
    .action((options: ListOptions, command: Command) => run(options, command, context))
}

interface ListOptions extends ModuleOptions {
  probe: boolean
}

/** Whose token it is, or was until it was replaced. */
interface Owner {
  name: string
  replaced?: string
  /** The partition was retired then. */
  retired?: string
}

interface Row extends SlotFacts {
  partition?: Owner

  can?: Capabilities
  /** Why that could not be tried. */
  untried?: string
}

async function run(options: ListOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const path = await moduleFrom(options.module, globals, context, terminal)
  const settings = settingsFor(path, options, globals, context)
  await using library = await Library.open(() => context.openHsm(hsmOptions(settings, globals, context)))
  const module = await library.hsm.module()
  const owners = ownersIn(globals, context)
  const slots = (await rows(library, options.probe)).map((row) => withOwner(row, owners))
  const about = `${module.description} ${module.version}, ${module.manufacturer}, cryptoki ${module.cryptoki}`
  terminal.answer({
    data: { module, slots },
    text: [
      module.path,
      about,
      ...slots.flatMap((row) => ['', ...view(row, beginOn(row, module.path, globals.address))]),
    ],
  })
  if (slots.every(({ fault }) => fault === undefined))
    for (const { message, hint } of missing(slots, path, globals, context)) terminal.warn(message, hint)
}

/** The tokens that the partitions of this home have, and had, by serial. */
function ownersIn({ home }: Globals, { ledgers }: Context): Map<string, Owner> {
  const histories = (readable(() => ledgers.partitions(home)) ?? []).flatMap(
    (partition) => readable(() => partition.openLedger().history) ?? [],
  )
  const earlier = histories.flatMap(({ name, earlierTokens }) =>
    earlierTokens.map(({ serial, replaced }): readonly [string, Owner] => [serial, { name, replaced }]),
  )
  return new Map([...earlier, ...histories.toSorted(endedFirst).map(ownerOf)])
}

/** A token that was taken again is that of the partition that lives. */
const endedFirst = (a: History, b: History): number => Number(b.retired !== undefined) - Number(a.retired !== undefined)

const ownerOf = ({ name, token, retired }: History): readonly [serial: string, owner: Owner] => [
  token.serial,
  { name, ...(retired ? { retired: retired.time } : {}) },
]

function withOwner(row: Row, owners: ReadonlyMap<string, Owner>): Row {
  const partition = row.token?.initialised ? owners.get(row.token.serial) : undefined
  return partition ? { ...row, partition } : row
}

const ownerInWords = ({ name, replaced, retired }: Owner): string =>
  retired !== undefined
    ? `that of partition ${name}, which was retired on ${dayOf(retired)}`
    : replaced === undefined
      ? `the token of partition ${name}`
      : `the token of partition ${name} before, replaced on ${dayOf(replaced)}; unless it was erased, it still holds the keys of that time`

/** The partitions of this home whose token should be behind this module, and is not. What can't be read here is the doctor's. */
function missing(slots: readonly SlotFacts[], module: string, { home, address }: Globals, context: Context) {
  const all = readable(() => context.ledgers.partitions(home)) ?? []
  return all.flatMap((partition) => {
    const history = readable(() => {
      const settings = context.settings.read(home, partition.name)
      return settings.module === module ? partition.openLedger().history : undefined
    })
    if (!history || history.retired || slots.some(({ token }) => token?.serial === history.token.serial)) return []
    const { serial, label } = history.token
    const of = all.length > 1 ? { partition: partition.name } : {}
    const pending = readable(() => partition.pending())
    const message = `the token of partition ${history.name} is not there: ${escaped(label)}, serial ${escaped(serial)}`
    return [
      {
        message,
        hint: addressed(ifLost(history, module, pending), { ...address, ...of }),
      },
    ]
  })
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The library, which is started anew where it did not survive what was asked of it. */
class Library implements AsyncDisposable {
  private constructor(
    private readonly start: () => Promise<Hsm>,
    public hsm: Hsm,
  ) {}

  static open = async (start: () => Promise<Hsm>): Promise<Library> => new Library(start, await start())

  async again(): Promise<void> {
    await this.hsm[Symbol.asyncDispose]()
    this.hsm = await this.start()
  }

  [Symbol.asyncDispose] = (): PromiseLike<void> => this.hsm[Symbol.asyncDispose]()
}

async function rows(library: Library, probe: boolean): Promise<Row[]> {
  const found: Row[] = []
  for (const slot of await library.hsm.slots()) {
    found.push(probe && slot.token?.initialised ? { ...slot, ...(await tried(slot, library)) } : slot)
  }
  return found
}

const DEAD: readonly string[] = ['MODULE-CRASHED', 'MODULE-TIMEOUT']

/** One faulty token must not hide the others, not even one of which the library dies. */
async function tried({ slot }: SlotFacts, library: Library): Promise<Pick<Row, 'can' | 'untried'>> {
  try {
    return { can: await library.hsm.probe(slot) }
  } catch (error) {
    if (!(error instanceof KeyriteError) || error.exit !== EXIT.device) throw error
    if (DEAD.includes(error.code)) await library.again()
    return { untried: error.message }
  }
}

const beginOn = ({ slot }: Row, module: string, address: Address): Hint =>
  addressed(keyrite('partition', 'init', '--module', module, '--slot', `${slot}`), address)

function view({ slot, token, can, fault, untried, partition }: Row, begin: Hint): Part[] {
  if (fault !== undefined) return [line(marked(`slot ${slot}  can't be read: ${fault}`, 'bad'))]
  if (!token) return [line(marked(`slot ${slot}  no token`, 'dim'))]
  if (!token.initialised) return [`slot ${slot}  blank token, to begin a partition on:`, { hint: begin, indent: '  ' }]
  const { serial, label, tries } = token
  return [
    `slot ${slot}  ${label}`,
    fields(
      [
        ['serial', serial],
        ['partition', partition && ownerInWords(partition)],
        ['model', modelOf(token)],
        ['user PIN', token.userPinSet ? triesInWords(tries.user) : 'not set'],
        ['SO PIN', triesInWords(tries.so)],
        ...(can ? abilities(can) : []),
        ...(untried === undefined ? [] : [['not tried', marked(untried, 'bad')] as Field]),
      ],
      '  ',
    ),
  ]
}

const TRIES: Record<string, readonly [words: string, mark?: Mark]> = {
  ok: ['set'],
  low: ['set, wrong tries were made', 'warning'],
  final: ['ONE TRY LEFT', 'bad'],
  locked: ['LOCKED', 'bad'],
}

function triesInWords(tries: string): Run {
  const [words, mark] = TRIES[tries] ?? [tries]
  return marked(words, mark)
}

function abilities(can: Capabilities): Field[] {
  const made = KEY_TYPES.filter((type) => can.generate[type] === true)
  const backed = made.filter((type) => can.wrap[type] === true)
  const not = KEY_TYPES.flatMap((type) => unable(type, can.generate[type]))
  const unbacked = made.flatMap((type) => unable(type, can.wrap[type]))
  const ways = Object.values(can.mechanisms)
  return [
    ['makes', made.join(', ') || 'none of our types'],
    ...(not.length > 0 ? [["can't make", not.join('; ')] as [string, string]] : []),
    [
      'backs up',
      ways.length > 0
        ? `${backed.join(', ')} (${ways.join(', ')})`
        : 'nothing: it wraps neither as RFC 5649 or 3394 nor by AES-CBC',
    ],
    ...(unbacked.length > 0 ? [["can't back up", unbacked.join('; ')] as [string, string]] : []),
    ['check value', can.kcv],
    ['audit key', can.audit],
    ...Object.entries(can.enforces).map(
      ([rule, ability]): Field => [
        inWords(rule),
        ability === true ? 'enforced' : marked(`NOT enforced: ${ability.lacks}`, 'warning'),
      ],
    ),
  ]
}

const unable = (type: string, ability: Ability | undefined): string[] =>
  ability === undefined || ability === true ? [] : [`${type} (${ability.lacks})`]

const inWords = (rule: string): string => rule.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
