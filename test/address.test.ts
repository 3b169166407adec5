// Hints that name a command: each gets the home and the partition that were given, once, and only where it looks into them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressed } from '../src/commands/address.ts'

const both = { home: '/my home', partition: 'pay' }

const rows: [hint: string, pasted: string][] = [
  ['keyrite key list', "keyrite --home '/my home' --partition pay key list"],
  ['see: keyrite key list', "see: keyrite --home '/my home' --partition pay key list"],
  [
    "keyrite key suspend 'a#1' && keyrite key resume 'a#1'",
    "keyrite --home '/my home' --partition pay key suspend 'a#1' && keyrite --home '/my home' --partition pay key resume 'a#1'",
  ],
  [
    'keyrite partition verify # or: keyrite key list',
    "keyrite --home '/my home' --partition pay partition verify # or: keyrite --home '/my home' --partition pay key list",
  ],
  ['keyrite --partition zoo partition recover', "keyrite --home '/my home' --partition zoo partition recover"],
  ['keyrite backup restore f --home /x --partition zoo', 'keyrite backup restore f --home /x --partition zoo'],
  ['keyrite partition list', "keyrite --home '/my home' partition list"],
  ['keyrite partition init pay --module m', "keyrite --home '/my home' partition init pay --module m"],
  ['keyrite token list --module m', 'keyrite token list --module m'],
  ['keyrite backup restore --help # onto an empty token', 'keyrite backup restore --help # onto an empty token'],
  ["cp '/of keyrite folders/a' b", "cp '/of keyrite folders/a' b"],
  ['please report this', 'please report this'],
]

for (const [hint, pasted] of rows) test(hint, () => assert.equal(addressed(hint, both), pasted))

test('what was not given is not said', () => assert.equal(addressed('keyrite key list', {}), 'keyrite key list'))
