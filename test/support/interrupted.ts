// A command that is killed after a step of its own, chosen by what the probe saw of it on a copy.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import type { TestPartition } from './partition.ts'
import { type ProbeEvent, type ProbeOptions, probeEnv, probeEvents, untilOrphansEnd } from './probe.ts'

type Roots = (place: TestPartition) => string[]

const OWN: Roots = (place) => [place.home, place.path('out')]

function run(
  place: TestPartition,
  args: readonly string[],
  roots: Roots,
  where: Pick<ProbeOptions, 'kill' | 'record'>,
) {
  const folder = place.path('probe')
  mkdirSync(folder)
  return place.keyrite(args, { env: probeEnv({ folder, roots: roots(place), when: 'after', ...where }) })
}

/** Kills it after the first step that `chosen` says yes to, and waits for its host processes. `argsOf`: a copy has paths of its own. `roots`: whose files count. */
export async function killedAfter(
  place: TestPartition,
  argsOf: (place: TestPartition) => readonly string[],
  chosen: (event: ProbeEvent) => boolean,
  roots: Roots = OWN,
): Promise<void> {
  // The probe knows that one by itself.
  const where = chosen === onDisk ? { record: 1 } : { kill: await stepOf(place, argsOf, chosen, roots) }
  const { code } = await run(place, argsOf(place), roots, where)
  assert.equal(code, null, 'it was to be killed')
  await untilOrphansEnd(place.path('probe'), place.home)
}

/** Its number, from a run on a copy that goes on to its end. */
async function stepOf(
  place: TestPartition,
  argsOf: (place: TestPartition) => readonly string[],
  chosen: (event: ProbeEvent) => boolean,
  roots: Roots,
): Promise<number> {
  using whole = place.copy()
  await run(whole, argsOf(whole), roots, {})
  return probeEvents(whole.path('probe')).find(chosen)!.number
}

/** The ledger is on the disk. */
export const onDisk = ({ name, path }: ProbeEvent): boolean => /sync/.test(name) && path.endsWith('.jsonl')
