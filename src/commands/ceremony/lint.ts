// keyrite ceremony lint: whether a script can be carried out, tried on paper.
import type { Command } from 'commander'
import type { CeremonyScript } from '../../ceremony/script.ts'
import { askFile } from '../../cli/ask.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { KeyriteError } from '../../domain/errors.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import { counted, listed } from '../../domain/words.ts'
import { checkPossible, problemLines, readScript, readSite } from '../../session/ceremony-files.ts'
import { knownOf } from '../../session/ceremony-lint.ts'
import { levelOf, openSource, type Source } from '../../session/ledger-source.ts'
import { fields, type Part } from '../../terminal/text.ts'
import { lengthInWords } from '../../views/ceremony/words.ts'

/** So many problems are told one by one. */
const MANY = 40

interface Options extends SourceOptions {
  site?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('lint')),
    'keyrite ceremony lint rotation.toml',
    'keyrite ceremony lint rotation.toml --site rotation.site.toml --ledger pay.backup.ledger',
  )
    .summary('whether a script can be carried out')
    .description(
      'Goes through the script of a ceremony step by step, and tells all that can not be, at once: roles, blanks and values that are not there, commands that are wrong or come too early, keys in other states, ' +
        'media in their bags, quorums that these people are not. With the site file also whether the people of the day keep apart what the script wants apart. Ends with the code of the script, ' +
        'by which people know that they have the same. With a ledger, the one in this home or a copy (--ledger), also what this partition would refuse: keys in other states, applications that have copies, custodians who are suspended or gone, serial numbers that are used. ' +
        `Needs no device and no shares, and without a ledger no home. ${SOURCE_CHECKS}`,
    )
    .argument('[file]', 'the script')
    .option('--site <file>', 'the site file: who takes part, and where things are')
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const path = given ?? (await askFile('the script:', add('FILE'), context, terminal))
  try {
    const found = readScript(path, context.ledgers)
    const site = options.site === undefined ? undefined : readSite(options.site, context.ledgers)
    const source = sourceOf(found.script, options, globals, context)
    const known = knownOf(found, site, source?.history, context)
    const { remarks, seconds, siteValues } = checkPossible(found, site, context.parseLine, known)
    for (const remark of remarks) terminal.say(`  ${remark}`)
    const ledger = source
      ? { ledger: { partition: source.history.name, seq: source.history.seq, verified: levelOf(options) } }
      : {}
    const { script, sha256, code } = found
    const roles = Object.keys(script.roles)
    const { name, version, partition, steps } = script
    const facts = { name, version, partition, steps: steps.length, seconds, roles, siteValues, sha256, code }
    terminal.answer({
      data: {
        ...facts,
        ...(site ? { site: { sha256: site.sha256, people: site.site.people.length } } : {}),
        ...ledger,
        remarks,
      },
      text: [
        fields([
          ['script', `${name}, version ${version}: ${script.title}`],
          ['length', `${counted(steps.length, 'step')}, ${lengthInWords(seconds)}`],
          ['roles', listed(roles)],
          ['site', site ? `${site.site.place}, ${counted(site.site.people.length, 'person', 'people')}` : undefined],
          [
            'values',
            site || siteValues.length === 0 ? undefined : `the site file has to have ${siteValues.join(', ')}`,
          ],
          [
            'ledger',
            source
              ? `of ${source.history.name}, up to record ${source.history.seq}`
              : 'none: what the partition would refuse is not known',
          ],
          ['sha256', sha256],
          ['code', code],
        ]),
        ...besides(path, options, site, source),
      ],
    })
  } catch (error) {
    const lines = problemLines(error)
    for (const line of lines.slice(0, MANY)) terminal.say(`  ${line}`)
    if (lines.length > MANY) terminal.say(`  and ${counted(lines.length - MANY, 'more problem')}, which --json lists`)
    throw error instanceof KeyriteError && error.data !== undefined
      ? error.with({
          hint: to(
            'once that is mended',
            keyrite('ceremony', 'lint', path, ...siteFlag(options), ...ledgerFlag(options)),
          ),
        })
      : error
  }
}

/** What it was not held against. */
function besides(path: string, options: Options, site: unknown, source: unknown): Part[] {
  const lint = (...words: string[]) => keyrite('ceremony', 'lint', path, ...words)
  const people = to('with the people of the day', lint('--site', 'SITE', ...ledgerFlag(options)))
  const ledger = to('with the ledger of the partition', lint(...siteFlag(options), '--ledger', 'FILE'))
  return [...(site ? [] : [people]), ...(source ? [] : [ledger])].map((hint) => ({ hint, indent: '' }))
}

const siteFlag = ({ site }: Options): string[] => (site === undefined ? [] : ['--site', site])

const ledgerFlag = ({ ledger }: Options): string[] => (ledger === undefined ? [] : ['--ledger', ledger])

/** A copy that somebody brings, or the ledger of the partition, where it is in this home. */
function sourceOf(
  { partition: name }: CeremonyScript,
  options: SourceOptions,
  globals: Globals,
  context: Context,
): Source | undefined {
  const own = context.ledgers.partition(globals.home, name)
  const isAsked = options.ledger !== undefined || options.anchor !== undefined || options.checkpoint.length > 0
  if (!isAsked && !own.hasLedger) return undefined
  return openSource(options, globals, context, { choose: () => own, tellsOpen: true })
}
