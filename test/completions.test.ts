// A Tab in bash, zsh and fish: the shells themselves say what they would offer, and it is the same in all three.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { NOWHERE } from '../src/change/copies/wishes.ts'
import { planState } from '../src/change/operations/change-state.ts'
import { planDestruction } from '../src/change/operations/destroy-key.ts'
import type { KeyriteError } from '../src/domain/errors.ts'
import type { History } from '../src/domain/history.ts'
import { parseKeyVersion } from '../src/domain/names.ts'
import type { StateOp } from '../src/domain/plan.ts'
import { ledgersOf } from '../src/ledger/ledgers.ts'
import { sample } from './support/full.ts'
import { perform } from './support/in-process.ts'
import { runProgram } from './support/keyrite.ts'
import { partition, type TestPartition } from './support/partition.ts'
import { inRepo } from './support/paths.ts'
import { spawnTerminal } from './support/terminal.ts'

const NOUNS =
  'app audit backup ceremony cert completion config custodian doctor help inspect key manifest member monitor partition plan quorum report share station token version'
const VERBS =
  'activate compromise deactivate deliver destroy export generate import import-request list promote public publish restore resume rotate show sign suspend withdraw'

/** What is typed before the Tab, and what is offered. */
const OFFERS: readonly (readonly [typed: string, offered: string])[] = [
  ['keyrite ', NOUNS],
  ['keyrite com', 'completion'],
  ['keyrite completion z', 'zsh'],
  ['keyrite --color n', 'never'],
  ['keyrite help k', 'key'],
  ['keyrite key ', VERBS],
  ['keyrite --json key ro', 'rotate'],
  ['keyrite key rotate ', 'card'],
  ['keyrite key rotate card ', ''],
  ['keyrite key show c', 'card card#1 card#2'],
  ['keyrite key activate ', 'paid/next#1'],
  ['keyrite key deactivate ', 'card#2 paid/signing#1'],
  ['keyrite key destroy ', 'card#1 paid/next#1 paid/signing#1'],
  ['keyrite key destroy card#1 --confirm c', 'card#1'],
  ['keyrite key generate ', ''],
  ['keyrite key generate x --type a', 'aes-128 aes-192 aes-256'],
  ['keyrite key generate x --type=a', 'aes-128 aes-192 aes-256'],
  ['keyrite key generate x --usage w', 'wrap'],
  ['keyrite key list --state s', 'suspended'],
  ['keyrite key list -o j', 'json'],
  ['keyrite key list --sort a', 'age'],
  ['keyrite key rotate card --reason ', ''],
  ['keyrite key rotate card --rea', '--reason'],
  ['keyrite key rotate --share shares --rea', '--reason'],
  ['keyrite key rotate card --ho', '--home'],
  ['keyrite audit verify --anc', '--anchor'],
  ['keyrite key list --anc', '--anchor'],
  ['keyrite key rotate --anc', ''],
  ['keyrite --partition ', 'pay'],
  ['keyrite --home many --partition ', 'other pay'],
  ['keyrite --home many key rotate ', ''],
  ['keyrite --home many --partition pay key rotate ', 'card'],
  ['keyrite --home=many --partition=pay key rotate ', 'card'],
  ['keyrite key rotate --home many --partition pay c', 'card'],
  ['keyrite --home absent key rotate ', ''],
  ['keyrite --home broken key rotate ', ''],
  ['keyrite backup show pay', 'pay.backup pay.backup.ledger'],
  ['keyrite key rotate card --share pay', 'pay.backup pay.backup.ledger'],
  ['keyrite key rotate card --passphrase-file alice=pay', 'pay.backup pay.backup.ledger'],
  ['keyrite partition init p --shares-dir sh', 'shares'],
  ['keyrite partition init p --shares-dir pay', ''],
]

/** What the program offers it offers to each shell: all of it to bash, and half of it to each of the others. */
const ROWS = {
  bash: OFFERS,
  zsh: sample(OFFERS, (_, i) => i % 2 === 0),
  fish: sample(OFFERS, (_, i) => i % 2 === 1),
}

let place: TestPartition
before(async () => {
  place = await partition()
  const approved = place.approvedBy('alice', 'bob')
  const change = (...args: string[]) => place.data('key', ...args, ...approved)
  await change('rotate', 'card')
  await change('generate', 'paid/signing', '--type', 'ec-p256')
  await change('suspend', 'paid/signing', '--reason', 'rest')
  await change('generate', 'paid/next', '--type', 'aes-256', '--activate-at', '2099-01-01T00:00:00Z')
  for (const copy of ['many', 'broken']) cpSync(place.home, place.path(copy), { recursive: true })
  cpSync(place.path('many', 'pay'), place.path('many', 'other'), { recursive: true })
  writeFileSync(place.path('broken', 'pay', 'ledger.jsonl'), 'nothing of ours\n', { mode: 0o600 })
  for (const name of ['pay.backup', 'pay.backup.ledger']) writeFileSync(place.path(name), '')
  for (const [shell, rows] of Object.entries(ROWS))
    writeFileSync(place.path(`typed-in-${shell}`), rows.map(([typed]) => `${typed}\n`).join(''))
})
after(() => place[Symbol.dispose]())

const inShell = (shell: string, args: string[]) =>
  runProgram(shell, args, { cwd: place.folder.dir, home: place.home, env: place.folder.env })

const BASH = `
source "$1"
while IFS= read -r line; do
  read -ra COMP_WORDS <<<"\${line//=/ = }"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _keyrite keyrite
  printf '%s\\n' "\${COMPREPLY[@]}" END
done <typed-in-bash`

const FISH = `
source $argv[1]
while read -l line
  complete -C "$line" | string replace -r '\\t.*' ''
  echo END
end <typed-in-fish`

/** zsh completes in its line editor only. compadd is what every completion ends in. */
const ZSHRC = (completions: string) => `
PS1='ready> '
LISTMAX=10000
fpath=(${completions} $fpath)
autoload -Uz compinit
compinit -D -u
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  found+=("\${hits[@]}")
  builtin compadd "$@"
}
answer() {
  local line
  local -a found
  for line in "\${(@f)$(<typed-in-zsh)}"; do
    found=()
    BUFFER=$line CURSOR=$#line
    zle list-choices
    print -rl -- "\${found[@]}" END >>answers
  done
  exit
}
zle -N answer
bindkey '^T' answer`

async function zsh(): Promise<string> {
  mkdirSync(place.path('zsh'))
  writeFileSync(place.path('zsh', '.zshrc'), ZSHRC(inRepo('completions')))
  const env = { ...place.folder.env, ZDOTDIR: place.path('zsh') }
  using terminal = spawnTerminal(['-i'], { program: 'zsh', cwd: place.folder.dir, home: place.home, env })
  await terminal.waitFor(/ready> /)
  terminal.type('\x14')
  await terminal.exit
  assert.doesNotMatch(terminal.screen(), /not found|no such|keyrite: /)
  return readFileSync(place.path('answers'), 'utf8')
}

async function quietly(shell: string, args: string[]): Promise<string> {
  const { stdout, stderr } = await inShell(shell, args)
  assert.equal(stderr, '')
  return stdout
}

const SHELLS: Record<keyof typeof ROWS, () => Promise<string>> = {
  bash: () => quietly('bash', ['-c', BASH, 'bash', inRepo('completions/keyrite.bash')]),
  zsh,
  fish: () => quietly('fish', ['--no-config', '-c', FISH, inRepo('completions/keyrite.fish')]),
}

/** Shells differ in what they quote, in whether they repeat "alice=" and end a folder with a slash, and zsh shows flags where nothing else can come. */
function bare(typed: string, told: string): string {
  const words = told.split('\n').map((word) => word.replace(/^[^/]*=|\\(?=#)|\/$/g, ''))
  const wanted = words.filter((word) => word !== '' && (!word.startsWith('-') || / -\S*$/.test(typed)))
  return [...new Set(wanted)].sort().join(' ')
}

describe('a Tab', { concurrency: 2 }, () => {
  for (const [name, answers] of Object.entries(SHELLS)) {
    test(`in ${name}`, async () => {
      const rows = ROWS[name as keyof typeof ROWS]
      const told = (await answers()).split(/^END\n/m).slice(0, -1)
      assert.deepEqual(
        rows.map(([typed], i) => [typed, bare(typed, told[i] ?? 'no answer')]),
        rows,
      )
    })
  }

  test('in bash, typed by a person', async () => {
    const options = { program: 'bash', cwd: place.folder.dir, home: place.home, env: place.folder.env }
    using terminal = spawnTerminal(['--noprofile', '--norc', '-i'], options)
    terminal.type(`PS1='ready> '; source ${inRepo('completions/keyrite.bash')}\r`)
    await terminal.waitFor(/\nready> /)
    terminal.type('keyrite --home=many --partition=pa\tkey destr\tcard#\t')
    await terminal.waitFor(/--partition=pay key destroy card#1 /)
  })
})

const SOURCES = { clock: () => new Date(), random: (length: number) => new Uint8Array(length) }
const INPUTS = { sources: SOURCES, lifetime: 60_000, module: { path: '/module', sha256: '' } }

/** Whether the verb would plan it. A pre-active key is offered before its time too. */
function accepted(verb: string, word: string, history: History): boolean {
  const key = parseKeyVersion(word)
  try {
    if (verb === 'destroy') planDestruction({ key, leavesCopies: false }, history, INPUTS)
    else planState({ op: `key.${verb}` as StateOp, key, processing: false }, history, INPUTS, NOWHERE)
    return true
  } catch (error) {
    return (error as KeyriteError).code === 'ACTIVATE-AT'
  }
}

describe('what a Tab asks', { concurrency: 2 }, () => {
  const complete = (args: string[]) => perform(args, { home: place.home, cwd: place.folder.dir })

  test('it offers exactly the keys that the verb accepts', async () => {
    const all = (await complete(['complete', 'show'])).stdout.split('\n').filter((word) => word.includes('#'))
    const { history } = ledgersOf({
      pid: process.pid,
      clock: SOURCES.clock,
      tool: { name: 'keyrite', version: '0' },
      host: { user: 'ops', name: 'host' },
    })
      .choose(place.home, undefined)
      .openLedger()
    for (const verb of ['activate', 'suspend', 'resume', 'deactivate', 'compromise', 'destroy']) {
      const offered = (await complete(['complete', verb])).stdout.split('\n')
      for (const word of all) {
        assert.equal(offered.includes(word), accepted(verb, word, history), `${verb} ${word}`)
      }
    }
  })

  test('where there is nothing to read it says nothing', async () => {
    for (const args of [
      ['--home', 'absent', 'complete', 'show'],
      ['--home', 'broken', 'complete', 'show'],
      ['--partition', 'nope', 'complete', 'rotate'],
      ['complete', 'nonsense'],
    ]) {
      const { code, stdout, stderr } = await complete(args)
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' }, args.join(' '))
    }
  })
})
