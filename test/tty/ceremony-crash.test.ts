// A ceremony is killed after each line of its journal, and within its command: it goes on, and its record is whole.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { answerAll, RUN, signAndRecord, writeCeremony } from '../support/ceremony-place.ts'
import { FULL } from '../support/full.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { type ProbeEvent, probeEnv, probeEvents, untilOrphansEnd } from '../support/probe.ts'
import { spawnTerminal } from '../support/terminal.ts'

/** `kill`: after this step of its own. Whether it came to its end. */
async function goThrough(place: TestPartition, args: readonly string[], kill?: number): Promise<boolean> {
  const folder = place.path('probe')
  mkdirSync(folder, { recursive: true })
  const options = { folder, roots: [place.home], when: 'after' as const, ...(kill === undefined ? {} : { kill }) }
  const watched = args === RUN ? probeEnv(options) : {}
  using terminal = spawnTerminal(args, {
    home: place.home,
    cwd: place.folder.dir,
    env: { ...place.folder.env, ...watched },
  })
  // It ends while something is waited for.
  await answerAll(terminal, place).catch(() => terminal.close())
  return (await terminal.exit).code === 0
}

const isWritten = ({ name, path }: ProbeEvent): boolean => /sync/.test(name) && /(journal|ledger)\.jsonl$/.test(path)

async function begin(): Promise<TestPartition> {
  const place = await partition()
  writeCeremony(place)
  return place
}

test('after a SIGKILL at each write of journal and ledger the ceremony goes on, and nothing that was done is lost', {
  skip: FULL ? false : 'test:full takes it',
}, async () => {
  using whole = await begin()
  assert.ok(await goThrough(whole, RUN))
  const writes = probeEvents(whole.path('probe')).filter(isWritten)
  assert.ok(writes.length > 12, `${writes.length}`)
  for (const { number } of writes) {
    using place = await begin()
    await goThrough(place, RUN, number)
    await untilOrphansEnd(place.path('probe'), place.home)
    const { ceremonies } = await place.data('ceremony', 'status')
    if (ceremonies.length === 0) continue
    if (ceremonies[0].state !== 'closed') assert.ok(await goThrough(place, ['ceremony', 'resume']), `write ${number}`)
    await signAndRecord(place)
    await place.data('ceremony', 'verify', 'record', '--ledger', 'pay.ledger')
  }
})
