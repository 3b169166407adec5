// Backups that somebody touched: refused before a token is written to, whatever was touched and whoever signed it again.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { checkBackup } from '../../src/change/check-backup.ts'
import { footerMessage } from '../../src/domain/backup.ts'
import { canonical } from '../../src/domain/canonical.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { readBackup } from '../../src/ledger/backup-file.ts'
import { ledgersOf } from '../../src/ledger/ledgers.ts'
import { newSigner } from '../support/custody.ts'
import { FULL } from '../support/full.ts'
import type { Loose } from '../support/ledger.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { changes, snapshot } from '../support/snapshot.ts'
import { loseTokens, softhsm } from '../support/softhsm.ts'

const ledgers = ledgersOf({
  pid: process.pid,
  clock: () => new Date(),
  tool: { name: 'keyrite', version: '0.1.0' },
  host: { user: 'ops', name: 'host' },
})

let place: TestPartition
let other: TestPartition
let whole: Buffer
let lines: Loose[]

before(async () => {
  place = await partition()
  const by = place.approvedBy('alice', 'bob')
  await place.data('key', 'generate', 'sign', '--type', 'ec-p256', ...by)
  await place.data('key', 'generate', 'gone', '--type', 'aes-256', ...by)
  await place.data('backup', 'create', place.path('pay.backup'), ...by)
  await place.data('key', 'deactivate', 'gone', '--reason', 'done with', ...by)
  await place.data('key', 'destroy', 'gone#1', '--confirm', 'gone#1', ...by)
  whole = readFileSync(place.path('pay.backup'))
  lines = whole
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  loseTokens(place.folder)
})

const history = () => ledgers.copyAt(place.ledger).audit({ checkpoints: [] }).history

/** The rule by which a restore refuses these bytes, before it knows a token. */
function ruleOf(bytes: Uint8Array): string {
  const path = place.path('bent.backup')
  writeFileSync(path, bytes)
  try {
    const known = history()
    checkBackup(readBackup(path, known), known)
    return 'none'
  } catch (error) {
    if (error instanceof KeyriteError) return error.code
    throw error
  }
}

const restore = (file: string) =>
  place.keyrite(
    ['backup', 'restore', file, '--module', softhsm, '--no-checkpoint', '--confirm', 'pay'].concat(
      place.approvedBy('alice', 'bob'),
    ),
  )

/** The command says so too, and the token's files are as they were. */
async function refusedByCommand(bytes: Uint8Array): Promise<void> {
  const path = place.path('bent.backup')
  writeFileSync(path, bytes)
  const before = snapshot(place.path('tokens'))
  const { code, json, stderr } = await restore(path)
  assert.equal(code, 5, stderr)
  assert.equal(json.error.changed, false)
  assert.deepEqual(changes(before, snapshot(place.path('tokens'))), [])
}

/** Edited and signed again by somebody without the audit key, who may claim its id. */
function edited(edit: (lines: Loose[]) => void, claimsId: boolean): Buffer {
  const bent = structuredClone(lines)
  edit(bent)
  const content = bent
    .slice(0, -1)
    .map((line) => `${canonical(line)}\n`)
    .join('')
  const digest = createHash('sha256').update(content).digest()
  const stranger = newSigner('ES256')
  const { footer } = bent.at(-1)!
  footer.digest = toBase64url(digest)
  footer.signature.value = toBase64url(stranger.sign(footerMessage(digest)))
  if (!claimsId) footer.signature.key = stranger.key.id
  return Buffer.from(`${content}${canonical(bent.at(-1))}\n`)
}

const edits: [string, (lines: Loose[]) => void][] = [
  [
    'blobs swapped',
    ([_, one, other]) => {
      const { blob } = one.key
      one.key.blob = other.key.blob
      other.key.blob = blob
    },
  ],
  ['a key that may be shown', (all) => void (all[1].key.attributes.SENSITIVE = false)],
  ['a state made active again', (all) => void (all[2].key.state = 'compromised')],
  [
    'a key left out',
    (all) => {
      all.splice(1, 1)
      for (const counted of [all[0].header, all.at(-1)!.footer]) counted.keys--
    },
  ],
  ['another token', (all) => void (all[0].header.token = 'ffff')],
]

test('as it was written it holds', () => assert.equal(ruleOf(whole), 'none'))

// Each 41st byte, and every one in the full run.
test('a byte flipped anywhere: refused', () => {
  const step = FULL ? 1 : 41
  for (let at = 0; at < whole.length; at += step) {
    const bent = Buffer.from(whole)
    bent[at]! ^= 1 << (at % 8)
    assert.notEqual(ruleOf(bent), 'none', `byte ${at}`)
  }
})

test('cut at any line, or with something after its end: refused', () => {
  const text = whole.toString()
  for (let end = text.indexOf('\n'); end < text.length - 1; end = text.indexOf('\n', end + 1))
    assert.notEqual(ruleOf(whole.subarray(0, end + 1)), 'none', `cut at ${end}`)
  assert.notEqual(ruleOf(Buffer.concat([whole, Buffer.from('\n')])), 'none')
  assert.notEqual(ruleOf(whole.subarray(0, -1)), 'none')
})

for (const [what, edit] of edits) {
  test(`${what}, signed again without the audit key: refused`, () => {
    for (const claimsId of [false, true]) assert.equal(ruleOf(edited(edit, claimsId)), 'BACKUP-SIGNED')
  })
}

/** Every member of a value, with where it stands and the same of another value. */
function* others(value: Loose, at: string[] = []): Generator<[at: string[], bent: Loose]> {
  for (const [name, inner] of Object.entries<Loose>(value)) {
    const put = (other: unknown) => ({ ...structuredClone(value), [name]: other })
    if (Array.isArray(inner)) yield [[...at, name], put([...inner, ...inner, 'x'])]
    else if (typeof inner === 'object') for (const [path, bent] of others(inner, [...at, name])) yield [path, put(bent)]
    else
      yield [
        [...at, name],
        put(
          typeof inner === 'number'
            ? inner + 1
            : typeof inner === 'boolean'
              ? !inner
              : `${inner.startsWith('9') ? '8' : '9'}${inner.slice(1)}`,
        ),
      ]
  }
}

/** Only the shares can tell of them. */
const OF_SHARES = ['kek.check', 'blob']
const RULES: { [member: string]: string } = { partition: 'BACKUP-PARTITION', ledger: 'BACKUP-INTENT' }

test('backup verify passes what lies: no member of header or keys, though an audit key had signed it', () => {
  const known = history()
  const content = readBackup(place.path('pay.backup'), known)
  const refuses = (bent: object, code: string, says: RegExp) =>
    assert.throws(() => checkBackup({ ...content, ...bent }, known), { code, message: says })
  // Its format is the shape's.
  const { format: _, ...header } = content.header
  for (const [at, bent] of others(header)) {
    if (OF_SHARES.includes(at.join('.'))) continue
    const says = RULES[at[0]!] ? /backup/ : at[0] === 'created' ? /made at/ : new RegExp(`^${at[0]} in its header`)
    refuses({ header: { ...content.header, ...bent } }, RULES[at[0]!] ?? 'BACKUP-HEADER', says)
  }
  for (const [i, key] of content.keys.entries())
    for (const [at, bent] of others(key)) {
      if (OF_SHARES.includes(at.join('.'))) continue
      const name =
        at[0] === 'name' ? `9${key.name.slice(1)}#1` : at[0] === 'version' ? `${key.name}#2` : `${key.name}#1`
      refuses({ keys: content.keys.toSpliced(i, 1, bent) }, 'BACKUP-KEYS', new RegExp(`^${name} in the backup`))
    }
})

test('the command refuses a flipped byte, an edit signed again, and the backup of another partition', async () => {
  const flipped = Buffer.from(whole)
  flipped[whole.length >> 1]! ^= 1
  await refusedByCommand(flipped)
  await refusedByCommand(edited(edits[0]![1], true))
  other = await partition('sealed')
  await other.data('backup', 'create', other.path('other.backup'), ...other.approvedBy('alice', 'bob'))
  await refusedByCommand(readFileSync(other.path('other.backup')))
  const { json } = await place.keyrite(['backup', 'verify', other.path('other.backup')])
  assert.match(json.error.message, /it says that it is of partition pay \([0-9a-f-]{36}\), and the ledger is of pay \(/)
  assert.match(json.error.hint, /^give it the ledger of its own partition: --ledger FILE/)
})

test('the old backup does not bring back what was destroyed since', async () => {
  const { code, json, stderr } = await restore(place.path('pay.backup'))
  assert.equal(code, 0, stderr + JSON.stringify(json))
  const { keys } = await place.data('key', 'list')
  assert.ok(!keys.some((key: Loose) => key.name === 'gone' && key.state !== 'destroyed'))
  await place.data('partition', 'check', ...place.approvedBy('alice', 'carol'))
})
