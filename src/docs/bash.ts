// Completion for bash. Words and flags stand in the script; only names of keys and partitions are asked for.
import { type Flag, type Page, pages } from './tree.ts'
import type { Values } from './values.ts'

/** A line of a `case`: what is offered, and where. */
type Arm = readonly [pattern: string, act: string]

function actOf(values: Values, root: Page): string | undefined {
  if (values === 'nothing') return undefined
  if (values === 'commands') return actOf({ words: namesBelow(root) }, root)
  if (values === 'files') return '_keyrite_files -f'
  if (values === 'folders') return '_keyrite_files -d'
  if ('ask' in values) return `_keyrite_ask ${values.ask}`
  return `_keyrite_words '${values.words.join(' ')}'`
}

const namesBelow = (page: Page): string[] => page.below.map(({ path }) => path.at(-1)!)

/** `key rotate `, as the script keeps the words so far. */
const place = ({ path }: Page): string => path.map((word) => `${word} `).join('')

const spell = ({ short, long }: Flag): string[] => (short ? [short, long] : [long])

const arms = (found: readonly Arm[]): string => found.map(([pattern, act]) => `    ${pattern}) ${act} ;;\n`).join('')

/** What comes after a flag, by the flag and the words before it. */
const values = (root: Page): Arm[] =>
  pages(root).flatMap((page) =>
    page.flags.flatMap((flag): Arm[] => {
      const act = actOf(flag.values, root)
      return act === undefined ? [] : spell(flag).map((one): Arm => [`'${one} ${place(page)}'*`, act])
    }),
  )

const flags = (root: Page): Arm[] =>
  pages(root)
    .filter((page) => page !== root)
    .reverse()
    .map((page) => [`'${place(page)}'*`, `_keyrite_words "${page.flags.flatMap(spell).join(' ')} $all"`])

function operands(root: Page): Arm[] {
  return pages(root).flatMap((page): Arm[] => {
    if (page.below.length > 0) return [[`'${place(page)}'`, `_keyrite_words '${namesBelow(page).join(' ')}'`]]
    const act = actOf(page.operands[0]?.values ?? 'nothing', root)
    return act === undefined ? [] : [[`'${place(page)}'`, act]]
  })
}

/** The flags that take a value, wherever they stand. */
export const takers = (root: Page): string[] => [
  ...new Set(pages(root).flatMap((page) => page.flags.filter(({ value }) => value).flatMap(spell))),
]

export const bash = (root: Page): string => `\
# Completion of keyrite for bash. Source this file, or copy it as "keyrite" into a folder of bash-completion.
# Written by \`npm run docs\` from the command tree: changes belong there.

_keyrite_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_keyrite_files() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$cur")
}

# Names from the ledgers; nothing where they can't be read.
_keyrite_ask() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <("$keyrite" "\${home[@]}" complete "$1" "$cur" 2>/dev/null)
}

_keyrite() {
  local cur=\${COMP_WORDS[COMP_CWORD]} keyrite=\${1/#\\~\\//$HOME/} all='${root.flags.flatMap(spell).join(' ')}'
  local place='' flag='' last='' word i
  local -a home=()
  COMPREPLY=()
  # The words so far, without flags and their values. bash makes a word of its own of every "=".
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then
      flag=$last
    elif [[ $flag ]]; then
      case $flag in --home | --partition) home+=("$flag" "\${word/#\\~\\//$HOME/}") ;; esac
      flag=''
    else
      case $word in
        ${takers(root).join(' | ')})
          flag=$word last=$word
          ;;
        -*) last='' ;;
        *) place+="$word " ;;
      esac
    fi
  done
  [[ $cur == '=' ]] && flag=$last cur=''
  if [[ $flag ]]; then
    case "$flag $place" in
${arms(values(root))}    esac
    return
  fi
  if [[ $cur == -* ]]; then
    case "$place" in
${arms(flags(root))}    *) _keyrite_words "$all" ;;
    esac
    return
  fi
  case "$place" in
${arms(operands(root))}  esac
}

complete -F _keyrite keyrite
`
