// Hints are data: each command of ours gets the home and the partition that were given, once, and only where it looks into them.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { refused } from '../../src/domain/errors.ts'
import { hintText } from '../../src/domain/hint-text.ts'
import { add, addressed, apart, type Hint, keyrite, sh, to } from '../../src/domain/hints.ts'
import { inRepo } from '../support/paths.ts'

const both = { home: '/my home', partition: 'pay' }
const AT = "keyrite --home '/my home' --partition pay"

const rows: [hint: Hint, pasted: string][] = [
  [keyrite('key', 'list'), `${AT} key list`],
  [to('see', keyrite('key', 'list')), `see: ${AT} key list`],
  [{ ...to('see', keyrite('key', 'list')), after: "it's new" }, `see: ${AT} key list; it's new`],
  [
    { lines: [keyrite('key', 'suspend', 'a#1'), keyrite('key', 'resume', 'a#1')] },
    `${AT} key suspend 'a#1' && ${AT} key resume 'a#1'`,
  ],
  [
    apart(keyrite('partition', 'check'), 'a word', to('or', keyrite('key', 'list'))),
    `${AT} partition check  # a word  # or: ${AT} key list`,
  ],
  [
    keyrite('--partition', 'zoo', 'partition', 'recover'),
    "keyrite --home '/my home' --partition zoo partition recover",
  ],
  [
    keyrite('backup', 'restore', 'f', '--home', '/x', '--partition', 'zoo'),
    'keyrite backup restore f --home /x --partition zoo',
  ],
  [keyrite('partition', 'list'), "keyrite --home '/my home' partition list"],
  [keyrite('partition', 'init', 'pay', '--module', 'm'), "keyrite --home '/my home' partition init pay --module m"],
  [keyrite('token', 'list', '--module', 'm'), 'keyrite token list --module m'],
  [apart(keyrite('backup', 'restore', '--help'), 'x'), 'keyrite backup restore --help  # x'],
  [sh('cp', '/of keyrite folders/a', 'b'), "cp '/of keyrite folders/a' b"],
  [sh('echo', 'a b', '>', '/c'), "echo 'a b' > /c"],
  [add('--slot', '3'), '--slot 3'],
  [add('NAME#V'), 'NAME#V'],
  [
    keyrite('key', 'suspend', 'a', '--reason', "it's new: keyrite key list"),
    `${AT} key suspend a --reason 'it'\\''s new: keyrite key list'`,
  ],
  [keyrite('--partition', 'keyrite', 'key', 'list'), "keyrite --home '/my home' --partition keyrite key list"],
  ['another keyrite is at work: see keyrite key list', 'another keyrite is at work: see keyrite key list'],
]

for (const [hint, pasted] of rows)
  test(pasted, () => {
    const once = addressed(hint, both)
    assert.equal(hintText(once), pasted)
    assert.deepEqual(addressed(once, both), once)
    assert.equal(hintText(addressed(hint, {})), hintText(hint))
  })

test('who reads a copy goes on with it, where that can be read', () => {
  const rows: [hint: Hint, pasted: string][] = [
    [keyrite('audit', 'verify'), 'keyrite audit verify --ledger f'],
    [to('see', keyrite('key', 'list')), 'see: keyrite key list --ledger f'],
    [keyrite('key', 'list', '--ledger', 'g'), 'keyrite key list --ledger g'],
    [keyrite('key', 'show', '--help'), 'keyrite key show --help'],
    [keyrite('partition', 'recover'), 'keyrite partition recover'],
  ]
  for (const [hint, pasted] of rows) assert.equal(hintText(addressed(hint, { ledger: 'f' })), pasted)
})

test('a share that was typed as words of a command is not repeated in a hint', () => {
  const share = ['krs1', ...Array.from({ length: 21 }, () => 'qpzr')]
  const { hint } = refused('KEY-STATE', 'x', keyrite('key', 'show', ...share, '--json'))
  assert.doesNotMatch(hintText(hint!), /qpzr/)
})

/** Examples, texts of topics, and comments are no hints; and `keyrite` may be at work, newer, or unknown. */
const NO_HINTS =
  /\$\{example\}|examples|topics|withExamples|^\s*(\/\/|\*|\/\*)|keyrite (help|key rotate payments)|\.(description|summary)\(/

test('no command of ours stands in a text of the source: it would be shown without the home', () => {
  const found = readdirSync(inRepo('src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^docs|examples|topics/.test(name))
    .flatMap((name) =>
      withoutExamples(readFileSync(inRepo('src', name), 'utf8'))
        .split('\n')
        .filter(
          (line) =>
            /['`: ]keyrite (-{2}\w+ \S+ )?(partition|key|backup|audit|token|quorum|config|doctor|inspect|station) /.test(
              line,
            ) || /['`: ]keyrite (doctor|inspect)\b/.test(line),
        )
        .filter((line) => !NO_HINTS.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    )
  assert.deepEqual(found, [])
})

const withoutExamples = (source: string): string =>
  source.replace(/withExamples\([\s\S]*?\n {2}\)$|withExamples\(.*$/gm, '')
