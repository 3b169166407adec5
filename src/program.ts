// The command tree: what every command takes, and of the verbs those that a command line may mean.
import { Command } from 'commander'
import { asksForPartition } from './cli/ask-partition.ts'
import { checkValues } from './cli/check-options.ts'
import type { Context } from './cli/context.ts'
import { parsePartitionName } from './cli/context.ts'
import { withExamples } from './cli/examples.ts'
import { followsLedger } from './cli/follow-ledger.ts'
import { COLOURS, oneOf, seconds } from './cli/options.ts'
import { ALIASES, firstWord } from './cli/synonyms.ts'
import { makesTrace } from './cli/trace.ts'
import { ALONE, TREE, type Verbs } from './tree.ts'

const colour = oneOf('moment for colour', COLOURS)

/** With what happens before a command runs. */
export function program(context: Context, number: string, words: readonly string[] = []): Command {
  const root = commandTree(context, number, words)
  asksForPartition(root, context)
  makesTrace(root, context)
  followsLedger(root, context)
  return root
}

/**
 * The whole tree; or, for a command line that plainly says a noun and a verb of ours, or a verb that stands alone, that one, and of all beside it
 * the names: what is said of the command line is the same, and the start is short.
 */
export function commandTree(context: Context, number: string, words: readonly string[] = []): Command {
  const root = new Command('keyrite')
    .description('runs an HSM under the control of M of N custodians, with a ledger that anyone can check')
    .version(number, '-V, --version', 'print the version')
    .option('--home <dir>', 'where partitions are kept (KEYRITE_HOME)')
    .option('--partition <name>', 'which partition, where there are several (KEYRITE_PARTITION)', parsePartitionName)
    .option('--json', 'answer in JSON, on one line')
    .option('--no-input', 'never ask: a missing flag is an error')
    .option('--timeout <seconds>', 'for one call to the HSM, by default 60', seconds('--timeout', 1, 86_400))
    .option(
      '--trace <file>',
      'write each call to the HSM with its answer and time into a new file; no value, PIN or share',
    )
    .option('--color <when>', `${COLOURS.join(', ')}; auto: at a terminal, unless NO_COLOR says no`, colour)
    .option('--no-color', 'the same as --color never')
    .helpOption('-h, --help', 'show this help')
    // Defaults that matter stand in the description.
    .configureHelp({
      showGlobalOptions: true,
      sortSubcommands: false,
      optionDescription: ({ description }) => description,
    })
    .exitOverride()
    // Errors are reported once, by main; help for a command line that names no command is still shown.
    .configureOutput({ outputError: () => {} })
    .helpCommand(false)
  const only = saidPlainly(words, root)
  for (const [noun, about, verbs] of TREE) {
    const branch = root.command(noun).description(about).helpCommand(false)
    if (only === undefined || only.noun === noun) declareVerbs(branch, verbs, context, only?.verb)
  }
  withExamples(
    root,
    'keyrite partition init --help',
    'keyrite key list',
    'keyrite help key rotate',
    'keyrite help concepts',
  )
  declareVerbs(root, ALONE, context, only?.verb)
  checkValues(root)
  return root
}

/** Where only one is wanted the others are names. */
function declareVerbs(parent: Command, verbs: Verbs, context: Context, only?: string): void {
  for (const [names, verb] of Object.entries(verbs)) {
    if (only === undefined || names.split(' ').includes(only)) verb().declare(parent, context)
    else for (const name of names.split(' ')) parent.command(name)
  }
}

interface Said {
  /** None of a verb that stands alone. */
  noun?: string
  verb: string
}

/** These tell of the whole tree. */
const OF_ALL = ['help', 'complete']

/** Nothing before them, and neither of them, can be taken for anything else. */
function saidPlainly(words: readonly string[], root: Command): Said | undefined {
  const at = firstWord(words, root)
  if (!areOptions(words.slice(0, at), root)) return undefined
  const [noun = '', verb = ''] = words.slice(at)
  if (Object.hasOwn(ALONE, noun)) return OF_ALL.includes(noun) ? undefined : { verb: noun }
  const [, , verbs = {}] = TREE.find(([name]) => name === noun) ?? []
  const isKnown = Object.keys(verbs).some((names) => names.split(' ').includes(verb))
  return isKnown ? { noun, verb } : undefined
}

/** Options of the root with their values, none of which is called as a command is. */
function areOptions(words: readonly string[], root: Command): boolean {
  const names = new Set([...TREE.map(([noun]) => noun), ...Object.keys(ALONE), ...Object.keys(ALIASES[''] ?? {})])
  const isOption = (word: string) => root.options.some(({ long }) => long === word.split('=')[0])
  return words.every((word) => (word.startsWith('-') ? isOption(word) : !names.has(word)))
}
