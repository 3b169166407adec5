// A command that is killed after a step of its own, chosen by what the probe saw of it on a copy.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import type { TestPartition } from './partition.ts'
import { type ProbeEvent, probeEnv, probeEvents, untilOrphansEnd } from './probe.ts'

type Roots = (place: TestPartition) => string[]

const OWN: Roots = (place) => [place.home, place.path('out')]

function run(place: TestPartition, args: readonly string[], roots: Roots, kill?: number) {
  const folder = place.path('probe')
  mkdirSync(folder)
  const options = {
    folder,
    roots: roots(place),
    when: 'after' as const,
    ...(kill === undefined ? {} : { kill }),
  }
  return place.keyrite(args, { env: probeEnv(options) })
}

/** Kills it after the first step that `chosen` says yes to, and waits for its host processes. `argsOf`: a copy has paths of its own. `roots`: whose files count. */
export async function killedAfter(
  place: TestPartition,
  argsOf: (place: TestPartition) => readonly string[],
  chosen: (event: ProbeEvent) => boolean,
  roots: Roots = OWN,
): Promise<void> {
  using whole = place.copy()
  await run(whole, argsOf(whole), roots)
  const step = probeEvents(whole.path('probe')).find(chosen)
  const { code } = await run(place, argsOf(place), roots, step!.number)
  assert.equal(code, null, 'it was to be killed')
  await untilOrphansEnd(place.path('probe'), place.home)
}

/** The ledger is on the disk. */
export const onDisk = ({ name, path }: ProbeEvent): boolean => /sync/.test(name) && path.endsWith('.jsonl')
