// Plans about who approves, on the partition on paper.
import { planReplacement, stagedSet } from '../change/operations/plan-replacement.ts'
import { planStage, planUnstage } from '../change/operations/stage-quorum.ts'
import { planResumption, planSuspension } from '../change/operations/suspend-custodian.ts'
import type { PlanOf } from '../domain/plan.ts'
import type { Issued } from '../domain/quorum-plans.ts'
import type { Group } from '../domain/shapes.ts'
import { type SamplePartition, sampleGroup } from './sample-partition.ts'

const DAY = 24 * 60
const SIGNED = Buffer.alloc(64, 7).toString('base64url')

/** Operators of the next epoch: grace comes, frank goes. */
const operators = (): Group => ({
  ...sampleGroup('operators 2', ['user'], 'dan', 'erin', 'gina', 'grace'),
  name: 'operators',
  epoch: 2,
})

const issued: Issued[] = [
  { custodian: 'dan', confirmation: SIGNED },
  { custodian: 'erin', recipient: 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p' },
  { custodian: 'gina', confirmation: SIGNED },
  { custodian: 'grace', confirmation: SIGNED },
]

const staging = (partition: SamplePartition): PlanOf<'quorum.stage'> =>
  planStage(operators(), issued, partition.history, partition.inputs('frank leaves'))

/** It was staged a day ago, and erin has confirmed. Gives the leaf of the stage. */
function staged(partition: SamplePartition): string {
  partition.begin(staging(partition))
  const intent = partition.history.leaf
  partition.tell({ type: 'outcome', intent, result: 'done', changed: false, keys: [] })
  const group = operators()
  const { name: custodian, key } = group.custodians[1]!
  const proof = { custodian, group: group.name, epoch: group.epoch, key, value: SIGNED }
  partition.pass(DAY).tell({ type: 'quorum.confirmed', proof })
  return intent
}

export const QUORUM_PLANS = {
  'quorum.stage': staging,
  'quorum.unstage': (partition: SamplePartition): PlanOf<'quorum.unstage'> => {
    staged(partition)
    return planUnstage(partition.history, partition.inputs('frank stays'))
  },
  'quorum.replace': (partition: SamplePartition): PlanOf<'quorum.replace'> => {
    staged(partition)
    const { seq, file } = partition.history.backups.at(-1)!
    const inputs = { ...partition.inputs('frank leaves'), accepted: ['unbacked'] }
    const backup = { name: file.name, sha256: file.sha256, seq }
    return planReplacement(stagedSet(partition.history), backup, partition.history, inputs)
  },
  'custodian.suspend': (partition: SamplePartition): PlanOf<'custodian.suspend'> => {
    const until = '2026-07-01T00:00:00.000Z'
    return planSuspension('gina', until, partition.history, partition.inputs('on leave'))
  },
  'custodian.resume': (partition: SamplePartition): PlanOf<'custodian.resume'> => {
    const plan = QUORUM_PLANS['custodian.suspend'](partition)
    partition.begin(plan)
    const intent = partition.history.leaf
    partition.tell({ type: 'outcome', intent, result: 'done', changed: true, keys: [] }).pass(DAY)
    return planResumption('gina', partition.history, partition.inputs('back early'))
  },
}
