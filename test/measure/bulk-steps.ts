// The commands that many keys go through, from the first to the last.
import assert from 'node:assert/strict'
import { mkdirSync, renameSync } from 'node:fs'
import { initArgs, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'

/** Runs `keyrite ARGS`, and gives the data of its answer. */
// biome-ignore lint/suspicious/noExplicitAny: as TestPartition.data
export type Step = (args: string[]) => Promise<any>

export async function throughEverything(place: TestPartition, count: number, step: Step): Promise<void> {
  const approved = place.approvedBy('alice', 'bob')
  const backup = place.path('pay.backup')
  await step(initArgs(place))
  await step(['key', 'generate', 'bulk', '--type', 'aes-256', '--count', `${count}`, ...approved])
  await step(['backup', 'create', backup, ...approved])
  renameSync(place.path('tokens'), place.path('old-tokens'))
  mkdirSync(place.path('tokens'))
  const onto = ['--module', softhsm, '--checkpoint', place.path('home', 'pay', 'checkpoint'), '--confirm', 'pay']
  await step(['backup', 'restore', backup, ...onto, ...approved])
  const { keys } = await step(['key', 'list'])
  await step(['key', 'show', keys.at(-1).name])
  await step(['partition', 'check', ...approved])
  await step(['audit', 'show'])
  await step(['audit', 'verify'])
  assert.equal(keys.length, count, 'as many are listed as were made')
}
