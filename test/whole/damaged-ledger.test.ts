// A record of before the index was changed: what carries the ledger away, or hangs on all of it, is refused before anybody approves, and the runbook puts it right.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { environment, launcher } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { leaveOutRsa } from '../support/softhsm.ts'

leaveOutRsa()

/** The last digit of its time: the line is as long as it was. */
function changeRecord(place: TestPartition, seq: number): void {
  const lines = readFileSync(place.ledger, 'utf8').split('\n')
  const other = (_: string, time: string, last: string) => `"time":"${time}${last === '1' ? 2 : 1}Z"`
  lines[seq] = lines[seq]!.replace(/"time":"([^"]+)(\d)Z"/, other)
  writeFileSync(place.ledger, lines.join('\n'))
}

/** The shell's lines of a section. */
function linesOf(page: string, heading: string): string {
  const [, section] = readFileSync(inRepo('docs', page), 'utf8').split(`\n## ${heading}\n`)
  const [, lines] = /```sh\n([\s\S]*?)```/.exec(section!)!
  return lines!
}

test('nothing that needs the whole ledger goes on, what only looks does, and an older copy puts it right', async () => {
  using place = await partition()
  const by = place.approvedBy('alice', 'bob')
  copyFileSync(place.ledger, place.path('carried-away.jsonl'))
  copyFileSync(join(place.home, 'pay', 'checkpoint'), place.path('carried-away.checkpoint'))
  await place.data('key', 'rotate', 'card', ...by)
  const whole = readFileSync(place.ledger, 'utf8')
  changeRecord(place, 2)
  mkdirSync(place.path('stick'))
  const replace = [
    '--add',
    'dan',
    '--confirm',
    'custodians',
    '--shares-dir',
    place.path('new'),
    '--unsafe-plain-shares',
  ]
  const database = 'postgresql://pay@db.example/keyrite?sslrootcert=/etc/db.pem'
  for (const args of [
    ['backup', 'create', place.path('2.backup'), ...by],
    ['quorum', 'replace', ...replace, '--copy', place.path('stick'), ...by],
    ['partition', 'retire', 'pay', '--confirm', 'pay', ...by],
    ['partition', 'move', 'pay', '--to', database, ...by],
  ]) {
    const { code, json } = await place.keyrite(args)
    assert.deepEqual([code, json.error.code, json.error.changed], [5, 'SIGNATURE-VALID', false], args.join(' '))
    assert.match(json.error.message, /^record 2: /)
    assert.equal(json.error.hint, 'keyrite audit verify')
  }
  assert.equal(readFileSync(place.ledger, 'utf8').length, whole.length)
  assert.equal(existsSync(place.path('2.backup')), false)
  await place.data('key', 'show', 'card')
  const { json } = await place.keyrite(['audit', 'verify'])
  assert.match(json.error.hint, /^docs\/runbooks\.md, "A damaged ledger": /)

  const lines = `set -e; keyrite() { "$LAUNCHER" "$@"; }\n${linesOf('runbooks.md', 'A damaged ledger')}`
  const env = { ...environment({ home: place.home }), LAUNCHER: launcher }
  execFileSync('sh', ['-c', lines], { cwd: place.path(), env, stdio: 'ignore' })
  assert.equal(readFileSync(place.ledger, 'utf8'), whole)
  await place.data('backup', 'create', place.path('2.backup'), ...by)
})
