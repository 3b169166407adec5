// What forgers do who hold something: the folder, the station key, an old audit key, one share, or keys of their own throughout.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { recordCode } from '../../src/domain/code.ts'
import { checkHead } from '../../src/domain/head.ts'
import { auditText, checkpointOf, openText, ruleOf, verifyByCommand } from '../support/audit.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { textOf } from '../support/ledger.ts'
import { unverified } from '../support/rules.ts'
import { makeFolder } from '../support/softhsm.ts'
import { FAILED, Story } from '../support/story.ts'

let cast: Cast
let story: Story
let anchor: string
/** As long as the story was when the first audit key signed last. */
let early: number

before(async () => {
  cast = await newCast()
  story = Story.tell(cast, 80)
  anchor = recordCode(story.leaves[0]!)
  early = story.steps.get('backup done')! + 1
})

test('everything forged from the beginning: consistent, but not authenticated; the anchor finds it, and a checkpoint', async () => {
  const forged = Story.tell(await newCast(cast.partition), 80)
  const checkpoint = await checkpointOf(story.lines.slice(0, early), cast.partition, cast.audit)
  assert.equal(
    ruleOf(() => auditText(forged.text)),
    'none',
  )
  assert.equal(
    ruleOf(() => auditText(forged.text, { anchor })),
    'ANCHOR-MATCHES',
  )
  assert.equal(
    ruleOf(() => auditText(forged.text, { checkpoints: [checkpoint] })),
    'CHECKPOINT-SIGNED',
  )
  assert.equal((await verifyByCommand(forged.text)).json.data.verified, 'consistent, not authenticated')
  const found = await verifyByCommand(forged.text, ['--anchor', anchor.toLowerCase()])
  assert.deepEqual({ code: found.code, rule: found.json.error.code }, { code: 5, rule: 'ANCHOR-MATCHES' })
  assert.equal(
    (await verifyByCommand(story.text, ['--anchor', anchor])).json.data.verified,
    'authenticated by its anchor',
  )
})

test('the ledger of another partition: its checkpoint does not fit', async () => {
  const other = Story.tell(await newCast('2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2c'), 80)
  const checkpoint = await checkpointOf(story.lines, cast.partition, cast.newAudit)
  assert.equal(
    ruleOf(() => auditText(other.text, { checkpoints: [checkpoint] })),
    'CHECKPOINT-ORIGIN',
  )
})

test('the tail cut before, at and after what a checkpoint saw; the program says it too', async () => {
  const note = join(makeFolder('note'), 'checkpoint')
  writeFileSync(note, await checkpointOf(story.lines.slice(0, early), cast.partition, cast.audit))
  const verify = (lines: readonly string[]) => verifyByCommand(textOf(lines), ['--checkpoint', note])
  assert.equal((await verify(story.lines)).code, 0)
  assert.equal((await verify(story.lines.slice(0, early))).code, 0)
  const { code, json } = await verify(story.lines.slice(0, early - 2))
  assert.deepEqual({ code, rule: json.error.code }, { code: 5, rule: 'CHECKPOINT-BEHIND' })
})

test('an old audit key takes its token back out: a checkpoint of the new one finds it', async () => {
  const branch = story.branch(story.steps.get('restore')!)
  branch.move('later', 'key.suspend', 'sign/root#1', 'suspended')
  const checkpoint = await checkpointOf(story.lines, cast.partition, cast.newAudit)
  assert.equal(
    ruleOf(() => auditText(branch.text)),
    'none',
  )
  assert.equal(
    ruleOf(() => auditText(branch.text, { checkpoints: [checkpoint] })),
    'CHECKPOINT-SIGNED',
  )
  const ownCheckpoint = await checkpointOf(story.lines.slice(0, early), cast.partition, cast.audit)
  assert.equal(
    ruleOf(() => auditText(branch.text, { checkpoints: [ownCheckpoint] })),
    'none',
  )
})

test('an old audit key goes on after it was replaced', () => {
  const branch = story.branch(story.lines.length)
  branch.token = cast.newToken
  branch.generateKeys('later', ['later'], 'aes-256')
  assert.equal(
    ruleOf(() => auditText(branch.text)),
    'SIGNER-KNOWN',
  )
})

test('the station key drops refusals at the end and writes others: a checkpoint or the head finds it', async () => {
  const at = story.steps.get('denied while open 1')!
  const branch = story.branch(at)
  branch.note('nothing was refused')
  const checkpoint = await checkpointOf(story.lines.slice(0, at + 2), cast.partition, cast.audit)
  assert.equal(
    ruleOf(() => auditText(branch.text)),
    'none',
  )
  assert.equal(
    ruleOf(() => auditText(branch.text, { checkpoints: [checkpoint] })),
    'CHECKPOINT-BEHIND',
  )
  branch.note('nor here')
  assert.equal(
    ruleOf(() => auditText(branch.text, { checkpoints: [checkpoint] })),
    'CHECKPOINT-ROOT',
  )
})

/** Holds a ledger, read without its signatures, against the head that a token has: what a changing command does after login. */
function againstHead(branch: Story, at: number): void {
  const ledger = openText(branch.text)
  const head = { partition: cast.partition, seq: at, leaf: story.leaves[at]! }
  const { leaf, beyond } = ledger.since(at)
  checkHead(head, leaf, beyond)
}

test('beyond the head nothing passes that its key may not sign, though the ledger was read without signatures', () => {
  const open = story.steps.get('crash')!
  const forgeOutcome = (sign: (branch: Story) => void) => {
    const branch = story.branch(open + 1)
    sign(branch)
    return branch
  }
  const leaf = story.leaves[open]!
  const byStation = forgeOutcome((branch) => branch.outcome('forged', leaf, [], FAILED, cast.station))
  const byStranger = forgeOutcome((branch) => branch.outcome('forged', leaf, [], FAILED, cast.stranger))
  const underNote = forgeOutcome((branch) => {
    branch.outcome('forged', leaf, [], FAILED, null)
    branch.note('all is well')
  })
  const spoilt = forgeOutcome((branch) => {
    branch.outcome('forged', leaf, [], FAILED, cast.audit)
    branch.lines.push(branch.lines.pop()!.replace('"tool":{"name":"keyrite"', '"tool":{"name":"keyrita"'))
  })
  for (const branch of [byStation, byStranger, underNote, spoilt]) assert.doesNotThrow(() => openText(branch.text))
  assert.throws(() => againstHead(byStation, open), unverified('SIGNER-MAY'))
  assert.throws(() => againstHead(byStranger, open), unverified('SIGNER-KNOWN'))
  assert.throws(() => againstHead(underNote, open), unverified('SIGNER-MAY'))
  assert.throws(() => againstHead(spoilt, open), unverified('SIGNATURE-VALID'))
  const honest = forgeOutcome((branch) => branch.outcome('real', leaf, [], FAILED, cast.audit))
  assert.doesNotThrow(() => againstHead(honest, open))
})

test('the head against the ledger: cut, forked, rolled back', () => {
  const at = story.steps.get('checkpoint done')!
  assert.doesNotThrow(() => againstHead(story.branch(at + 1), at))
  assert.throws(() => againstHead(story.branch(at), at), unverified('LEDGER-BEHIND'))
  const forked = story.branch(at)
  forked.note('another')
  assert.throws(() => againstHead(forked, at), unverified('LEDGER-FORKED'))
  assert.doesNotThrow(() => againstHead(story.branch(at + 2), at))
  assert.throws(() => againstHead(story.branch(story.steps.get('rotate done')! + 1), at), unverified('TOKEN-BEHIND'))
})

test('one share of a group, be it ever so often', () => {
  const alone = (times: number) =>
    Story.forge(cast, {
      generate: (record) => void (record.approvals = Array(times).fill(record.approvals[0])),
    })
  assert.equal(
    ruleOf(() => auditText(alone(1).text)),
    'QUORUM-MET',
  )
  assert.equal(
    ruleOf(() => auditText(alone(2).text)),
    'APPROVER-DISTINCT',
  )
})
