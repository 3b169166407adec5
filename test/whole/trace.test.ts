// --trace: each call of a whole life stands there, up to the one in which a module dies; and no secret, nor a label, does.
import assert from 'node:assert/strict'
import { createDecipheriv } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { toBase32 } from '../../src/domain/encoding.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import { spellings } from '../support/leaks.ts'
import { scripted } from '../support/module.ts'
import { blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { groupSecret } from '../support/raw.ts'
import { leaveOutRsa, loseTokens, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const LABEL = 'payments/card-dek'

let place: TestPartition
const traces = new Map<string, Buffer>()
let secrets: [what: string, value: Buffer][]

async function traced(...args: string[]): Promise<void> {
  const file = place.path(`${args.slice(0, 2).join('-')}.trace`)
  await place.data(...args, '--trace', file)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  traces.set(args.slice(0, 2).join(' '), readFileSync(file))
}

before(async () => {
  place = blank()
  const by = place.approvedBy('alice', 'bob')
  const backup = place.path('pay.backup')
  await traced(...initArgs(place))
  await traced('key', 'generate', LABEL, '--type', 'aes-256', ...by)
  await place.data(
    'key',
    'generate',
    `${LABEL}/pair`,
    '--type',
    'ec-p256',
    '--count',
    '8',
    ...by,
    '--trace',
    place.path('8'),
  )
  traces.set('eight at once', readFileSync(place.path('8')))
  await traced('key', 'rotate', LABEL, ...by)
  await traced('backup', 'create', backup, ...by)
  loseTokens(place.folder)
  const how = ['--module', softhsm, '--checkpoint', place.path('home', 'pay', 'checkpoint'), '--confirm', 'pay']
  await traced('backup', 'restore', backup, ...how, ...by)
  await traced('key', 'destroy', `${LABEL}#1`, '--confirm', `${LABEL}#1`, ...by)
  secrets = await secretsOf(backup)
})

/** Shares, PINs, the key of the backup, and the keys themselves, which that key opens. */
async function secretsOf(backup: string): Promise<[string, Buffer][]> {
  const { secret, uuid } = await groupSecret(place)
  const kek = Buffer.from(quorum.backupKek(secret, uuid).reveal())
  const shares = place.custodians.flatMap((name): [string, Buffer][] => {
    const text = readFileSync(place.share(name), 'utf8')
      .split('\n')
      .find((line) => line.startsWith('krs1'))!
    const payload = Buffer.from(quorum.parseShare(text).payload.reveal())
    return [
      [`the share of ${name}`, Buffer.from(text)],
      [`what it holds`, payload],
    ]
  })
  const pins = (['so', 'user'] as const).flatMap((role): [string, Buffer][] => {
    const bytes = Buffer.from(quorum.derivedPin(secret, uuid, role).reveal())
    return [
      [`the PIN of ${role}`, Buffer.from(toBase32(bytes))],
      [`its bytes`, bytes],
    ]
  })
  const keys = readFileSync(backup, 'utf8')
    .split('\n')
    .flatMap((line): [string, Buffer][] => {
      const { key } = JSON.parse(line || '{}')
      if (!key) return []
      const opener = createDecipheriv('id-aes256-wrap-pad', kek, Buffer.from('a65959a6', 'hex'))
      const value = Buffer.concat([opener.update(Buffer.from(key.blob, 'base64url')), opener.final()])
      return [
        [`the key ${key.name}#${key.version}`, value],
        [`a part of it`, value.subarray(-16)],
      ]
    })
  assert.equal(keys.length, 2 * 10)
  return [...shares, ...pins, ['the key of the backup', kek], ['the secret', Buffer.from(secret.reveal())], ...keys]
}

const leaksIn = (content: Buffer): string[] =>
  secrets.filter(([, secret]) => spellings(secret).some((spelling) => content.includes(spelling))).map(([what]) => what)

test('no share, PIN, key or label is in the trace of any step of a life', () => {
  for (const [step, trace] of traces) {
    assert.deepEqual(leaksIn(trace), [], step)
    assert.ok(!trace.includes('card-dek'), step)
  }
})

test('the search finds each of them where it was put', () => {
  const [trace] = traces.values()
  for (const [what, secret] of secrets)
    for (const spelling of spellings(secret)) assert.ok(leaksIn(Buffer.concat([trace!, spelling])).includes(what), what)
})

describe('what a trace tells', () => {
  const CALLED: [step: string, lines: RegExp[]][] = [
    [
      'partition init',
      [/^# keyrite \S+, partition init$/m, /^\d+ C_InitToken {2}slot \d+$/m, /^\d+ C_InitPIN {2}session \d+$/m],
    ],
    ['key generate', [/^(\d+) C_Login {2}session (\d+) {2}user 1\n\1 = CKR_OK \d+\.\d{3} ms$/m]],
    [
      'key rotate',
      [/^\d+ C_GenerateKey {2}session \d+ {2}CKM_AES_KEY_GEN {2}\[CKA_CLASS .*CKA_WRAP_WITH_TRUSTED.*\]$/m],
    ],
    ['backup create', [/^\d+ C_WrapKey {2}session \d+ {2}CKM_AES_KEY_WRAP_PAD {2}object \d+ {2}object \d+$/m]],
    ['backup restore', [/^\d+ C_UnwrapKey {2}session \d+ {2}CKM_AES_KEY_WRAP_PAD {2}object \d+ {2}\[/m]],
    ['key destroy', [/^(\d+) C_DestroyObject {2}session \d+ {2}object \d+\n\1 = CKR_OK /m]],
  ]
  for (const [step, lines] of CALLED)
    test(step, () => {
      for (const line of lines) assert.match(`${traces.get(step)}`, line)
    })
  test('calls that are made at once', () => {
    const lines = `${traces.get('eight at once')}`.split('\n')
    const made = lines.filter((line) => / C_GenerateKeyPair /.test(line)).map((line) => line.split(' ')[0])
    for (const number of made) assert.equal(lines.filter((line) => line.startsWith(`${number} = CKR_OK `)).length, 1)
    assert.ok(made.length >= 8)
  })
})

test('a module that dies: the last line is the call in which it did', async () => {
  using other = await partition()
  const { module, env } = scripted(['C_GenerateKey 1 abort if asks=CKA_WRAP_WITH_TRUSTED'])
  other.useModule(module)
  const generate = ['key', 'generate', 'x', '--type', 'aes-256', ...other.approvedBy('alice', 'bob')]
  const { code } = await other.keyrite([...generate, '--trace', other.path('trace')], { env })
  assert.notEqual(code, 0)
  assert.match(readFileSync(other.path('trace'), 'utf8'), /^\d+ C_GenerateKey {2}session .*\]\n$/m)
  assert.match(readFileSync(other.path('trace'), 'utf8').trimEnd().split('\n').at(-1)!, /^\d+ C_GenerateKey /)
})

test('a hint that repeats the command leaves the trace out: its file is there now', async () => {
  const { json } = await place.keyrite(['key', 'generate', 'y', '--trace', place.path('once')])
  assert.match(json.error.hint, /^keyrite key generate y --json --no-input --type TYPE$/)
})

test('a file that is there is not written into', async () => {
  writeFileSync(place.path('mine'), 'mine')
  const { code, json } = await place.keyrite(['key', 'list', '--trace', place.path('mine')])
  assert.deepEqual([code, json.error.code], [3, 'FILE-EXISTS'])
  assert.equal(readFileSync(place.path('mine'), 'utf8'), 'mine')
})
