// The way to the database breaks, the server is killed, or keyrite is, at each piece that passes meanwhile: what is in ledger and token fits afterwards.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import type { Cluster } from './cluster.ts'
import { Fleet } from './fleet.ts'
import { BreakingWay } from './proxy.ts'

interface Breaking {
  cluster: Cluster
  way: BreakingWay
  /** Of keyrite. */
  pid: number
}

const BREAKS: { [name: string]: (at: Breaking) => void } = {
  cut: ({ way }) => way.cut(),
  kill: ({ cluster, way }) => {
    cluster.kill()
    way.cut()
    cluster.up()
  },
  // Its processes are in a group of their own.
  dead: ({ pid }) => process.kill(-pid, 'SIGKILL'),
}

interface Deed {
  begin(cluster: Cluster, port: number): Promise<Fleet>
  words(fleet: Fleet): string[]
  isDone(fleet: Fleet): Promise<boolean>
}

const isInDatabase = (fleet: Fleet): boolean => existsSync(fleet.place.path('home', 'pay', 'place.json'))

async function hasKey(fleet: Fleet): Promise<boolean> {
  const { keys } = (await fleet.ok('home', 'key', 'list')).json.data
  return keys.some(({ name }: { name: string }) => name === 'k')
}

const DEEDS: { [name: string]: Deed } = {
  key: { begin: Fleet.moved, words: () => ['key', 'generate', 'k', '--type', 'aes-256'], isDone: hasKey },
  move: {
    begin: Fleet.begin,
    words: (fleet) => ['partition', 'move', '--to', fleet.url()],
    isDone: async (fleet) => isInDatabase(fleet),
  },
  back: {
    begin: Fleet.moved,
    words: () => ['partition', 'move', '--to', 'file'],
    isDone: async (fleet) => !isInDatabase(fleet),
  },
}

/** Whatever came of it: it says so, there is a way on, and everything fits. */
async function cameThrough(deed: Deed, fleet: Fleet, code: number | null): Promise<string> {
  assert.ok([0, 3, 6, null].includes(code), `exit ${code}`)
  const { open } = (await fleet.ok('home', 'partition', 'show')).json.data
  if (open) await fleet.change('home', 'partition', 'recover')
  await fleet.verifies()
  const done = await deed.isDone(fleet)
  if (code === 0) assert.ok(done, 'it says that it is done, and it is not')
  if (code === 3) assert.ok(!done, 'it was refused, and is done')
  const [rows, lines] = [fleet.rows, fleet.lines()]
  assert.deepEqual(rows, isInDatabase(fleet) ? lines : lines.slice(0, rows.length))
  return `${open ? 'recovered, ' : ''}${done ? 'done' : 'not done'}`
}

/** How many pieces pass while nothing breaks. */
async function piecesOf(deed: Deed, cluster: Cluster, way: BreakingWay): Promise<number> {
  using fleet = await deed.begin(cluster, way.port)
  way.pieces = 0
  await fleet.change('home', ...deed.words(fleet))
  return way.pieces
}

type Say = (line: string) => void

/** `every`: of the pieces this one alone is tried. How many pass differs from time to time: what was not reached did not break, and is no trial. */
async function breaksAt(deed: string, how: string, cluster: Cluster, every: number, say: Say): Promise<void> {
  using way = await BreakingWay.start(cluster.port)
  const last = await piecesOf(DEEDS[deed]!, cluster, way)
  let broken = 0
  for (let piece = 1; piece <= last; piece += every) {
    const came = await breakAt(DEEDS[deed]!, BREAKS[how]!, piece, cluster, way)
    if (way.hasBroken) broken++
    say(`${deed}, ${how} at ${piece} of ${last}: ${way.hasBroken ? came : `not reached; ${came}`}`)
  }
  assert.ok(broken > 0, 'nothing broke')
  say(`${deed}, ${how}: ${broken} breaks`)
}

async function breakAt(
  deed: Deed,
  how: (at: Breaking) => void,
  piece: number,
  cluster: Cluster,
  way: BreakingWay,
): Promise<string> {
  using fleet = await deed.begin(cluster, way.port)
  let pid = 0
  way.breakAfter(piece, () => how({ cluster, way, pid }))
  const tried = await fleet.tryWatched('home', (started) => (pid = started), ...deed.words(fleet))
  const { code, json, stderr } = tried
  try {
    return `${json?.error?.code ?? (code === 0 ? 'done' : 'killed')}; ${await cameThrough(deed, fleet, code)}`
  } catch (error) {
    throw new Error(`at ${piece}: ${(error as Error).message}\n${stderr}`)
  }
}

/** `key-cut`, `move-dead` and the like. */
export const breaks = (every: number, say: Say) =>
  Object.keys(DEEDS).flatMap((deed) =>
    Object.keys(BREAKS).map((how) => [
      `${deed}-${how}`,
      (cluster: Cluster) => breaksAt(deed, how, cluster, every, say),
    ]),
  ) as [string, (cluster: Cluster) => Promise<void>][]
