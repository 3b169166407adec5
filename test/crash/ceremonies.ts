// Ceremonies that are crashed, run at a terminal, signed and recorded: each goes on, its record is whole, and nothing is done twice.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerAll, type Day } from '../support/ceremony-people.ts'
import { dayOf, RUN, signAndRecord, signHead, step, writeCeremony } from '../support/ceremony-place.ts'
import { copyOf, partition, type TestPartition } from '../support/partition.ts'
import { type ProbeEvent, type ProbeOptions, probeEnv, probeEvents, untilOrphansEnd } from '../support/probe.ts'
import { spawnTerminal } from '../support/terminal.ts'
import { fullDisksOf, sickDisksOf, strikesOf } from './strikes.ts'

export const VERBS = ['run', 'rehearse', 'sign', 'record'] as const
type Verb = (typeof VERBS)[number]
type DiskStrike = Pick<ProbeOptions, 'kill' | 'when' | 'whom' | 'full' | 'eio' | 'erofs'>

/** `gone`: the medium with the photo, until somebody brings it back. `beside`: while it stands still somebody shows a share; `same`: at a step in which one is to be shown. */
type Strike = DiskStrike | 'gone' | 'beside' | 'same'

export interface CeremonyCrash {
  verb: Verb
  strike: Strike
  event?: ProbeEvent
}

const RESUME = ['ceremony', 'resume']
const REHEARSE = ['ceremony', 'rehearse', 'q4.toml', '--site', 'q4.site.toml']
const SIGN = ['ceremony', 'sign', 'q4', '--role', 'witness', '--signature', 'head.sig']
const RECORD = ['ceremony', 'record', 'q4', '--out', 'record']

const ready = async (): Promise<TestPartition> => {
  const place = await partition()
  writeCeremony(place)
  return place
}

/** At its end, with a head that the witness has signed. */
const closed = (): Promise<TestPartition> =>
  copyOf('crash-closed', 'plain', async () => {
    const place = await ready()
    assert.ok(await atTerminal(place, RUN), 'a ceremony that nothing interrupts')
    await place.data('ceremony', 'sign', 'q4', '--out', place.path('head'))
    signHead(place, 'witness', place.path('head'))
    return place
  })

const PREPARED: { readonly [verb in Verb]: () => Promise<TestPartition> } = {
  run: ready,
  rehearse: ready,
  sign: closed,
  record: closed,
}
const ARGS: { readonly [verb in Verb]: readonly string[] } = {
  run: RUN,
  rehearse: REHEARSE,
  sign: SIGN,
  record: RECORD,
}

function watched(place: TestPartition, strike: DiskStrike): Record<string, string> {
  const folder = place.path('probe')
  mkdirSync(folder, { recursive: true })
  return { ...place.folder.env, ...probeEnv({ folder, roots: [place.home, place.path('record')], ...strike }) }
}

/** The end of what was last seen, for whoever asks why it was not the end. */
let screen = ''

/** Whatever is asked is answered, as far as the program goes. Whether it came to its end. */
async function atTerminal(
  place: TestPartition,
  args: readonly string[],
  strike?: DiskStrike,
  more: Partial<Day> = {},
): Promise<boolean> {
  const env = strike ? watched(place, strike) : place.folder.env
  using terminal = spawnTerminal(args, { home: place.home, cwd: place.folder.dir, env })
  await answerAll(terminal, { ...dayOf(place), ...more }).catch(() => terminal.close())
  const { code } = await terminal.exit
  screen = terminal.screen().slice(-3000)
  if (strike) await untilOrphansEnd(place.path('probe'), place.home)
  return code === 0
}

async function carryOut(place: TestPartition, verb: Verb, strike: DiskStrike): Promise<void> {
  if (verb === 'run') await atTerminal(place, RUN, strike)
  else if (verb === 'rehearse') await atTerminal(place, REHEARSE, strike, onTwin(place))
  else await place.keyrite(ARGS[verb], { env: watched(place, strike) })
}

/** At each change of a file of the home and of the record; and a medium that is away, a share that is shown meanwhile. */
export async function ceremonyCrashes({ faults }: { faults?: boolean }): Promise<CeremonyCrash[]> {
  const all: CeremonyCrash[] = []
  for (const verb of VERBS) {
    using place = await PREPARED[verb]()
    await carryOut(place, verb, {})
    // What the soft token of a twin writes is its own affair.
    const events = probeEvents(place.path('probe')).filter(({ path }) => !path.includes('/.rehearsals/pay.q4/tokens/'))
    const strikes = [...strikesOf(events, false), ...fullDisksOf(events), ...(faults ? sickDisksOf(events) : [])]
    all.push(...strikes.map(({ event, strike }) => ({ verb, event, strike: strike as DiskStrike })))
  }
  return [...all, { verb: 'run', strike: 'gone' }, { verb: 'run', strike: 'beside' }, { verb: 'run', strike: 'same' }]
}

export function titleOfCeremony({ verb, strike, event }: CeremonyCrash): string {
  if (typeof strike === 'string') return `ceremony-${verb} ${strike}`
  const { number = 0, name = '', path = '' } = event ?? {}
  return `ceremony-${verb} ${mannerOfCeremony({ verb, strike })} ${number} ${name} ${path.replace(/^.*\/(home|record)(?=\/|$)/, '$1')}`
}

export function mannerOfCeremony({ strike }: CeremonyCrash): string {
  if (typeof strike === 'string') return strike
  if (strike.kill !== undefined) return `${strike.whom} ${strike.when}`
  if (strike.full !== undefined) return 'disk-full from'
  return strike.eio === undefined ? 'disk-read-only from' : 'disk-error'
}

export async function surviveCeremony({ verb, strike }: CeremonyCrash): Promise<void> {
  using place = await PREPARED[verb]()
  if (strike === 'gone') return await comeBack(place)
  if (strike === 'beside') return await findBeside(place)
  if (strike === 'same') return await findSame(place)
  await carryOut(place, verb, strike)
  await GO_ON[verb](place)
}

const stateOf = async (place: TestPartition): Promise<string | undefined> =>
  (await place.data('ceremony', 'status')).ceremonies[0]?.state

const verifies = async (place: TestPartition, folder: string): Promise<void> =>
  void (await place.data('ceremony', 'verify', folder, '--ledger', 'pay.ledger'))

async function goOn(place: TestPartition): Promise<void> {
  const state = await stateOf(place)
  if (state !== 'closed')
    assert.ok(await atTerminal(place, state === undefined ? RUN : RESUME), `it was ${state}:\n${screen}`)
  assert.equal(await stateOf(place), 'closed')
  await signAndRecord(place)
  await verifies(place, 'record')
  const { keys } = await place.data('key', 'list')
  const states = keys.map((key: { name: string; version: number; state: string }) => [key.name, key.version, key.state])
  assert.deepEqual(states.sort(), [
    ['card', 1, 'deactivated'],
    ['card', 2, 'active'],
  ])
}

const twinOf = (place: TestPartition): string => join(place.home, '.rehearsals', 'pay.q4')

const onTwin = (place: TestPartition): Partial<Day> => ({ shares: [join(twinOf(place), 'shares')] })

/** The same command again goes on, or begins anew; of the real partition nothing is another. */
async function goOnRehearsing(place: TestPartition): Promise<void> {
  const before = readFileSync(place.ledger, 'utf8')
  if (!existsSync(place.path('q4.toml.rehearsal')))
    assert.ok(await atTerminal(place, REHEARSE, undefined, onTwin(place)), screen)
  assert.equal((await place.keyrite(['inspect', 'q4.toml.rehearsal'])).json.data.kind, 'ceremony-rehearsal')
  const home = join(twinOf(place), 'home')
  const { json } = await place.keyrite(['ceremony', 'status'], { home })
  assert.equal(json.data.ceremonies[0].state, 'closed')
  assert.equal((await place.keyrite(['ceremony', 'record', 'q4', '--out', 'rehearsed'], { home })).code, 0)
  const ledger = join(home, 'pay', 'ledger.jsonl')
  const verdict = await place.keyrite(['ceremony', 'verify', 'rehearsed', '--ledger', ledger])
  assert.deepEqual([verdict.code, verdict.json.data.mode], [0, 'rehearsal'])
  assert.equal(readFileSync(place.ledger, 'utf8'), before)
  assert.deepEqual((await place.data('ceremony', 'status')).ceremonies, [])
}

const GO_ON: { readonly [verb in Verb]: (place: TestPartition) => Promise<void> } = {
  run: goOn,
  rehearse: goOnRehearsing,
  sign: async (place) => {
    await place.data(...SIGN)
    const [{ signatures }] = (await place.data('ceremony', 'status')).ceremonies
    assert.equal(signatures, 1)
    rmSync(place.path('head'), { force: true })
    await signAndRecord(place)
    await verifies(place, 'record')
  },
  record: async (place) => {
    // What is there in half is no record, and says so.
    const isThere = existsSync(place.path('record'))
    if (isThere && !existsSync(place.path('record/manifest.json')))
      assert.notEqual((await place.keyrite(['ceremony', 'verify', 'record', '--ledger', place.ledger])).code, 0)
    if (isThere) renameSync(place.path('record'), place.path('half'))
    await signAndRecord(place)
    await verifies(place, 'record')
  },
}

/** The medium with the photo is away at the step that wants it. */
async function comeBack(place: TestPartition): Promise<void> {
  renameSync(place.path('photo.jpg'), place.path('away'))
  assert.ok(!(await atTerminal(place, RUN)))
  assert.equal(await stateOf(place), 'open')
  renameSync(place.path('away'), place.path('photo.jpg'))
  await goOn(place)
}

/** A share that is shown while the ceremony stands still belongs to no step of it. */
async function findBeside(place: TestPartition): Promise<void> {
  renameSync(place.path('photo.jpg'), place.path('away'))
  await atTerminal(place, RUN)
  renameSync(place.path('away'), place.path('photo.jpg'))
  await goOnBeside(place)
}

/** Nor where the program was killed within a step that shows one. */
async function findSame(place: TestPartition): Promise<void> {
  const drill = step('3.0', 'run', ['operator'], { run: ['quorum', 'drill'] })
  const script = readFileSync(place.path('q4.toml'), 'utf8')
  writeFileSync(place.path('q4.toml'), script.replace('[[steps]]\nid = "3.1"', `${drill}\n[[steps]]\nid = "3.1"`))
  assert.ok(!(await atTerminal(place, RUN, undefined, { killAt: '3.0' })))
  await goOnBeside(place)
}

async function goOnBeside(place: TestPartition): Promise<void> {
  await place.data('quorum', 'drill', '--share', place.path('shares', 'alice.share.txt'))
  assert.ok(await atTerminal(place, RESUME))
  await signAndRecord(place)
  const { code, json } = await place.keyrite(['ceremony', 'verify', 'record', '--ledger', 'pay.ledger'])
  assert.deepEqual([code, json.error.code, json.data.faults.length], [5, 'CEREMONY-BESIDE', 1])
  assert.match(json.error.hint, /^what was done, and by whom: keyrite audit show --ledger pay[.]ledger --from \d+$/)
}
