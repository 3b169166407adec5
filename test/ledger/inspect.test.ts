// What a file is told to be, from its bytes alone: no secret of it is said, and a damaged one is called that.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { recordCode } from '../../src/domain/code.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { inspect } from '../../src/ledger/inspect.ts'
import { newCast } from '../support/cast.ts'
import { samples } from '../support/plan-samples.ts'
import { makeFolder } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'

const path = join(makeFolder('inspect'), 'file')
const told = (text: string | Uint8Array) => {
  writeFileSync(path, text)
  return inspect(path)
}

const story = Story.tell(await newCast())
const PIN = Buffer.alloc(20, 7).toString('base64url')

test('a ledger, whole and with a torn end', () => {
  const { kind, facts } = told(story.text)
  assert.equal(kind, 'ledger')
  assert.deepEqual([facts.records, facts.anchor], [story.lines.length, recordCode(story.leaves[0]!)])
  assert.deepEqual(told(`${story.text}{"record":`).facts, facts)
})

test('a plan, alone and as --dry-run --json shows it', () => {
  const plan = samples['partition.check']!
  const alone = told(`${JSON.stringify(Object.fromEntries(Object.entries(plan).sort()))}\n`)
  assert.deepEqual([alone.kind, alone.facts.op], ['plan', 'partition.check'])
  assert.deepEqual(told(`${JSON.stringify({ ok: true, data: { plan } })}\n`), alone)
})

test('what is noted of a beginning, and nothing secret of it', () => {
  const pending = {
    format: 'keyrite.pending/1',
    kind: 'init',
    stage: 'taken',
    name: 'pay',
    temporaryPin: PIN,
    token: 'abc',
  }
  const { kind, facts } = told(`${JSON.stringify(pending)}\n`)
  assert.deepEqual([kind, facts.name, facts.stage, facts.token], ['pending', 'pay', 'taken', 'abc'])
  assert.ok(!JSON.stringify(facts).includes(PIN))
})

for (const [text, kind] of [
  ['', 'unknown'],
  ['hello\n', 'unknown'],
  [Uint8Array.of(0x30, 0x82, 1, 0), 'unknown'],
  ['{"version":1}', 'settings'],
  ['-----BEGIN PRIVATE KEY-----\nAAAA\n', 'private-key'],
  ['AGE-SECRET-KEY-1QQQ\n', 'identity'],
  ['-----BEGIN AGE ENCRYPTED FILE-----\n', 'share'],
  ['# partition: 2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b\nkrs1q\n', 'share'],
  ['certificate of destruction\n\n', 'certificate'],
] as const)
  test(`${kind}: ${JSON.stringify(text.slice(0, 20))}`, () => {
    const found = told(text)
    assert.deepEqual([found.kind, found.facts], [kind, {}])
  })

for (const [text, code] of [
  ['{"header":{}}\n', 'BACKUP-SHAPE'],
  ['{"record":{}}\n', 'RECORD-SHAPE'],
  ['{"signature":\n', 'FILE-TEXT'],
  [`keyrite/${'a'.repeat(36)}\nx\n`, 'CHECKPOINT-SHAPE'],
] as const)
  test(`damaged: ${code}`, () => {
    const isSo = (error: unknown) => error instanceof KeyriteError && error.code === code && error.exit === 5
    assert.throws(() => told(text), isSo)
  })
