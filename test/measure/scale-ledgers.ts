// Ledgers of as many keys and records as is wished, whatever that takes, each with the index that its last change would have left.
import { appendFileSync, cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { plannedKeys } from '../../src/domain/plan.ts'
import { LedgerFile } from '../../src/ledger/file.ts'
import { indexIn } from '../../src/ledger/index-file.ts'
import { newCast } from '../support/cast.ts'
import { asPort } from '../support/custody.ts'
import { install, textOf } from '../support/ledger.ts'
import { makeFolder, softhsm } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'

/** As many as a command makes at once. */
const AT_ONCE = 500
/** Between two changes. */
const NOTES = 17
/** So many lines are held in memory. */
const HELD = 20_000

/** A partition that is told into a file: what is in it is let go. */
class LongStory {
  readonly story: Story
  readonly folder = join(makeFolder('scale'), 'home')
  #written = 0

  private constructor(story: Story) {
    this.story = story
    this.#flush((text) => install(text, this.folder))
  }

  static begin = async (): Promise<LongStory> => new LongStory(Story.tell(await newCast(), 0))

  get ledger(): string {
    return join(this.folder, 'pay', 'ledger.jsonl')
  }

  #flush(write: (text: string) => void): void {
    const { lines } = this.story
    write(textOf(lines.slice(this.#written)))
    lines.fill('', this.#written)
    this.#written = lines.length
  }

  flush(least = 0): void {
    if (this.story.lines.length - this.#written > least) this.#flush((text) => appendFileSync(this.ledger, text))
  }

  makeKeys(from: number, count: number): void {
    const names = Array.from({ length: count }, (_, i) => `bulk-${`${from + i}`.padStart(6, '0')}`)
    const { plan, leaf } = this.story.generateKeys(`keys ${from}`, names, 'aes-256')
    const made = plannedKeys(plan).map((key, i) => ({
      ...key,
      fingerprint: `cmac5:${(from + i).toString(16).padStart(10, '0')}` as const,
    }))
    this.story.outcome(`keys ${from} done`, leaf, made)
    this.flush(HELD)
  }

  move(to: string): void {
    const { leaf } = this.story.intent('move', 'partition.move', { to })
    this.story.outcome('move done', leaf, [])
    this.flush()
  }

  /** What looking after a few keys comes to, until there are so many records. */
  pass(records: number): void {
    const { story } = this
    while (story.lines.length < records) {
      const op = story.lines.length % 8 < 4 ? 'partition.check' : 'audit.checkpoint'
      const refused = { op: 'key.rotate', planDigest: 'A'.repeat(43), reason: 'QUORUM-MET' }
      story.add('denied', 'denied', refused, story.station)
      // The next signature speaks for these too.
      for (let i = 0; i < NOTES; i++) story.add('note', 'note', { text: 'nothing happened' }, null)
      const { leaf } = story.intent(op, op, {})
      story.outcome(`${op} done`, leaf, [])
      this.flush(HELD)
    }
    this.flush()
  }
}

interface Size {
  keys: number
  records: number
}

/** A home, with an index. Where a change is planned it asks for the module's file, and for nothing in it. */
export const ledgerOf = async (size: Size): Promise<string> => await indexed(await told(size))

/** The same twice: in the other home it has moved to this place at its end. */
export async function ledgersOf(size: Size, to: string): Promise<[file: string, database: string]> {
  const long = await told(size)
  const file = join(makeFolder('scale'), 'home')
  cpSync(long.folder, file, { recursive: true })
  const homes: [string, string] = [await indexed(long, file), long.folder]
  long.move(to)
  await indexed(long)
  return homes
}

async function told({ keys, records }: Size): Promise<LongStory> {
  const long = await LongStory.begin()
  for (let from = 0; from < keys; from += AT_ONCE) long.makeKeys(from, Math.min(AT_ONCE, keys - from))
  long.pass(records)
  return long
}

async function indexed({ story, folder: own }: LongStory, home = own): Promise<string> {
  const settings = { partitions: { pay: { module: softhsm } } }
  writeFileSync(join(home, 'config.json'), JSON.stringify(settings), { mode: 0o600 })
  const folder = join(home, 'pay')
  const ledger = LedgerFile.open(join(folder, 'ledger.jsonl'), { index: indexIn(folder) })
  ledger.keepIndex(await ledger.signCheckpoint(asPort(story.audit)))
  return home
}
