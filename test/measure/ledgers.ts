// Ledgers as long as years of work leave them, told without a device.
import { join } from 'node:path'
import { plannedKeys } from '../../src/domain/plan.ts'
import type { KeyReport } from '../../src/domain/shapes.ts'
import { Begun } from '../support/begun.ts'
import { newCast } from '../support/cast.ts'
import { installIndexed } from '../support/indexed.ts'
import { install } from '../support/ledger.ts'
import { makeFolder } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'

/** As many as a command writes into one outcome. */
const PER_OUTCOME = 500

function home(story: Story): string {
  const folder = join(makeFolder('ledger'), 'home')
  install(story.text, folder)
  return folder
}

/** A home whose partition has so many keys more than the story has. */
export async function ledgerOfKeys(count: number): Promise<string> {
  const story = Story.tell(await newCast(), 0)
  const names = Array.from({ length: count }, (_, i) => `bulk-${`${i}`.padStart(5, '0')}`)
  const { plan, leaf } = story.generateKeys('bulk', names, 'aes-256')
  const made: KeyReport[] = plannedKeys(plan).map((key, i) => ({
    ...key,
    fingerprint: `cmac5:${i.toString(16).padStart(10, '0')}`,
  }))
  for (let i = 0; i < count; i += PER_OUTCOME) {
    const last = i + PER_OUTCOME >= count
    story.outcome('bulk done', leaf, made.slice(i, i + PER_OUTCOME), {}, last ? undefined : null)
  }
  return home(story)
}

/** A home whose ledger has so many records: years of looking after a few keys. */
export async function ledgerOfRecords(count: number): Promise<string> {
  const story = Story.tell(await newCast(), 0)
  while (story.lines.length < count) {
    for (const op of ['partition.check', 'audit.checkpoint']) {
      const { leaf } = story.intent(op, op, {})
      story.outcome(`${op} done`, leaf, [])
    }
    const refused = { op: 'key.rotate', planDigest: 'A'.repeat(43), reason: 'QUORUM-MET' }
    story.add('denied', 'denied', refused, story.station)
    story.note('note', 'nothing happened')
  }
  return home(story)
}

/** A home whose partition has just begun: so many keys, each by a change of its own. `indexed`: as the last change leaves it. */
export async function ledgerOfFew(count: number, indexed: boolean): Promise<string> {
  const story = new Begun(await newCast()).keysOneByOne(count)
  if (!indexed) return home(story)
  const folder = join(makeFolder('ledger'), 'home')
  await installIndexed(story, folder)
  return folder
}
