// Across a replacement of custodians an older token, or an older ledger, is put back: no other PIN is tried, and the hint says what is likely.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { scripted } from '../support/module.ts'
import { leaveOutRsa } from '../support/softhsm.ts'
import { succession, TOGETHER } from '../support/succession.ts'

leaveOutRsa()

/** What was kept when, by its folder. */
const AT = ['first', 'staged', 'second'] as const
type Kept = (typeof AT)[number]

/** Which token lies beside which home, whose shares come, and what is refused. */
const PUT_BACK: readonly (readonly [tokens: Kept, home: Kept, shares: 1 | 2, code: string, told: RegExp])[] = [
  [
    ...(['first', 'second', 2, 'USER-PIN'] as const),
    /^shares of custodians, epoch 2, are in force since record \d+ of 20[-\d]+: likely this token was put back as it had been before, or this ledger is from before a later replacement; bring the newest of both, and restore only where somebody changed the PIN {2}# keyrite backup restore /,
  ],
  [
    ...(['second', 'first', 1, 'USER-PIN'] as const),
    /^likely this ledger is an older copy, from before custodians were replaced; bring the newest of both, .* {2}# keyrite backup restore /,
  ],
  [
    ...(['second', 'staged', 1, 'USER-PIN'] as const),
    /^shares of custodians, epoch 2, are staged since record \d+ of 20[-\d]+: likely they are in force by now, and this ledger is an older copy; bring /,
  ],
  [...(['second', 'staged', 2, 'SHARE-STAGED'] as const), /^bring the one of epoch 1$/],
  [...(['second', 'first', 2, 'SHARE-FOREIGN'] as const), /^bring the newest copy of the ledger, which has the bridge/],
]

test('USER-PIN: an older token or ledger is named as the likely cause, by what the ledger tells', async () => {
  const story = await succession(TOGETHER)
  using place = story.place
  const keep = (at: Kept) => {
    for (const one of ['tokens', 'home']) cpSync(place.path(one), place.path(`${one}.${at}`), { recursive: true })
  }
  const putBack = (one: 'tokens' | 'home', at: Kept) => {
    rmSync(place.path(one), { recursive: true })
    cpSync(place.path(`${one}.${at}`), place.path(one), { recursive: true })
  }
  await place.data('backup', 'create', place.path('1.backup'), ...story.all())
  keep('first')
  const first = story.set('custodians')
  const next = await story.stage('custodians')
  keep('staged')
  await story.replace(next)
  keep('second')
  for (const [tokens, home, epoch, rule, told] of PUT_BACK) {
    putBack('tokens', tokens)
    putBack('home', home)
    const before = readFileSync(place.ledger)
    const { code, json } = await place.keyrite(['key', 'rotate', 'card', ...story.by(epoch === 1 ? first : next)])
    assert.deepEqual([code, json.error.code, json.error.changed], [rule === 'USER-PIN' ? 4 : 3, rule, false])
    assert.match(json.error.hint, told)
    assert.doesNotMatch(json.error.message, /somebody/)
    // A share that was refused is noted, and nothing else.
    assert.ok(readFileSync(place.ledger).subarray(0, before.length).equals(before))
  }
  putBack('tokens', 'second')
  putBack('home', 'second')
  await place.data('key', 'rotate', 'card', ...story.all())
  const { module, env } = scripted(['C_Login * return CKR_PIN_LOCKED if user=1'])
  place.useModule(module)
  const locked = await place.keyrite(['key', 'rotate', 'card', ...story.all()], { env })
  assert.match(locked.json.error.message, /^the user PIN of this token is locked: somebody tried wrong ones/)
  assert.match(locked.json.error.hint, /^keyrite backup restore /)
})
