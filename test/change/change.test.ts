// A change outlives its process: it is approved here or elsewhere, kept as data, and carried out with the shares of whoever is there then.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { type ApprovedChange, approve } from '../../src/change/change.ts'
import { Credentials, firstSets } from '../../src/change/credentials.ts'
import { executeChange } from '../../src/change/execute.ts'
import { generateKeys, planGeneration } from '../../src/change/operations/generate-keys.ts'
import type { Ports } from '../../src/change/ports.ts'
import { ShareIntake } from '../../src/change/share-intake.ts'
import { openHsm } from '../../src/client/client.ts'
import { Changes } from '../../src/domain/changes.ts'
import type { ErrorCode } from '../../src/domain/codes.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import type { KeyName } from '../../src/domain/names.ts'
import type { GeneratePlan } from '../../src/domain/plan.ts'
import { propose } from '../../src/domain/proposal.ts'
import { seatOf } from '../../src/domain/roster.ts'
import type { Approval } from '../../src/domain/shapes.ts'
import { ledgersOf } from '../../src/ledger/ledgers.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import { environment } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'

const clock = () => new Date()
const ledgers = ledgersOf({
  pid: process.pid,
  clock,
  tool: { name: 'keyrite', version: '0.1.0' },
  host: { user: 'ops', name: 'host' },
})
const sources = { clock, random: (length: number) => Uint8Array.from(randomBytes(length)) }

let place: TestPartition
before(async () => void (place = await partition()))

/** What a command has in its hands: the lock, the ledger, the token. */
async function atWork<T>(use: (ports: Ports) => Promise<T>): Promise<T> {
  const folder = ledgers.partition(place.home, 'pay')
  using lock = folder.lock()
  const changes = new Changes()
  const env = environment({ env: place.folder.env })
  await using hsm = await openHsm({ module: softhsm, timeout: 20, env, changes })
  const ledger = folder.openLedger()
  return await use({
    sources,
    hsm,
    ledger,
    approvals: ledgers,
    checkpoints: folder,
    lock,
    say() {},
    hold() {},
    changes,
  })
}

const shareOf = (name: string) =>
  quorum.parseShare(
    readFileSync(place.share(name), 'utf8')
      .split('\n')
      .find((line) => line.startsWith('krs1'))!,
  )

/** As it is kept: the plan, and who approved it. */
async function keptChange(name: string, ...approvers: string[]): Promise<string> {
  return await atWork(async ({ hsm, ledger: { history } }) => {
    const request = { name: name as KeyName, type: 'aes-256', backup: true, accepted: [] } as const
    const module = await hsm.module()
    const plan = planGeneration({ ...request, accepted: [] }, history, { sources, lifetime: 60_000, module })
    using intake = new ShareIntake(propose(plan), plan.needs, history.groups, quorum)
    for (const approver of approvers) intake.present(shareOf(approver), 'file')
    const { approvals, stage } = intake.change
    return JSON.stringify({ plan, approvals, stage })
  })
}

function readChange(text: string): ApprovedChange<GeneratePlan> {
  const { plan, approvals } = JSON.parse(text)
  return approve(propose<GeneratePlan>(plan), approvals)
}

const execute = (change: ApprovedChange<GeneratePlan>, ...present: string[]) =>
  atWork(async (ports) => {
    const { groups, partition } = ports.ledger.history
    using credentials = new Credentials(partition, firstSets(groups), quorum)
    for (const name of present) {
      const share = shareOf(name)
      credentials.hold(seatOf(Buffer.from(share.key).toString('base64url'), groups)!, share)
    }
    return await executeChange(change, credentials, ports, generateKeys(change.plan))
  })

test('approvals of alice and bob, kept; the shares of bob and carol open the token', async () => {
  const done = await execute(readChange(await keptChange('afar', 'alice', 'bob')), 'bob', 'carol')
  assert.deepEqual(
    done.keys.map(({ name, state }) => [name, state]),
    [['afar', 'active']],
  )
  const intent = place.records().findLast(({ type }) => type === 'intent')
  assert.deepEqual(
    intent.approvals.map(({ custodian }: Approval) => custodian),
    ['alice', 'bob'],
  )
  assert.equal(intent.plan.names[0], 'afar')
})

describe('what is refused before a PIN is sent', () => {
  let change: ApprovedChange<GeneratePlan>
  before(async () => void (change = readChange(await keptChange('never', 'alice', 'bob'))))

  const bent = (bend: (approvals: Approval[]) => Approval[]) =>
    approve(change, bend(structuredClone([...change.approvals])))
  const cases: [rule: ErrorCode, what: string, () => ApprovedChange<GeneratePlan>, present: string[]][] = [
    ['QUORUM-MET', 'one approval', () => bent(([alice]) => [alice!]), ['alice', 'bob']],
    ['APPROVER-DISTINCT', 'one twice', () => bent(([alice]) => [alice!, alice!]), ['alice', 'bob']],
    [
      'APPROVER-CURRENT',
      'of another epoch',
      () => bent((all) => all.map((one) => ({ ...one, epoch: 2 }))),
      ['alice', 'bob'],
    ],
    [
      'APPROVAL-SIGNED',
      'of another plan',
      () => approve(propose({ ...change.plan, reason: 'another' }), change.approvals),
      ['alice', 'bob'],
    ],
    ['CREDENTIALS-SUFFICE', 'and one share alone is there', () => change, ['alice']],
  ]
  for (const [rule, what, forged, present] of cases)
    test(`${rule}: ${what}`, async () => {
      const before = readFileSync(place.ledger, 'utf8')
      await assert.rejects(
        execute(forged(), ...present),
        (error) => error instanceof KeyriteError && error.code === rule,
      )
      assert.equal(readFileSync(place.ledger, 'utf8'), before)
    })

  test('and approved as it was it is carried out', async () => {
    assert.equal((await execute(change, 'carol', 'alice')).keys.length, 1)
  })
})
