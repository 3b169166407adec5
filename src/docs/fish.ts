// Completion for fish. Words and flags stand in the script; only names of keys and partitions are asked for.
import { takers } from './bash.ts'
import { type Flag, type Page, pages } from './tree.ts'
import type { Values } from './values.ts'

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`

function offers(values: Values, root: Page): string {
  if (values === 'nothing') return ' -x'
  if (values === 'commands') return offers({ words: root.below.map(({ path }) => path.at(-1)!) }, root)
  if (values === 'files') return ' -r -F'
  if (values === 'folders') return " -x -a '(__fish_complete_directories (commandline -ct))'"
  if ('ask' in values) return ` -x -a '(__keyrite_ask ${values.ask})'`
  return ` -x -a ${quoted(values.words.join(' '))}`
}

const when = (test: string, { path }: Page): string => ` -n '${[test, ...path].join(' ')}'`

function flag(page: Page, { short, long, value, values, about }: Flag, root: Page): string {
  const letter = short ? ` -s ${short.slice(1)}` : ''
  const taken = value === undefined ? '' : offers(values, root)
  return `complete -c keyrite${when('__keyrite_under', page)}${letter} -l ${long.slice(2)}${taken} -d ${quoted(about)}`
}

const word = (page: Page, below: Page): string =>
  `complete -c keyrite${when('__keyrite_at', page)} -a ${below.path.at(-1)} -d ${quoted(below.summary)}`

function operand(page: Page, root: Page): string[] {
  const values = page.operands[0]?.values ?? 'nothing'
  if (values === 'nothing') return []
  return [`complete -c keyrite${when('__keyrite_at', page)}${offers(values, root).replace(/^ -[rx]/, '')}`]
}

const lines = (page: Page, root: Page): string[] => [
  ...page.below.map((below) => word(page, below)),
  ...operand(page, root),
  ...page.flags.filter((one) => page === root || one.long !== '--help').map((one) => flag(page, one, root)),
]

export const fish = (root: Page): string => `\
# Completion of keyrite for fish. Copy it into ~/.config/fish/completions.
# Written by \`npm run docs\` from the command tree: changes belong there.

# The words so far, without flags and their values.
function __keyrite_words
    set -l words (commandline -opc)
    set -e words[1]
    set -l value no
    for word in $words
        if test $value = yes
            set value no
            continue
        end
        switch $word
            case ${takers(root).join(' ')}
                set value yes
            case '-*'
            case '*'
                echo -- $word
        end
    end
end

function __keyrite_at
    set -l line (__keyrite_words | string join ' ')
    test "$line" = "$argv"
end

function __keyrite_under
    set -l line (__keyrite_words | string join ' ')
    test -z "$argv"; or string match -q -- "$argv *" "$line "
end

# Names from the ledgers; nothing where they can't be read.
function __keyrite_ask
    set -l words (commandline -opc)
    set -l home
    set -l flag
    for word in $words
        if set -q flag[1]
            set -a home $flag $word
            set flag
        else if contains -- $word --home --partition
            set flag $word
        else if string match -q -r -- '^--(home|partition)=' $word
            set -a home $word
        end
    end
    $words[1] $home complete $argv[1] (commandline -ct) 2>/dev/null
end

complete -c keyrite -f
${pages(root)
  .flatMap((page) => lines(page, root))
  .join('\n')}
`
