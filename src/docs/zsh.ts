// Completion for zsh, by _arguments: it knows which flags were given already.
import type { Flag, Page } from './tree.ts'
import type { Values } from './values.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const inBrackets = (text: string): string => text.replaceAll(/[\\[\]]/g, '\\$&')
const beforeColon = (text: string): string => text.replaceAll(/[\\:]/g, '\\$&')

function action(values: Values, root: Page): string {
  if (values === 'nothing') return ' '
  if (values === 'commands') return action({ words: root.below.map(({ path }) => path.at(-1)!) }, root)
  if (values === 'files') return '_keyrite_files'
  if (values === 'folders') return '_path_files -/'
  // The blank keeps _arguments from putting words of its own before ours.
  return 'ask' in values ? ` _keyrite_ask ${values.ask}` : `(${values.words.join(' ')})`
}

const bare = (form: string): string => beforeColon(form.slice(1, -1))

function flag({ short, long, value, values, repeatable, about }: Flag, root: Page): string {
  const text = `[${inBrackets(about)}]${value === undefined ? '' : `:${bare(value)}:${action(values, root)}`}`
  if (short) return `'(${short} ${long})'{${short},${long}}${quoted(text)}`
  // With "=" both "--flag value" and "--flag=value".
  return quoted(`${repeatable ? '*' : ''}${long}${value === undefined ? '' : '='}${text}`)
}

const flags = (page: Page, root: Page): string[] => page.flags.map((one) => flag(one, root))

const functionOf = ({ path }: Page): string => ['_keyrite', ...path].join('_')

const below = (page: Page): string =>
  page.below.map(({ path, summary }) => `    ${quoted(`${path.at(-1)}:${summary}`)}\n`).join('')

const indented = (specs: readonly string[]): string => specs.map((spec) => ` \\\n    ${spec}`).join('')

/** A page that leads to others: its own words, then whatever the word says. */
const branch = (page: Page, root: Page): string => `\
${functionOf(page)}() {
  local curcontext=$curcontext state
  local -a words_below=(
${below(page)}  )
  _arguments -C${indented(page === root ? flags(root, root) : ['$_keyrite_all'])} \\
    '(-)1: :->word' '(-)*:: :->rest'
  case $state in
    word) _describe command words_below ;;
    rest) (( $+functions[${functionOf(page)}_$words[1]] )) && ${functionOf(page)}_$words[1] ;;
  esac
}
`

function leaf(page: Page, root: Page): string {
  const own = page.flags.filter(({ long }) => long !== '--help').map((one) => flag(one, root))
  const operands = page.operands.map(({ form, values }) => quoted(`1:${bare(form)}:${action(values, root)}`))
  return `${functionOf(page)}() {\n  _arguments $_keyrite_all${indented([...own, ...operands])}\n}\n`
}

const functions = (page: Page, root: Page): string[] => [
  page.below.length > 0 ? branch(page, root) : leaf(page, root),
  ...page.below.flatMap((child) => functions(child, root)),
]

export const zsh = (root: Page): string => `\
#compdef keyrite
# Completion of keyrite for zsh. Copy it into a folder of $fpath, under this name.
# Written by \`npm run docs\` from the command tree: changes belong there.

# Names from the ledgers; nothing where they can't be read.
_keyrite_ask() {
  local -a home names
  local i
  for ((i = 2; i < $#_keyrite_line; i++)); do
    case $_keyrite_line[i] in
      --home|--partition) home+=($_keyrite_line[i] "\${(Q)_keyrite_line[i+1]/#\\~\\//$HOME/}") ;;
      --home=*|--partition=*) home+=("\${(Q)_keyrite_line[i]}") ;;
    esac
  done
  names=("\${(@f)$("\${(Q)_keyrite_line[1]/#\\~\\//$HOME/}" $home complete $1 "$PREFIX" 2>/dev/null)}")
  names=(\${names:#})
  compadd -a names
}

# Also after "alice=".
_keyrite_files() {
  compset -P '*='
  _files "$@"
}

${functions(root, root)
  .join('\n')
  .replace(
    '_keyrite() {\n',
    `_keyrite() {\n  local -a _keyrite_line=("\${(@)words[1,CURRENT-1]}")\n  local -a _keyrite_all=(${flags(root, root)
      .map((spec) => `\n    ${spec}`)
      .join('')}\n  )\n`,
  )}
_keyrite "$@"
`
