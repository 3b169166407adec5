// A partition whose library is another than before: what its token can do is found anew, approved by those who hold both its PINs, and gone by.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptEnv, testModule } from '../support/module.ts'
import { partition } from '../support/partition.ts'

/** It wraps no pair, makes none of RSA, and has no word for keys that others may not wrap. */
const LESS = [
  'C_GetMechanismList * without CKM_AES_KEY_WRAP_PAD CKM_RSA_PKCS_KEY_PAIR_GEN',
  'C_GenerateKey,C_GenerateKeyPair,C_CreateObject,C_UnwrapKey * return CKR_ATTRIBUTE_TYPE_INVALID if asks=CKA_WRAP_WITH_TRUSTED',
  'C_GetAttributeValue * misses CKA_WRAP_WITH_TRUSTED',
]

test('renewed, a profile is that of the token as it is now; what weakens it is accepted or not taken', async () => {
  using place = await partition('plain')
  const by = place.approvedBy('alice', 'bob')
  await place.data('key', 'generate', 'signs', '--type', 'ec-p256', ...by)
  const begun = place.records()[0].plan.profile
  place.useModule(testModule())
  const renew = (lines: string[], ...more: string[]) =>
    place.keyrite(['partition', 'check', '--renew-profile', ...by, ...more], { env: scriptEnv(lines) })
  const outcomes = () => place.records().filter(({ type }) => type === 'outcome')
  const findings = async () => (await place.data('partition', 'check', ...by)).findings

  // A token whose SO can't log in is not asked, and one that lets keys out is not taken silently.
  const { seq } = place.records().at(-1)
  const ill = await renew(['C_Login * return CKR_DEVICE_ERROR if user=0'])
  assert.deepEqual([ill.code, ill.json.error.changed, place.records().at(-1).seq], [4, false, seq])
  for (const most of [6, 31]) {
    const cutPin = await renew([`C_GetTokenInfo * info max-pin=${most}`])
    assert.deepEqual([cutPin.json.error.code, cutPin.json.error.changed], ['SHORT-PIN', false])
  }
  const dumb = await renew(['C_GetMechanismList * cut 0'])
  assert.match(dumb.json.error.message, /card#1 unproved/, 'a list of mechanisms that is gone says nothing of a key')
  const lies = await renew([LESS[0]!, 'C_WrapKey * flip'])
  assert.deepEqual([lies.code, lies.json.error.code, lies.json.error.changed], [4, 'RENEWAL-SURE', false])
  const weak = await renew(LESS)
  assert.deepEqual([weak.code, weak.json.error.code, weak.json.error.changed], [3, 'TOKEN-WEAK', false])
  assert.match(weak.json.error.hint, /--accept wrap-with-trusted/)
  assert.deepEqual([outcomes().at(-1).result, outcomes().at(-1).profile], ['failed', undefined])
  assert.equal((await place.data('partition', 'show')).profile.types['ec-p256'].wrap, 'kwp', 'it stays as it was')

  // What is accepted is told, and gone by.
  const less = await renew(LESS, '--accept', 'wrap-with-trusted')
  assert.equal(less.code, 0, less.stderr)
  assert.match(less.stderr, /accepts +wrap-with-trusted: whoever is logged in can take every exportable key out/)
  assert.ok(less.json.data.notes.some((note: string) => /^keys of ec-p256 are wrapped no more: /.test(note)))
  assert.ok(less.json.data.notes.includes('it keeps one rule less: wrap-with-trusted'))
  assert.deepEqual(outcomes().at(-1).profile.broken, ['wrap-with-trusted'])
  const made = await place.keyrite(['key', 'generate', 'other', '--type', 'ec-p256', ...by])
  assert.deepEqual([made.code, made.json.error.code], [3, 'BACKUP-POSSIBLE'])

  // As it was when the partition began, but for the library.
  const same = await renew([])
  assert.equal(same.code, 0, same.stderr)
  const { module, ...abilities } = outcomes().at(-1).profile
  assert.deepEqual([{ ...abilities, module: begun.module }, module === begun.module], [begun, false])
  assert.ok(same.json.data.notes.includes('it keeps one rule more: wrap-with-trusted'))
  assert.deepEqual(await findings(), [], 'no specimen stays')

  // Cut off in the middle it is recovered: what was made for it goes, and the ledger has what it had.
  const cut = await renew(['C_DestroyObject 3 kill if CKA_LABEL=keyrite/probe'])
  assert.equal(cut.code, 6, cut.stdout)
  const before = outcomes().length
  await place.data('partition', 'recover', ...by)
  assert.equal(outcomes().length, before + 1)
  assert.deepEqual(place.records().findLast(({ type }) => type === 'recovered').found, 'not done')
  assert.deepEqual(await findings(), [])
})

test('a weakness is accepted with what is found, and not without', async () => {
  using place = await partition('plain')
  const refused = await place.keyrite([
    ...['partition', 'check', '--accept', 'no-so'],
    ...place.approvedBy('alice', 'bob'),
  ])
  assert.deepEqual([refused.code, refused.json.error.hint.includes('--renew-profile')], [2, true])
})
