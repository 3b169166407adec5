// State by operation, as SP 800-57 has it: what is allowed leads there, and pkcs11-tool agrees about the flags of every
// half and about what works; what is refused changes nothing.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import type { KeyReport } from '../../src/domain/shapes.ts'
import { idOf, pkcs11Tool, tryPkcs11Tool } from '../support/foreign.ts'
import { sample } from '../support/full.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { clockAhead } from '../support/shims.ts'
import { changes, snapshot } from '../support/snapshot.ts'

/** Where each operation leads; what is not here is refused. */
const TABLE: Record<string, Record<string, string>> = {
  'pre-active': { activate: 'active', compromise: 'compromised', destroy: 'destroyed' },
  active: { suspend: 'suspended', deactivate: 'deactivated', compromise: 'compromised', rotate: 'deactivated' },
  suspended: { resume: 'active', deactivate: 'deactivated', compromise: 'compromised', destroy: 'destroyed' },
  deactivated: { compromise: 'compromised', destroy: 'destroyed' },
  compromised: { destroy: 'destroyed' },
  destroyed: {},
}
const VERBS = ['activate', 'suspend', 'resume', 'deactivate', 'compromise', 'destroy', 'rotate']

/** Lives of AES keys: together they pass every cell of the table, and some end in each state. `keep`: it may still process. */
const LIVES = {
  later: ['activate suspend resume deactivate compromise destroy', 'compromise destroy', 'destroy', ''],
  now: [
    'suspend deactivate',
    'deactivate destroy',
    'suspend compromise',
    'suspend destroy',
    'compromise',
    'suspend',
    'rotate',
    'keep',
  ],
}
/** Of the others, through every state. */
const FEWER_LIVES = { later: LIVES.later.slice(0, 1), now: ['rotate', 'keep'] }
const livesOf = (type: Type) => (type === 'aes-256' ? LIVES : FEWER_LIVES)

/** Usage in pkcs11-tool's words: while active, and of what only processes. Older releases pass over SIGN of secret keys. */
const TYPES = {
  'aes-256': { active: { Secret: 'encrypt, decrypt' }, processing: { Secret: 'decrypt' } },
  'hmac-sha256': { active: { Secret: 'verify' }, processing: { Secret: 'verify' } },
  'ec-p256': { active: { Private: 'sign', Public: 'verify' }, processing: { Private: 'none', Public: 'verify' } },
  'rsa-2048': {
    active: { Private: 'decrypt, sign', Public: 'encrypt, verify' },
    processing: { Private: 'decrypt', Public: 'verify' },
  },
}
type Type = keyof typeof TYPES
const types = sample(Object.keys(TYPES) as Type[], (type) => type === 'aes-256' || type === 'ec-p256')

const HOUR = 3600
let place: TestPartition
let by: string[]

before(async () => {
  place = await partition()
  by = place.approvedBy('alice', 'bob')
  const soon = new Date(Date.now() + HOUR * 1000).toISOString()
  for (const type of types) {
    const usage = type === 'rsa-2048' ? ['--usage', 'encrypt,decrypt,sign,verify'] : []
    const generate = (when: keyof typeof LIVES, ...more: string[]) => {
      const count = `${livesOf(type)[when].length}`
      return place.data('key', 'generate', `${type}/${when}`, '--type', type, '--count', count, ...more, ...by)
    }
    await generate('later', '--activate-at', soon, ...usage)
    await generate('now', ...usage)
  }
})

function words(verb: string, name: string): string[] {
  if (verb === 'rotate') return ['key', 'rotate', name, ...by]
  if (verb === 'destroy') return ['key', 'destroy', `${name}#1`, '--confirm', `${name}#1`, ...by]
  const how = verb === 'keep' ? ['compromise', '--allow-processing'] : [verb]
  return ['key', ...how, `${name}#1`, '--reason', 'the table says so', ...by]
}

/** Every file of the partition, its token's included. */
const everything = () => snapshot(place.folder.dir)

async function isRefused(verb: string, name: string, rule: string): Promise<void> {
  const { code, json } = await place.keyrite(words(verb, name))
  const told = { code, rule: json.error.code, changed: json.error.changed }
  assert.deepEqual(told, { code: 3, rule, changed: false }, `${verb} ${name}: ${json.error.message}`)
}

/** What pkcs11-tool says of the halves with this id. */
async function usageOnToken(id: string): Promise<Record<string, string>> {
  const objects = (await pkcs11Tool(place, ['--list-objects'])).split(/^(?=\w+ Key Object|Data object)/m)
  const halves = objects.filter((object) => object.includes(id))
  const usage = (object: string) => /Usage: +(.*)/.exec(object)![1]!
  return Object.fromEntries(
    halves.map((object) => {
      const [half] = object.split(' ')
      return [half!, half === 'Secret' ? usage(object).replace('sign, ', '') : usage(object)]
    }),
  )
}

const cbc = ['--mechanism', 'AES-CBC-PAD', '--iv', '000102030405060708090a0b0c0d0e0f']
const signs = (mechanism: string) => ['--sign', '--verify'].map((verb) => [verb, '--mechanism', mechanism])

/** How pkcs11-tool makes something with a key, and how it processes that. */
const USES: Record<Type, string[][]> = {
  'aes-256': ['--encrypt', '--decrypt'].map((verb) => [verb, ...cbc]),
  'hmac-sha256': signs('SHA256-HMAC'),
  'ec-p256': signs('ECDSA'),
  'rsa-2048': signs('SHA256-RSA-PKCS'),
}

/** What pkcs11-tool says when the token lets the key do it. Any other failure than that is one of the test. */
async function allowed(id: string, use: string[], ...files: string[]): Promise<string | undefined> {
  const { code, stdout, stderr } = await tryPkcs11Tool(place, [...use, '--id', id, ...files])
  if (code === 0) return `${stdout}${stderr}`
  assert.match(stderr, /C_(Encrypt|Decrypt|Sign|Verify)Init failed: rv = CKR_KEY_FUNCTION_NOT_PERMITTED/)
  return undefined
}

const text = Buffer.from('what was said in an active state')

/** Of `makes` and `processes`. What was made while a key was active is what it processes later; before that, anything. */
async function whatWorks(type: Type, id: string): Promise<string[]> {
  const [data, fresh, made, opened] = ['data', 'fresh', `made-${id}`, 'opened'].map((name) => place.path(name))
  const [make, process] = USES[type]
  writeFileSync(data!, text)
  const makes = await allowed(id, make!, '--input-file', data!, '--output-file', fresh!)
  if (makes) renameSync(fresh!, made!)
  else if (!existsSync(made!)) writeFileSync(made!, Buffer.alloc(64))
  const deciphers = process!.includes('--decrypt')
  const files = deciphers
    ? ['--input-file', made!, '--output-file', opened!]
    : ['--input-file', data!, '--signature-file', made!]
  const processes = await allowed(id, process!, ...files)
  if (processes && deciphers) assert.deepEqual(readFileSync(opened!), text)
  if (processes && !deciphers) assert.match(processes, /Signature is valid/)
  return [...(makes ? ['makes'] : []), ...(processes ? ['processes'] : [])]
}

/** The token's side of a state. A `kept` key is compromised, but goes on processing. */
async function agrees(type: Type, name: string, state: string): Promise<void> {
  const id = idOf(place, name)
  const told = await usageOnToken(id)
  const halves = Object.keys(TYPES[type].active)
  const which = { active: 'active', suspended: 'processing', deactivated: 'processing', kept: 'processing' }[state]
  const none = Object.fromEntries(halves.map((half) => [half, 'none']))
  const wanted = state === 'destroyed' ? {} : which ? TYPES[type][which as 'active' | 'processing'] : none
  assert.deepEqual(told, wanted, `${name}, ${state}`)
  if (state === 'destroyed') return
  const works = which === 'active' ? ['makes', 'processes'] : which ? ['processes'] : []
  assert.deepEqual(await whatWorks(type, id), works, `${name}, ${state}`)
}

const passed = new Set<string>()
const ended = new Map<string, string>()

/** One allowed operation. Gives the state that it led to. */
async function step(verb: string, name: string, from: string): Promise<string> {
  const op = verb === 'keep' ? 'compromise' : verb
  const to = TABLE[from]![op]!
  const { code, json, stderr } = await place.keyrite(words(verb, name), {
    env: op === 'activate' ? clockAhead(2 * HOUR) : {},
  })
  assert.equal(code, 0, stderr)
  assert.equal(json.data.keys[0].state, to, `${verb} ${name}`)
  passed.add(`${from}, ${verb}`)
  return to
}

test('an activation before its time is refused', () => isRefused('activate', 'aes-256/later-1', 'ACTIVATE-AT'))

for (const type of types) {
  test(`${type}: each allowed operation, and the token agrees`, async () => {
    for (const [when, lives] of Object.entries(livesOf(type))) {
      for (const [i, life] of lives.entries()) {
        const name = `${type}/${when}-${i + 1}`
        let state = when === 'later' ? 'pre-active' : 'active'
        await agrees(type, name, state)
        for (const verb of life.split(' ').filter(Boolean)) {
          state = await step(verb, name, state)
          await agrees(type, name, verb === 'keep' ? 'kept' : state)
        }
        ended.set(name, state)
      }
    }
  })
}

test('a rotation leaves a new version that is active', async () => {
  for (const type of types) {
    const id = idOf(place, `${type}/now-${livesOf(type).now.indexOf('rotate') + 1}`, 2)
    assert.deepEqual(await usageOnToken(id), TYPES[type].active)
    assert.deepEqual(await whatWorks(type, id), ['makes', 'processes'])
  }
})

test('no cell was left out, and every other one is refused with nothing changed', async () => {
  const cells = Object.entries(TABLE)
    .flatMap(([state, to]) => Object.keys(to).map((verb) => `${state}, ${verb}`))
    .concat('active, keep')
  assert.deepEqual([...passed].sort(), cells.sort())
  const before = everything()
  const keys = [...ended].filter(([name]) => name.startsWith('aes')).concat([['card', 'active']])
  const refused = Object.keys(TABLE).flatMap((state) => {
    const [name] = keys.find(([, end]) => end === state)!
    return VERBS.filter((verb) => !TABLE[state]![verb]).map((verb) => ({ verb, name }))
  })
  assert.equal(refused.length, 28)
  for (const { verb, name } of refused) await isRefused(verb, name, 'KEY-STATE')
  assert.deepEqual(changes(before, everything()), [])
})

test('the ledger tells of each end, and the token holds what the ledger says', async () => {
  const { keys } = await place.data('key', 'list')
  const first = keys.filter(({ name, version }: KeyReport) => version === 1 && name !== 'card')
  const states = first.map(({ name, state }: KeyReport): [string, string] => [name, state])
  assert.deepEqual(new Map(states), ended)
  assert.deepEqual((await place.data('partition', 'check', ...by)).findings, [])
})
