// Manual pages, in the man macros that groff and mandoc both know.
import { folded } from '../cli/examples.ts'
import { TOPICS, VARIABLES } from '../cli/topics.ts'
import { EXIT_MEANINGS } from '../domain/errors.ts'
import { type Flag, leaves, type Page } from './tree.ts'

/** Of the release, not of the run: the pages are compared byte for byte. */
const DATE = '2026-11-24'

const nameOf = (page: Page): string => ['keyrite', ...page.path].join('-')

/** Text that stands as it is: a hyphen can be pasted, and no line begins a macro. */
const literal = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^\./gm, '\\&.')

/** A line for each sentence, as is the custom. */
const prose = (text: string): string => literal(text).replaceAll(/([.:]) (?=[A-Z])/g, '$1\n')

const bold = (text: string): string => `\\fB${literal(text)}\\fR`
const italic = (text: string): string => `\\fI${literal(text)}\\fR`
const section = (title: string, ...lines: string[]): string[] => (lines.length === 0 ? [] : [`.SH ${title}`, ...lines])
const entry = (term: string, text: string): string[] => ['.TP', term, prose(text)]

const flagTerm = ({ short, long, value }: Flag): string =>
  `${short ? `${bold(short)}, ` : ''}${bold(long)}${value === undefined ? '' : ` ${italic(value.slice(1, -1))}`}`

function synopsis({ path, operands, below }: Page): string[] {
  const rest =
    below.length > 0 ? ['[options]', '<noun>', '<verb>', '...'] : ['[options]', ...operands.map(({ form }) => form)]
  return [[bold(['keyrite', ...path].join(' ')), ...rest.map(literal)].join(' ')]
}

const operands = (page: Page): string[] =>
  page.operands.flatMap(({ form, about }) => entry(italic(form.slice(1, -1)), about))

const flags = (page: Page): string[] => page.flags.flatMap((flag) => entry(flagTerm(flag), flag.about))

const globals = (page: Page): string[] =>
  page.path.length === 0 ? [] : ['.PP', `The options of ${bold('keyrite')}(1) can be given too.`]

const examples = (page: Page): string[] =>
  page.examples.flatMap((line, i) => [...(i === 0 ? [] : ['.PP']), '.nf', literal(folded(line)), '.fi'])

const exits = (): string[] => EXIT_MEANINGS.flatMap(([code, meaning]) => entry(bold(String(code)), meaning))

const commands = (root: Page): string[] =>
  leaves(root).flatMap((page) => entry(`${bold(nameOf(page))}(1)`, page.summary))

const ENVIRONMENT = VARIABLES.entries.flatMap(([name, text]) => entry(bold(name), text))

const FILES = [
  ...entry(italic('config.json'), 'in the home: the PKCS#11 module of each partition'),
  ...entry(italic('PARTITION/ledger.jsonl'), "the partition's history; not secret, can't be replaced"),
  ...entry(italic('PARTITION/checkpoint'), "the newest signed note of the ledger's size and root"),
  ...entry(italic('PARTITION/station.key'), 'signs what happens without a login, such as refusals'),
]

/** The other verbs of the same noun. */
function seeAlso(page: Page, root: Page): string[] {
  const siblings = leaves(root).filter((other) => other !== page && other.path[0] === page.path[0])
  const others = [...(page === root ? [] : ['keyrite']), ...siblings.map(nameOf)].sort()
  return [[...others.map((name) => `${bold(name)}(1)`), `${bold('keyrite-concepts')}(7)`].join(',\n')]
}

function manual(page: Page, root: Page, version: string): string {
  const lines = [
    '.\\" Written by `npm run docs` from the command tree: changes belong there.',
    `.TH ${nameOf(page).toUpperCase().replaceAll('-', '\\-')} 1 ${DATE} "keyrite ${version}" "Keyrite Manual"`,
    ...section('NAME', `${literal(nameOf(page))} \\- ${literal(page.summary)}`),
    ...section('SYNOPSIS', ...synopsis(page)),
    ...section('DESCRIPTION', prose(page.description), ...operands(page)),
    ...section('OPTIONS', ...flags(page), ...globals(page)),
    ...(page === root ? section('COMMANDS', ...commands(root)) : []),
    ...section('EXAMPLES', ...examples(page)),
    ...section('EXIT STATUS', ...exits()),
    ...(page === root ? [...section('ENVIRONMENT', ...ENVIRONMENT), ...section('FILES', ...FILES)] : []),
    ...section('SEE ALSO', ...seeAlso(page, root)),
  ]
  return `${lines.join('\n')}\n`
}

/** The words that all the other pages use. */
function concepts(version: string): string {
  const { summary, sections } = TOPICS.concepts!
  const lines = [
    '.\\" Written by `npm run docs` from src/cli/topics.ts: changes belong there.',
    `.TH KEYRITE\\-CONCEPTS 7 ${DATE} "keyrite ${version}" "Keyrite Manual"`,
    ...section('NAME', `keyrite\\-concepts \\- ${literal(summary)}`),
    ...sections.flatMap(({ title, entries }) =>
      section(title.toUpperCase(), ...entries.flatMap(([term, text]) => entry(bold(term), text))),
    ),
    ...section('SEE ALSO', `${bold('keyrite')}(1)`),
  ]
  return `${lines.join('\n')}\n`
}

/** Name and text of each page: keyrite itself, every command that does something, and the concepts. */
export const manuals = (root: Page, version: string): [name: string, text: string][] => [
  ...[root, ...leaves(root)].map((page): [string, string] => [`${nameOf(page)}.1`, manual(page, root, version)]),
  ['keyrite-concepts.7', concepts(version)],
]
