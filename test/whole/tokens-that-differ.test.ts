// Tokens that have no word for some of what is asked, or no place for it: what they can do is found before anybody gets a share, told in the plan, and kept to.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { scriptEnv, testModule } from '../support/module.ts'
import { blank, initArgs, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'

const MAKES = 'C_GenerateKey,C_GenerateKeyPair,C_CreateObject,C_UnwrapKey'
const nameless = (attribute: string, error: string): string[] => [
  `${MAKES} * return ${error} if asks=${attribute}`,
  `C_GetAttributeValue * misses ${attribute}`,
]

const OLD = [
  ...nameless('CKA_COPYABLE', 'CKR_ATTRIBUTE_TYPE_INVALID'),
  ...nameless('CKA_DESTROYABLE', 'CKR_TEMPLATE_INCONSISTENT'),
  `${MAKES} * return CKR_ATTRIBUTE_READ_ONLY if asks=CKA_CHECK_VALUE`,
  // Of what we make, only data objects have it.
  'C_CreateObject * return CKR_ATTRIBUTE_VALUE_INVALID if asks=CKA_APPLICATION',
]

const BARE = [
  `${MAKES} * return CKR_TEMPLATE_INCONSISTENT if asks=CKA_TOKEN=false`,
  'C_CreateObject * return CKR_ATTRIBUTE_VALUE_INVALID if asks=CKA_APPLICATION',
  'C_GetMechanismList * without CKM_GENERIC_SECRET_KEY_GEN',
  'C_GenerateKey * return CKR_MECHANISM_INVALID if asks=CKA_KEY_TYPE=0x10',
  ...nameless('CKA_WRAP_WITH_TRUSTED', 'CKR_ATTRIBUTE_TYPE_INVALID'),
]

/** The place of a partition on a token that does as the lines say. */
async function begin(lines: readonly string[]) {
  const place = blank()
  const env = { ...place.folder.env, ...scriptEnv(lines) }
  const run = async (...args: string[]) => {
    const told = await place.keyrite(args, { env })
    assert.equal(told.code, 0, `${args.join(' ')}\n${told.stderr}`)
    return told
  }
  const init = initArgs(place).map((word) => (word === softhsm ? testModule() : word))
  const { stderr } = await run(...init)
  const by = place.approvedBy('alice', 'bob')
  return { place, plan: stderr, change: (...args: string[]) => run(...args, ...by), by, env }
}

const profileOf = (place: TestPartition) => place.records().findLast(({ type, token }) => token && type).profile

test('no COPYABLE, DESTROYABLE, empty CHECK_VALUE, and no data objects: the whole life', async () => {
  const { place, plan, change, env } = await begin(OLD)
  using _ = place
  assert.match(plan, /backups +of all but ed25519/)
  const { unknown, head, objects, broken } = place.records()[0].plan.profile
  const old = ['COPYABLE', 'DESTROYABLE']
  assert.deepEqual(unknown, { generate: ['CHECK_VALUE', ...old], create: old, unwrap: ['CHECK_VALUE', ...old] })
  assert.deepEqual([head, objects, broken], ['hmac-id', 'session', undefined])
  await change('key', 'generate', 'card', '--type', 'aes-256')
  await change('key', 'generate', 'many', '--type', 'aes-256', '--count', '8')
  await change('key', 'generate', 'sign', '--type', 'ec-p256')
  await change('key', 'rotate', 'card')
  await change('backup', 'create', place.path('b'))
  const where = ['--module', testModule(), '--no-checkpoint', '--confirm', 'pay', '--slot', await place.blankSlot()]
  const restored = await change('backup', 'restore', place.path('b'), ...where)
  assert.equal(restored.json.data.keys.length, 11)
  assert.equal(profileOf(place).head, 'hmac-id')
  assert.deepEqual((await change('partition', 'check')).json.data.findings, [])
  assert.equal((await place.keyrite(['audit', 'verify'], { env })).code, 0)
})

test('no objects of a session, data objects, HMAC keys or WRAP_WITH_TRUSTED: the plan says that there are no backups, and the rest works', async () => {
  const { place, plan, change, by, env } = await begin(BARE)
  using _ = place
  assert.match(
    plan.replaceAll(/\s+/g, ' '),
    /backups no backups are possible on this token, because C_CreateObject: CKR_TEMPLATE_INC/,
  )
  const { head, objects } = place.records()[0].plan.profile
  assert.deepEqual([head, objects], ['label', 'token'])
  const refused = await place.keyrite(['key', 'generate', 'card', '--type', 'aes-256', ...by], { env })
  assert.deepEqual([refused.code, refused.json.error.code], [3, 'BACKUP-POSSIBLE'])
  await change('key', 'generate', 'card', '--type', 'aes-256', '--no-backup')
  await change('key', 'rotate', 'card')
  assert.deepEqual((await change('partition', 'check')).json.data.findings, [])
  // Nobody is asked for what can't be, and the ledger has no refusal of somebody's.
  const before = place.records().length
  const { code, json } = await place.keyrite(['backup', 'create', place.path('b')], { env })
  assert.deepEqual([code, json.error.code, json.error.changed], [4, 'NO-KEY-WRAP', false])
  assert.match(json.error.message, /C_CreateObject: CKR_TEMPLATE_INC/)
  assert.match(json.error.hint, /keyrite partition check --renew-profile/)
  assert.equal(place.records().length, before)
  // By another library the ledger's word stands: without a login the token tells nothing.
  place.useModule(softhsm)
  const other = await place.keyrite(['backup', 'create', place.path('b')])
  assert.equal(other.json.error.code, 'NO-KEY-WRAP')
  await place.data('key', 'generate', 'other', '--type', 'aes-256', '--no-backup', ...by)
  const checked = await place.keyrite(['partition', 'check', ...by])
  assert.match(checked.stderr.replaceAll(/\s+/g, ' '), /without a login the token does not tell what it can do/)
  assert.match(JSON.stringify(place.records().at(-2)), /another than the one that it was tried out with, without/)
})

test('no SO once there is a user: accepted by name, and the user alone has a PIN', async () => {
  using place = blank()
  const init = initArgs(place).map((word) => (word === softhsm ? testModule() : word))
  // The first that logs in as SO gives the user the temporary PIN.
  const soOnce = { env: scriptEnv(['C_Login 2.. return CKR_USER_TYPE_INVALID if user=0']) }
  const refused = await place.keyrite(init, soOnce)
  assert.deepEqual([refused.code, refused.json.error.code], [6, 'TOKEN-WEAK'])
  assert.match(refused.json.error.message, /accepted that: no-so: /)
  const begun = await place.keyrite([...init, '--accept', 'no-so'], {
    env: scriptEnv(['C_Login 3.. return CKR_USER_TYPE_INVALID if user=0']),
  })
  assert.equal(begun.code, 0, begun.stderr)
  assert.match(begun.stderr.replaceAll(/\s+/g, ' '), /no backups are possible on this token/)
  const by = place.approvedBy('alice', 'bob')
  const never = { env: scriptEnv(['C_Login * return CKR_USER_TYPE_INVALID if user=0']) }
  for (const args of [
    ['key', 'generate', 'card', '--type', 'aes-256', '--no-backup'],
    ['partition', 'check'],
  ])
    assert.equal((await place.keyrite([...args, ...by], never)).code, 0, args.join(' '))
})

test('a weakness is accepted by name, or the token is let go', async () => {
  using place = blank()
  const weak = {
    env: scriptEnv([
      'C_CreateObject * drops CKA_TRUSTED',
      'C_GetAttributeValue * says CKA_TRUSTED=true if asks=CKA_TRUSTED',
    ]),
  }
  const init = initArgs(place).map((word) => (word === softhsm ? testModule() : word))
  const { code, json } = await place.keyrite(init, weak)
  assert.deepEqual([code, json.error.code, json.error.changed], [6, 'TOKEN-WEAK', true])
  assert.match(json.error.message, /user-trusted: .*; the blank token was initialised and holds nothing yet/)
  const another = {
    env: scriptEnv([
      'C_UnwrapKey * drops CKA_TRUSTED',
      'C_GetAttributeValue * says CKA_TRUSTED=true if asks=CKA_TRUSTED',
      // One pair of RSA tells all that is asked of them, and custodians wait for each.
      'C_GenerateKeyPair 2.. abort if asks=CKA_MODULUS_BITS',
    ]),
  }
  const { stderr } = await place.keyrite([...init, '--accept', 'user-trusted'], another)
  assert.match(stderr, /accepts +user-trusted: those who can log in as the user/)
  assert.deepEqual((await place.data('partition', 'show')).accepted, ['user-trusted'])
  // One that is to be erased tells without a login that it lets keys out.
  const letting = ['C_GenerateKey * makes CKA_EXTRACTABLE=true if asks=CKA_EXTRACTABLE=false']
  const lets = { env: scriptEnv(letting) }
  const other = init.map((word) =>
    word === 'pay' ? 'two' : word === place.path('shares') ? place.path('passphrases') : word,
  )
  const erase = await place.keyrite([...other, '--erase-token', place.serial, '--confirm', 'two'], lets)
  assert.deepEqual([erase.code, erase.json.error.code, erase.json.error.changed], [3, 'TOKEN-WEAK', false])
  // So does a blank one that gives a session.
  const asBlank = { env: scriptEnv([...letting, 'C_GetTokenInfo * flags -CKF_TOKEN_INITIALIZED']) }
  const { slots } = await place.data('token', 'list', '--module', softhsm, '--no-probe')
  const taken = await place.keyrite([...other, '--slot', String(slots[0].slot)], asBlank)
  assert.deepEqual([taken.code, taken.json.error.code, taken.json.error.changed], [3, 'TOKEN-WEAK', false])
})

const LIKE_OPENCRYPTOKI = [
  'C_GetTokenInfo * info serial=0000000000000000',
  'C_GetTokenInfo * info max-pin=8',
  'C_GetTokenInfo * flags CKF_SO_PIN_TO_BE_CHANGED -CKF_SO_PIN_LOCKED',
]

test('no serial, short PINs, an SO PIN that it has already: each is asked for before it is touched; a profile for others names nothing', async () => {
  using place = blank()
  const init = initArgs(place).map((word) => (word === softhsm ? testModule() : word))
  const pin = place.path('so.pin')
  writeFileSync(pin, '87654321\n', { mode: 0o600 })
  const asked = async (lines: readonly string[], ...more: string[]) => {
    const { code, json } = await place.keyrite([...init, ...more], { env: scriptEnv(lines) })
    return json.ok ? 'done' : `${code} ${json.error.code} ${json.error.changed}`
  }
  assert.equal(await asked(['C_GetTokenInfo * flags CKF_WRITE_PROTECTED']), '4 TOKEN-WRITABLE false')
  assert.equal(await asked(['C_GetInfo * info description=TPM2.0\\x20Cryptoki']), '3 TOKEN-WEAK false')
  assert.equal(
    await asked(['C_GetMechanismList * without CKM_EC_KEY_PAIR_GEN CKM_EDDSA CKM_RSA_PKCS_PSS']),
    '4 MECHANISM false',
  )
  assert.equal(await asked(LIKE_OPENCRYPTOKI), '4 SHORT-PIN false')
  assert.equal(await asked(LIKE_OPENCRYPTOKI, '--accept', 'short-pin'), '2 INPUT-MISSING false')
  const wrong = [...LIKE_OPENCRYPTOKI, 'C_InitToken 1 return CKR_PIN_INCORRECT']
  const given = ['--accept', 'short-pin', '--so-pin-file', pin]
  assert.equal(await asked(wrong, ...given), '3 SO-PIN false')
  assert.equal(await asked(LIKE_OPENCRYPTOKI, ...given), 'done')
  const [{ plan }] = place.records()
  assert.deepEqual([plan.profile.identity, plan.profile.pin, plan.accepted], ['label', 8, ['short-pin']])
  const calls = place.path('calls')
  const told = await place.keyrite(['token', 'profile', '--redact', '--trace', calls], {
    env: scriptEnv(LIKE_OPENCRYPTOKI),
  })
  assert.equal(told.code, 0, told.stdout)
  assert.ok(!readFileSync(calls, 'utf8').includes('C_FindObjects'), 'it looks for no object')
  for (const word of ['000000', 'pay', place.home]) assert.ok(!JSON.stringify(told.json).includes(word), word)
})

test('cut off before the SO PIN that a token had gives way: who gives up is told that it may have that still', async () => {
  using place = blank()
  const init = initArgs(place).map((word) => (word === softhsm ? testModule() : word))
  const pin = place.path('so.pin')
  writeFileSync(pin, '87654321\n', { mode: 0o600 })
  const cut = await place.keyrite([...init, '--so-pin-file', pin], { env: scriptEnv(['C_SetPIN 1 kill']) })
  assert.deepEqual([cut.code, cut.json.error.changed], [6, true], cut.stdout)
  const { stderr } = await place.keyrite([
    '--partition',
    'pay',
    'partition',
    'recover',
    '--abandon',
    '--confirm',
    'pay',
  ])
  assert.match(
    stderr.replaceAll(/\s+/g, ' '),
    /initialised and empty; its SO PIN is the one that was asked for, or that/,
  )
  const { slots } = await place.data('token', 'list', '--module', softhsm, '--no-probe')
  await place.data(...init, '--erase-token', slots[0].token.serial, '--so-pin-file', pin, '--confirm', 'pay')
})

const TAKES_20 = ['C_GetTokenInfo * info max-pin=20']

test('cut off while it was tried out, a token is emptied and goes on: some do not live through C_InitToken twice; by another library it is asked anew; PINs stay as long as they were', async () => {
  using place = blank()
  const init = initArgs(place).map((word) => (word === softhsm ? testModule() : word))
  const cut = await place.keyrite(init, { env: scriptEnv([...TAKES_20, 'C_WrapKey 3 kill']) })
  assert.equal(cut.code, 6, cut.stdout)
  const again = await place.keyrite(init, { env: scriptEnv([...TAKES_20, 'C_InitToken * return CKR_FUNCTION_FAILED']) })
  assert.equal(again.code, 0, again.stdout)
  assert.equal(place.records()[0].plan.profile.pin, 20)
  place.useModule(softhsm)
  const check = ['partition', 'check', ...place.approvedBy('alice', 'bob')]
  const notes = () => place.records().flatMap(({ type, text }) => (type === 'note' ? [text] : []))
  const { code, stderr } = await place.keyrite(check)
  assert.equal(code, 0)
  assert.match(stderr, /asks +the token again what it can do: the library/)
  assert.match(stderr, /^warning: the library is another than the one that this token was tried out with; asked again/m)
  assert.match(
    notes().at(-1),
    /^by the library with SHA-256 [0-9a-f]{64}, .*: nothing differs from what the ledger has/,
  )
  place.useModule(testModule())
  const shorter = await place.keyrite(check, { env: scriptEnv(['C_GetTokenInfo * info max-pin=19']) })
  assert.deepEqual([shorter.json.error.code, shorter.json.error.changed], ['SHORT-PIN', false])
  assert.doesNotMatch((await place.keyrite(check)).stderr, /^ +asks |the library is another/m)
})

test('a key that goes on working after its usage was taken away: no partition begins on such a token', async () => {
  using place = blank()
  const init = initArgs(place).map((word) => (word === softhsm ? testModule() : word))
  const lies = [
    'C_SetAttributeValue * makes CKA_ENCRYPT=true if asks=CKA_ENCRYPT=false',
    'C_GetAttributeValue * says CKA_ENCRYPT=false if CKA_DECRYPT=false CKA_CLASS=4',
  ]
  const { code, json } = await place.keyrite(init, { env: scriptEnv(lies) })
  assert.deepEqual([code, json.error.code, json.error.changed], [5, 'USAGE-KEPT', true], json.error.message)
  assert.match(json.error.hint, /no partition can begin on it; to let it go: .*--abandon$/)
})
