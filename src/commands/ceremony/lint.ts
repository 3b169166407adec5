// keyrite ceremony lint: whether a script can be carried out, tried on paper.
import type { Command } from 'commander'
import { askFile } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { KeyriteError } from '../../domain/errors.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import { counted, listed } from '../../domain/words.ts'
import { checkPossible, problemLines, readScript, readSite } from '../../session/ceremony-files.ts'
import { fields } from '../../terminal/text.ts'
import { lengthInWords } from '../../views/ceremony/words.ts'

/** So many problems are told one by one. */
const MANY = 40

interface Options {
  site?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    parent.command('lint'),
    'keyrite ceremony lint rotation.toml',
    'keyrite ceremony lint rotation.toml --site rotation.site.toml',
  )
    .summary('whether a script can be carried out')
    .description(
      'Goes through the script of a ceremony step by step, and tells all that can not be, at once: roles, blanks and values that are not there, commands that are wrong or come too early, keys in other states, ' +
        'media in their bags, quorums that these people are not. With the site file also whether the people of the day keep apart what the script wants apart. Ends with the code of the script, ' +
        'by which people know that they have the same. Needs no home, no device and no shares.',
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
    const { seconds, siteValues } = checkPossible(found, site, context.parseLine)
    const { script, sha256, code } = found
    const roles = Object.keys(script.roles)
    const { name, version, partition, steps } = script
    const facts = { name, version, partition, steps: steps.length, seconds, roles, siteValues, sha256, code }
    terminal.answer({
      data: { ...facts, ...(site ? { site: { sha256: site.sha256, people: site.site.people.length } } : {}) },
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
          ['sha256', sha256],
          ['code', code],
        ]),
        ...(site
          ? []
          : [
              {
                hint: to('with the people of the day', keyrite('ceremony', 'lint', path, '--site', 'SITE')),
                indent: '',
              },
            ]),
      ],
    })
  } catch (error) {
    const lines = problemLines(error)
    for (const line of lines.slice(0, MANY)) terminal.say(`  ${line}`)
    if (lines.length > MANY) terminal.say(`  and ${counted(lines.length - MANY, 'more problem')}, which --json lists`)
    throw error instanceof KeyriteError && error.data !== undefined
      ? error.with({ hint: to('once that is mended', keyrite('ceremony', 'lint', path, ...siteFlag(options))) })
      : error
  }
}

const siteFlag = ({ site }: Options): string[] => (site === undefined ? [] : ['--site', site])
