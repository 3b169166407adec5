// Backups beside ledgers that say of them that they were made, failed, were given up, or nothing: two verifiers that share no line agree.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkBackup, checkRecorded } from '../../src/change/check-backup.ts'
import { footerMessage, formatBackupLine } from '../../src/domain/backup.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import { readBackup } from '../../src/ledger/backup-file.ts'
import { auditText, ruleOf } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { type Case, readCases } from '../support/independent.ts'
import type { Loose } from '../support/ledger.ts'
import { makeFolder } from '../support/softhsm.ts'
import { FAILED, Story } from '../support/story.ts'

const path = join(makeFolder('backups'), 'pay.backup')

function ours({ ledger, backup }: Case): string {
  writeFileSync(path, backup!)
  return ruleOf(() => {
    const { history } = auditText(ledger)
    const content = readBackup(path, history)
    checkBackup(content, history)
    checkRecorded(content, history)
  })
}

/** A story of one key, a backup of it that was started, and the file that was written; `header` bends it. */
function started(whole: Story, header: object = {}) {
  const story = whole.branch(whole.steps.get('generate done')! + 1)
  const [key] = story.keys.values()
  const { plan, leaf } = story.intent('backup', 'backup.create', {
    file: '/media/pay.backup',
    included: 1,
    omitted: [],
  })
  const { cast, roster, lines } = story
  const told: Loose = {
    format: 'keyrite.backup/1',
    partition: cast.partition,
    name: 'pay',
    token: cast.token.serial,
    groups: roster.map(({ group }) => group),
    kek: { epoch: 1, check: toBase64url(new Uint8Array(40)) },
    ledger: { seq: lines.length - 1, leaf },
    created: plan.created,
    keys: 1,
    omitted: [],
    ...header,
  }
  const body = [{ header: told }, { key: { ...key!, wrap: 'kwp' as const, blob: toBase64url(new Uint8Array(40)) } }]
    .map(formatBackupLine)
    .join('')
  const digest = createHash('sha256').update(body).digest()
  const signature = {
    key: cast.audit.key.id,
    alg: cast.audit.key.alg,
    value: toBase64url(cast.audit.sign(footerMessage(digest))),
  }
  const backup = Buffer.from(body + formatBackupLine({ footer: { keys: 1, digest: toBase64url(digest), signature } }))
  const file = { name: 'pay.backup', sha256: createHash('sha256').update(backup).digest('hex'), bytes: backup.length }
  return { story, leaf, backup, file }
}

type Started = ReturnType<typeof started>
type End = (started: Started) => void

const ended =
  (members: (file: Started['file']) => object): End =>
  ({ story, leaf, file }) =>
    story.outcome('end', leaf, [], members(file))

const recovered =
  (found: string, members: (file: Started['file']) => object = () => ({})): End =>
  ({ story, leaf, file }) => {
    const recovery = story.intent('recover', 'partition.recover', { recovers: leaf })
    story.add('recovered', 'recovered', { intent: leaf, found, keys: [], ...members(file) }, null)
    story.outcome('recover done', recovery.leaf, [])
  }

const withFile = (file: Started['file']) => ({ artefacts: [file] })

const twice: End = (one) => {
  ended(withFile)(one)
  const again = one.story.intent('again', 'backup.create', { file: '/media/pay.backup', included: 1, omitted: [] })
  one.story.outcome('again done', again.leaf, [], withFile(one.file))
}

const ROWS: [rule: string, what: string, End, header?: object][] = [
  ['none', 'it is done', ended(withFile)],
  ['none', 'it was recovered as done', recovered('done', withFile)],
  ['BACKUP-OPEN', 'nothing says how it ended', () => {}],
  ['BACKUP-UNFINISHED', 'it failed', ended(() => FAILED)],
  ['BACKUP-UNFINISHED', 'it was recovered as not done', recovered('not done')],
  ['BACKUP-UNFINISHED', 'it was given up', recovered('partial')],
  ['OUTCOME-FILES', 'it failed, and has its file', ended((file) => ({ ...FAILED, ...withFile(file) }))],
  ['OUTCOME-FILES', 'it was not done, and has its file', recovered('not done', withFile)],
  ['OUTCOME-FILES', 'it was given up, and has its file', recovered('partial', withFile)],
  ['OUTCOME-FILES', 'its file has another name', ended((file) => ({ artefacts: [{ ...file, name: 'pay.krb' }] }))],
  ['OUTCOME-FILES', 'two backups are one file', twice],
  ['BACKUP-RECORDED', 'it is another file', ended((file) => ({ artefacts: [{ ...file, bytes: 5 }] }))],
  ['BACKUP-SHAPE', 'a KEK check of 2 bytes', ended(withFile), { kek: { epoch: 1, check: 'eHg' } }],
]

test('a backup counts where the ledger says that it was made', async () => {
  const whole = Story.tell(await newCast(), 20)
  const cases = ROWS.map(([, , end, header]) => {
    const one = started(whole, header)
    end(one)
    return { ledger: one.story.text, backup: one.backup }
  })
  const theirs = await readCases(cases)
  for (const [i, [rule, what]] of ROWS.entries()) {
    assert.equal(ours(cases[i]!), rule, what)
    assert.equal(theirs[i] === 'none', rule === 'none', `${what}: theirs ${theirs[i]}`)
  }
})
