// The records of one key for somebody who has the anchor and no ledger, as a reader that shares no code with us checks them.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { recordCode } from '../../src/domain/code.ts'
import { signCheckpoint } from '../../src/ledger/checkpoint.ts'
import { auditText } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { perform } from '../support/in-process.ts'
import { runProgram } from '../support/keyrite.ts'
import { partition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { makeTokenFolder } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'

/** What the reader says of a proof. */
async function read(path: string, anchor: string) {
  const { stdout, stderr } = await runProgram('python3', [
    inRepo('test', 'independent', 'reader.py'),
    'proof',
    path,
    '--anchor',
    anchor,
  ])
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

describe('audit prove', { concurrency: 2 }, () => {
  test('what concerns a key, who signs, and nothing else', async () => {
    using place = await partition()
    const by = place.approvedBy('alice', 'bob')
    await place.data('key', 'generate', 'mail', '--type', 'aes-256', ...by)
    await place.data('key', 'rotate', 'card', ...by)
    await place.keyrite(['key', 'rotate', 'card', '--share', place.share('alice')])
    const { anchor } = await place.data('partition', 'show')
    const file = place.path('card.proof')
    const proved = await place.data('audit', 'prove', 'card', '--out', file)
    assert.deepEqual([proved.records, proved.newer, proved.others, proved.checkpoint], [5, 1, [], 7])
    assert.deepEqual((await read(file, anchor)).records, [0, 1, 2, 5, 6])
    const text = readFileSync(file, 'utf8')
    assert.doesNotMatch(text, /mail/)
    const bends: [name: string, bend: (text: string) => string, rule: string][] = [
      ['another key in a record', (all) => all.replace('"state":"deactivated"', '"state":"active"'), 'PROOF'],
      ['a record is left out', (all) => all.replace(/\n[^\n]*\n$/, '\n'), 'PROOF'],
      [
        'two in the place of each other',
        (all) =>
          all
            .replace(/\n([^\n]*)\n([^\n]*)\n$/, '\n$2\n$1\n')
            .replaceAll(/"seq":(5|6)/g, (_, seq) => `"seq":${11 - seq}`),
        'PROOF',
      ],
      ['another root', (all) => all.replace(/"7","[^"]*"/, `"7","${'A'.repeat(43)}="`), 'PROOF'],
      ['another anchor', (all) => all.replace(/"anchor":"../, '"anchor":"AA'), 'PROOF'],
      ['the checkpoint of somebody', (all) => all.replace(/(— \S+ ....)../, '$1AA'), 'CHECKPOINT'],
    ]
    for (const [name, bend, rule] of bends) {
      writeFileSync(place.path('bent'), bend(text))
      const said = await read(place.path('bent'), anchor)
      assert.deepEqual([said.ok, said.rule], [false, rule], name)
    }
    const other = await read(file, recordCode('A'.repeat(43)))
    assert.deepEqual([other.ok, other.rule], [false, 'ANCHOR'])
    const refusals: [args: string[], exit: number, code: string][] = [
      [['card'], 2, 'INPUT-MISSING'],
      [['--out', 'x'], 2, 'USAGE'],
      [['card', '--old', '3', '--out', 'x'], 2, 'USAGE'],
      [['nobody', '--out', 'x'], 3, 'KEY-EXISTS'],
      [['card', '--out', file], 3, 'FILE-EXISTS'],
      [['--old', '9', '--out', 'x'], 3, 'CHECKPOINT-BEHIND'],
    ]
    for (const [args, exit, code] of refusals) {
      const { json, code: ended } = await place.keyrite(['audit', 'prove', ...args])
      assert.deepEqual([ended, json.error.code], [exit, code], args.join(' '))
    }
  })

  test('across a restore, whose audit key the custodians let in', async () => {
    using folder = makeTokenFolder()
    const cast = await newCast()
    const { lines, text } = Story.tell(cast)
    const { root, history } = auditText(text)
    const { key } = cast.newAudit
    const signer = { key, sign: async (message: Uint8Array) => cast.newAudit.sign(message) }
    const at = (name: string) => join(folder.dir, name)
    writeFileSync(at('ledger'), text)
    writeFileSync(at('note'), await signCheckpoint(cast.partition, { size: lines.length, root }, signer))
    const args = [
      'audit',
      'prove',
      'sign/root',
      '--ledger',
      at('ledger'),
      '--checkpoint',
      at('note'),
      '--out',
      at('proof'),
    ]
    const { code, stderr } = await perform(args, { cwd: folder.dir, home: at('home') })
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^warning: these records name other keys too, which can be read there: /m)
    const told = await read(at('proof'), recordCode(history.anchor))
    assert.ok(told.ok && told.records.length > 5, JSON.stringify(told))
    const proof = readFileSync(at('proof'), 'utf8').split('\n')
    const without = proof.filter((line) => !line.includes('"type":"token.replaced"'))
    writeFileSync(at('bent'), without.join('\n').replace(/"records":\d+/, `"records":${without.length - 2}`))
    assert.deepEqual((await read(at('bent'), recordCode(history.anchor))).rule, 'CHECKPOINT')
  })
})
