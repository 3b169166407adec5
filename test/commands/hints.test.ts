// Hints that name a command: each gets the home and the partition that were given, once, and only where it looks into them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressed } from '../../src/commands/address.ts'

const both = { home: '/my home', partition: 'pay' }

const rows: [hint: string, pasted: string][] = [
  ['keyrite key list', "keyrite --home '/my home' --partition pay key list"],
  ['see: keyrite key list', "see: keyrite --home '/my home' --partition pay key list"],
  [
    "keyrite key suspend 'a#1' && keyrite key resume 'a#1'",
    "keyrite --home '/my home' --partition pay key suspend 'a#1' && keyrite --home '/my home' --partition pay key resume 'a#1'",
  ],
  [
    'keyrite partition check # or: keyrite key list',
    "keyrite --home '/my home' --partition pay partition check # or: keyrite --home '/my home' --partition pay key list",
  ],
  ['keyrite --partition zoo partition recover', "keyrite --home '/my home' --partition zoo partition recover"],
  ['keyrite backup restore f --home /x --partition zoo', 'keyrite backup restore f --home /x --partition zoo'],
  ['keyrite partition list', "keyrite --home '/my home' partition list"],
  ['keyrite partition init pay --module m', "keyrite --home '/my home' partition init pay --module m"],
  ['keyrite token list --module m', 'keyrite token list --module m'],
  ['keyrite backup restore --help # onto an empty token', 'keyrite backup restore --help # onto an empty token'],
  ["cp '/of keyrite folders/a' b", "cp '/of keyrite folders/a' b"],
  [
    "keyrite backup restore '/of keyrite folders/a' --module m",
    "keyrite --home '/my home' --partition pay backup restore '/of keyrite folders/a' --module m",
  ],
  [
    "keyrite backup restore '/a; b # c' --home /x --partition zoo",
    "keyrite backup restore '/a; b # c' --home /x --partition zoo",
  ],
  [
    "keyrite key suspend a --reason 'it'\\''s of keyrite key: keyrite key list'",
    "keyrite --home '/my home' --partition pay key suspend a --reason 'it'\\''s of keyrite key: keyrite key list'",
  ],
  [
    "keyrite backup restore $'/a\\'s keyrite \\x0a: keyrite key list' --module=m",
    "keyrite --home '/my home' --partition pay backup restore $'/a\\'s keyrite \\x0a: keyrite key list' --module=m",
  ],
  ['keyrite --partition keyrite key list', "keyrite --home '/my home' --partition keyrite key list"],
  ['another keyrite is at work', 'another keyrite is at work'],
  [
    "it can't, see: keyrite key list; it's new",
    "it can't, see: keyrite --home '/my home' --partition pay key list; it's new",
  ],
  ['please report this', 'please report this'],
]

for (const [hint, pasted] of rows) test(hint, () => assert.equal(addressed(hint, both), pasted))

test('who reads a copy goes on with it, where that can be read', () => {
  const rows: [hint: string, pasted: string][] = [
    ['keyrite audit verify', 'keyrite audit verify --ledger f'],
    ['see: keyrite key list', 'see: keyrite key list --ledger f'],
    ['keyrite key list --ledger g', 'keyrite key list --ledger g'],
    ['keyrite key show --help', 'keyrite key show --help'],
    ['keyrite partition recover', 'keyrite partition recover'],
  ]
  for (const [hint, pasted] of rows) assert.equal(addressed(hint, { ledger: 'f' }), pasted)
})

test('what was not given is not said', () => assert.equal(addressed('keyrite key list', {}), 'keyrite key list'))

const homes = [
  '/my home',
  '/srv/my keyrite data',
  '/a: keyrite key list',
  "/it's # here; keyrite key",
  '/new\nline',
  '/x:',
]
for (const home of homes) {
  test(`addressed once for good: ${JSON.stringify(home)}`, () => {
    for (const [hint] of rows) {
      for (const partition of ['pay', 'keyrite']) {
        const once = addressed(hint, { home, partition })
        assert.equal(addressed(once, { home, partition }), once)
      }
    }
  })
}
