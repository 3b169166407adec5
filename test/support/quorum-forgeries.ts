// Forgeries of what a ledger says of sets of shares, and of custodians who are suspended: each step is bent, and signed anew by all who have to.
import { planMessage } from '../../src/domain/proposal.ts'
import { auditKeyMessage } from '../../src/domain/record.ts'
import { again, become, type Forgery, one, set } from './bending.ts'
import { type Custody, signaturesOf } from './custody.ts'
import { type Change, type LedgerWriter, type Loose, NO_LEAF } from './ledger.ts'
import { confirmationOf, issuedOf, needOf, type QuorumCast } from './quorum-story.ts'

const NO_SIGNATURE = Buffer.alloc(64).toString('base64url')
const BRIDGE = Buffer.alloc(40, 1).toString('base64url')

const castOf = ({ cast }: LedgerWriter): QuorumCast => cast as QuorumCast

/** A new set is bent, and sealed for everybody: it confirms nothing. */
const newSet =
  (change: (group: Loose, cast: QuorumCast) => void): Change =>
  (plan, writer) => {
    change(plan.group, castOf(writer))
    plan.issued = plan.group.custodians.map(({ name }: Loose) => ({ custodian: name, recipient: 'age1xyz' }))
  }

/** Of the intent: these shares of this set approve in the place of the first M. */
const approvedBy =
  (custody: (cast: QuorumCast) => Custody, people: string[]): Change =>
  (record, writer) => {
    const { group } = custody(castOf(writer))
    const others = record.approvals.filter((one: Loose) => one.group !== group.name || one.epoch !== group.epoch)
    const signed = signaturesOf(custody(castOf(writer)), planMessage(record.plan), people)
    record.approvals = [...others, ...signed.map((approval) => ({ ...approval, via: 'file' }))]
  }

const confirmedBy =
  (custody: (cast: QuorumCast) => Custody, person: string): Change =>
  (record, writer) => {
    const cast = castOf(writer)
    record.proof = confirmationOf(cast.partition, custody(cast), person)
  }

const needs =
  (change: (needs: Loose[]) => void): Change =>
  ({ needs: all }) =>
    void change(all)

const stages: Forgery[] = [
  one(
    'ROSTER-EPOCH',
    'an epoch is left out',
    'plan:stage',
    newSet((group) => void group.epoch++),
  ),
  one(
    'ROSTER-EPOCH',
    'the epoch of today',
    'plan:stage',
    newSet((group) => void (group.epoch = 1)),
  ),
  one(
    'ROSTER-EPOCH',
    'the epoch of a set that was given up',
    'plan:sitting',
    newSet((g) => void (g.epoch = 2)),
  ),
  one(
    'ROSTER-NEW',
    'the secret of today',
    'plan:stage',
    newSet((g, { ops }) => void (g.check = ops.group.check)),
  ),
  one(
    'ROSTER-NEW',
    'the secret of a set that was given up',
    'plan:stage',
    newSet((g, { vault2 }) => void (g.check = vault2.group.check)),
  ),
  one(
    'ROSTER-NEW',
    'a share of another group',
    'plan:stage',
    newSet((g, { vault }) => void (g.custodians[0].key = vault.group.custodians[0]!.key)),
  ),
  one(
    'ROSTER-SAME',
    'a group that is not there',
    'plan:stage',
    newSet((group) => void (group.name = 'others')),
  ),
  one(
    'ROSTER-SAME',
    'a role more',
    'plan:stage',
    newSet((group) => void group.roles.push('recovery')),
  ),
  one(
    'ROSTER-SAME',
    'a role less',
    'plan:stage',
    newSet((group) => void group.roles.pop()),
  ),
  one(
    'ROSTER-NAMES',
    'two of one name',
    'plan:stage',
    newSet((group) => void (group.custodians[1].name = 'alice')),
  ),
  one(
    'ROSTER-KEYS',
    'one share for two',
    'plan:stage',
    newSet((g) => void (g.custodians[1].key = g.custodians[0].key)),
  ),
  one('ROSTER-KEYS', 'a key under which anybody could sign', 'plan:stage', (plan) => {
    plan.group.custodians[1].key = Buffer.alloc(32).toString('base64url')
  }),
  one(
    'ROSTER-THRESHOLD',
    'one alone',
    'plan:stage',
    newSet((group) => void (group.threshold = 1)),
  ),
  one(
    'ROSTER-THRESHOLD',
    'more than there are',
    'plan:stage',
    newSet((group) => void (group.threshold = 4)),
  ),
  one('ROSTER-SO', 'the vault needs more than ops', 'plan:stage vault', (plan, writer) => {
    const { partition, vault2 } = castOf(writer)
    plan.group.threshold = 3
    plan.accepted = ['no-spare']
    plan.issued = issuedOf(partition, { ...vault2, group: plan.group })
  }),
  one(
    'ROSTER-SPARE',
    'all shares are needed, and nobody accepted it',
    'plan:stage',
    newSet((g) => void g.custodians.pop()),
  ),
  one('STAGE-OPEN', 'while another is staged', 'look on', (record, writer) => {
    const { partition, ops, ops2 } = castOf(writer)
    const { group } = ops2
    Object.assign(record.plan, {
      op: 'quorum.stage',
      group,
      issued: issuedOf(partition, ops2),
      needs: [needOf(ops.group)],
    })
    approvedBy((cast) => cast.ops, ['alice', 'bob'])(record, writer)
  }),
  one('STAGE-ISSUED', 'one is left out', 'plan:stage', ({ issued }) => void issued.pop()),
  one('STAGE-ISSUED', 'somebody else', 'plan:stage', ({ issued }) => void (issued[1].custodian = 'erin')),
  one('STAGE-ISSUED', 'in another order', 'plan:stage', ({ issued }) => void issued.push(issued.splice(1, 1)[0])),
  one('STAGE-ISSUED', 'in one sitting for somebody who is not there', 'plan:sitting', ({ issued }) => {
    issued[1] = { custodian: issued[1].custodian, recipient: 'age1xyz' }
  }),
  one('CONFIRMATION-SIGNED', 'nothing', 'plan:stage', ({ issued }) => void (issued[0].confirmation = NO_SIGNATURE)),
  one('CONFIRMATION-SIGNED', 'another epoch', 'plan:stage', ({ group }) => void group.epoch++),
  one('CONFIRMATION-SIGNED', 'another name', 'plan:stage', ({ group }) => void (group.custodians[0].name = 'mallory')),
  one(
    'CONFIRMATION-SIGNED',
    'in one sitting',
    'plan:sitting',
    ({ issued }) => void (issued[2].confirmation = NO_SIGNATURE),
  ),
  one(
    'NEEDS-RECOMPUTED',
    'the group alone',
    'plan:stage vault',
    needs((all) => void all.shift()),
  ),
  one(
    'NEEDS-RECOMPUTED',
    'the user alone',
    'plan:stage vault',
    needs((all) => void all.pop()),
  ),
  one('RECORD-SHAPE', 'from afar', 'plan:stage', set({ remote: { recipient: `age1${'q'.repeat(58)}` } })),
  one(
    'RECORD-SHAPE',
    'both read back and sealed',
    'plan:stage',
    ({ issued }) => void (issued[0].recipient = 'age1xyz'),
  ),
  one('BRIDGE-PRESENT', 'a stage has one', 'stage', set({ bridge: BRIDGE })),
  one('BRIDGE-PRESENT', 'what only looks has one', 'look', set({ bridge: BRIDGE })),
  one('OUTCOME-RESULT', 'a stage changes something', 'stage done', set({ changed: true })),
  one('OUTCOME-RESULT', 'an unstage changes something', 'unstage done', set({ changed: true })),
  one('STAGE-KNOWN', 'another stage is given up', 'plan:unstage', set({ stage: NO_LEAF })),
  one('STAGE-KNOWN', 'another group is given up', 'plan:unstage', ({ group }) => void (group.threshold = 3)),
]

const confirmations: Forgery[] = [
  one('CONFIRMATION-SIGNED', 'no signature', 'confirm', ({ proof }) => void (proof.value = NO_SIGNATURE)),
  one('CONFIRMATION-SIGNED', 'another custodian', 'confirm', ({ proof }) => void (proof.custodian = 'bob')),
  one('CONFIRMATION-SIGNED', 'what the share signed of another set', 'confirm', (record, { lines }) => {
    const earlier = [...lines].map((line) => JSON.parse(line).record).find(({ type }) => type === 'quorum.confirmed')
    record.proof.value = earlier.proof.value
  }),
  one(
    'CONFIRM-OPEN',
    'of a set that was given up',
    'confirm',
    confirmedBy(({ vault2 }) => vault2, 'frank'),
  ),
  one(
    'CONFIRM-OPEN',
    'of a set that is not there yet',
    'confirm',
    confirmedBy(({ vault3 }) => vault3, 'dora'),
  ),
  one(
    'CONFIRM-OPEN',
    'of a set that was replaced',
    'confirm later',
    confirmedBy(({ ops }) => ops, 'carol'),
  ),
  one(
    'CONFIRM-ONCE',
    'what was read back',
    'confirm',
    confirmedBy(({ ops2 }) => ops2, 'alice'),
  ),
  one(
    'CONFIRM-ONCE',
    'what was confirmed',
    'confirm later',
    confirmedBy(({ ops2 }) => ops2, 'erin'),
  ),
]

const replacements: Forgery[] = [
  one('STAGE-KNOWN', 'another group', 'plan:replace', ({ group }) => void group.custodians.pop()),
  one('STAGE-KNOWN', 'another stage', 'plan:replace', set({ stage: NO_LEAF })),
  one('STAGE-KNOWN', 'neither staged nor issued', 'plan:replace', (plan) => void delete plan.stage),
  one(
    'NEEDS-RECOMPUTED',
    'no new shares',
    'plan:replace',
    needs((all) => void all.pop()),
  ),
  one(
    'NEEDS-RECOMPUTED',
    'no old shares',
    'plan:replace',
    needs((all) => void all.shift()),
  ),
  one(
    'NEEDS-RECOMPUTED',
    'in one sitting M of the new',
    'plan:sitting',
    needs((all) => void (all[2].threshold = 2)),
  ),
  one(
    'QUORUM-MET',
    'one new share',
    'replace',
    approvedBy(({ ops2 }) => ops2, ['erin']),
  ),
  one(
    'QUORUM-MET',
    'one old share',
    'replace',
    approvedBy(({ ops }) => ops, ['alice']),
  ),
  one('QUORUM-MET', 'four old shares, and no new one', 'replace', (record, writer) => {
    approvedBy(({ ops }) => ops, ['alice', 'bob', 'carol', 'dave'])(record, writer)
    approvedBy(({ ops2 }) => ops2, [])(record, writer)
  }),
  one(
    'QUORUM-MET',
    'in one sitting one is missing',
    'sitting',
    approvedBy(({ vault3 }) => vault3, ['dora', 'gina']),
  ),
  one(
    'APPROVER-DISTINCT',
    'a new share twice',
    'replace',
    approvedBy(({ ops2 }) => ops2, ['erin', 'erin']),
  ),
  one('APPROVER-CURRENT', 'an old share as a new one', 'replace', ({ approvals }) => {
    for (const approval of approvals) approval.epoch = 2
  }),
  one(
    'APPROVER-CURRENT',
    'a new share before',
    'look on',
    approvedBy(({ vault2 }) => vault2, ['alice', 'dora']),
  ),
  one(
    'APPROVER-CURRENT',
    'an old share after',
    'look by new',
    approvedBy(({ ops }) => ops, ['alice']),
  ),
  one(
    'APPROVER-CURRENT',
    'the old ones take it up',
    'recover',
    approvedBy(({ vault }) => vault, ['alice']),
  ),
  one(
    'NEEDS-RECOMPUTED',
    'the old ones take it up',
    'plan:recover',
    needs((all) => void (all[1].epoch = 1)),
  ),
  one(
    'NEEDS-RECOMPUTED',
    'who is not of it takes it up',
    'plan:recover',
    needs((all) => void all.pop()),
  ),
  one(
    'NEEDS-RECOMPUTED',
    'a restore by old shares',
    'plan:restore',
    needs((all) => void (all[0].epoch = 2)),
  ),
  one(
    'REPLACE-PROVEN',
    'of three new shares two',
    'replace',
    approvedBy(({ ops2 }) => ops2, ['alice', 'erin']),
  ),
  one('REPLACE-BACKUP', 'of a backup that was not made', 'plan:replace', ({ backup }) => void backup.seq--),
  one('REPLACE-BACKUP', 'another file', 'plan:replace', ({ backup }) => void (backup.sha256 = 'ab'.repeat(32))),
  one('REPLACE-BACKUP', 'none, and nobody accepted it', 'plan:replace', (plan) => {
    delete plan.backup
    plan.atRisk = ['dek#1', 'own#1']
  }),
  one('PLAN-COMPLETE', 'a key that no backup holds', 'plan:replace', (plan) => void delete plan.atRisk),
  one('PLAN-COMPLETE', 'a key that a backup holds', 'plan:replace', set({ atRisk: ['dek#1', 'own#1'] })),
  one('PLAN-COMPLETE', 'an application that is not there', 'plan:replace', set({ behind: ['till', 'web'] })),
  one('PLAN-COMPLETE', 'an application that stays behind', 'plan:replace again', (plan) => void delete plan.behind),
  one('PLAN-COMPLETE', 'an application with PINs of others', 'plan:sitting', set({ behind: ['till'] })),
  one('BRIDGE-PRESENT', 'no bridge', 'replace', (record) => void delete record.bridge),
  one('RECORD-SHAPE', 'a bridge that is too short', 'replace', set({ bridge: Buffer.alloc(39).toString('base64url') })),
  one('QUORUM-REPLACED', 'another group', 'replaced', ({ group }) => void (group.threshold = 3)),
  one('QUORUM-REPLACED', 'another intent', 'replaced', set({ intent: NO_LEAF })),
  one('QUORUM-REPLACED', 'twice', 'replace done', again),
  one('SIGNER-MAY', 'by a station', 'replaced', (_, { station }) => station),
  one('PIN-EPOCHS', 'a PIN is left out', 'replaced', ({ pins }) => void pins.pop()),
  one('PIN-EPOCHS', 'in another order', 'replaced', ({ pins }) => void pins.reverse()),
  one('PIN-EPOCHS', 'another token', 'replaced', ({ pins }) => void (pins[0].token = 'another')),
  one('PIN-EPOCHS', 'an epoch that never was', 'replaced', ({ pins }) => void (pins[1].epoch = 3)),
  one('PIN-EPOCHS', 'of a group that has none', 'sitting replaced', ({ pins }) => {
    pins.push({ token: '2f294eeb51757361', role: 'user', epoch: 2 })
  }),
  one('PIN-EPOCHS', 'a new token with an old PIN', 'replaced again', ({ pins }) => void (pins[0].epoch = 2)),
  one('OUTCOME-RESULT', 'who approves has not changed', 'replace done', set({ changed: false })),
  one(
    'OUTCOME-RESULT',
    'it failed',
    'replace done',
    set({ result: 'failed', changed: false, error: { code: 'X', message: 'x' } }),
  ),
  one('OUTCOME-RESULT', 'in part', 'replace done', set({ result: 'partial', error: { code: 'X', message: 'x' } })),
  one('OUTCOME-RESULT', 'done before the roster switched', 'replaced', (record) =>
    become(record, { type: 'outcome', intent: record.intent, result: 'done', changed: true, keys: [] }),
  ),
  one('RECOVERED-FOUND', 'before the roster switched', 'sitting replaced', (record) =>
    become(record, { type: 'recovered', intent: record.intent, found: 'done', keys: [] }),
  ),
  one('RECORD-SHAPE', 'no last try at all', 'plan:recover', set({ lastTry: {} })),
  one('RECORD-SHAPE', 'a last try of another PIN', 'plan:recover', set({ lastTry: { so: 'older' } })),
  one('LAST-TRY', 'the last tries of a PIN that others hold', 'plan:recover', set({ lastTry: { user: 'new' } })),
  one('RECOVERED-FOUND', 'nothing', 'sitting recovered', set({ found: 'not done' })),
  one('RECOVERED-FOUND', 'in part', 'sitting recovered', set({ found: 'partial' })),
  one('INTENT-OPEN', 'something else begins', 'plan:recover cut', (plan) => {
    delete plan.recovers
    plan.op = 'partition.check'
  }),
  one('AUDIT-KEY-APPROVED', 'no signature', 'token', ({ keyApprovals }) => void (keyApprovals[0].value = NO_SIGNATURE)),
  one('APPROVER-CURRENT', 'old shares let the token in', 'token', (record, writer) => {
    const { partition, ops2 } = castOf(writer)
    const message = auditKeyMessage(partition, record.token.serial, record.auditKey)
    record.keyApprovals.splice(0, 2, ...signaturesOf(ops2, message))
  }),
]

/** A minute and a half from when it is planned. */
const endsSoon: Change = (plan) => void (plan.until = new Date(Date.parse(plan.created) + 90_000).toISOString())

const suspensions: Forgery[] = [
  one('CUSTODIAN-KNOWN', 'nobody', 'plan:suspend', set({ custodian: 'mallory' })),
  one('SUSPEND-UNTIL', 'it is over', 'plan:suspend', set({ until: '2026-01-05T08:00:00.000Z' })),
  one('SUSPEND-ENOUGH', 'too few are left', 'plan:suspend', set({ custodian: 'dora' })),
  one('SUSPEND-ENOUGH', 'two of four', 'plan:look', (plan) => {
    Object.assign(plan, { op: 'custodian.suspend', custodian: 'carol', until: '2027-01-01T00:00:00.000Z' })
  }),
  one(
    'NEEDS-RECOMPUTED',
    'another group',
    'plan:suspend',
    needs((all) => void (all[0].group = 'vault')),
  ),
  one('OUTCOME-RESULT', 'who approves has not changed', 'suspend done', set({ changed: false })),
  one('OUTCOME-RESULT', 'in part', 'suspend done', set({ result: 'partial', error: { code: 'X', message: 'x' } })),
  one(
    'APPROVER-SUSPENDED',
    'somebody who is suspended',
    'look',
    approvedBy(({ ops }) => ops, ['alice', 'dave']),
  ),
  one(
    'APPROVER-SUSPENDED',
    'their own return',
    'resume',
    approvedBy(({ ops }) => ops, ['alice', 'bob', 'dave']),
  ),
  one('CUSTODIAN-SUSPENDED', 'who is not suspended', 'plan:resume', set({ custodian: 'carol' })),
  {
    rule: 'CUSTODIAN-SUSPENDED',
    what: 'when it is over',
    changes: { 'plan:suspend': endsSoon, resume: () => {} },
  },
]

const applications: Forgery[] = [
  one('APP-PIN', 'the SO PIN stays as it was', 'sync pin', ({ pin }) => void (pin.so.epoch = 1)),
  one('APP-PIN', 'an epoch that is to come', 'sync pin', ({ pin }) => void (pin.so.epoch = 3)),
  one('APP-PIN', 'the user PIN goes with it', 'sync pin', ({ pin }) => void (pin.user.epoch = 2)),
  one('APP-PIN', 'of another generation', 'sync pin', ({ pin }) => void pin.generation++),
  one('APP-PLANNED', 'it is handed over', 'sync pin', set({ file: 'till.pin' })),
  {
    rule: 'APP-PLANNED',
    what: 'one that is left out',
    changes: { 'plan:sync': ({ apps }) => void (apps[0].without = true), 'sync pin': () => {} },
  },
  one('APP-PIN', 'a new one of old shares', 'pin given', ({ pin }) => void (pin.user.epoch = 1)),
  one('APP-PIN', 'an SO PIN that goes back', 'pin given', ({ pin }) => void (pin.so.epoch = 1)),
]

export const quorumForgeries: Forgery[] = [
  ...stages,
  ...confirmations,
  ...replacements,
  ...suspensions,
  ...applications,
]
