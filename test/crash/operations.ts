// The changes that are crashed, one entry each: where they begin, what is typed, and what must be so in the end.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordCode } from '../../src/domain/code.ts'
import type { History } from '../../src/domain/history.ts'
import { makeForeign, pinFiles } from '../support/foreign-keys.ts'
import {
  addStation,
  backUp,
  deactivate,
  destroy,
  removeStation,
  requestCertificate,
  restore,
  restoreFromCopy,
  retire,
  suspend,
  testBackup,
  withAllKinds,
  withBackup,
  withKeys,
  withLaptop,
  withoutAnything,
  withoutToken,
  withRequest,
  withResting,
  withRestingOfTwo,
} from './beginnings.ts'
import { CERTIFICATE_BESIDE, type Kept } from './oracle.ts'
import { type GroupFlags, ONE_GROUP, Place, type Strike, TWO_GROUPS } from './place.ts'
import type { Prepared } from './prepared.ts'

export interface Operation {
  name: string
  /** A workplace to crash in. `turn`: which custodians will come. */
  prepare(turn: number): Promise<Place>
  args(place: Place): string[]
  /** How it ends when nothing interrupts it, where that is not 0. */
  exit?: number
  /** A key that was there before. */
  kept?(): Kept
  /** It takes a spare token, which holds nothing in the end, or of which the ledger says that nobody knows. */
  takesSpare?: true
  /** It differs little from another: each third of its crashes is enough. */
  sampled?: boolean
  /** What is particular about it, once everything is recovered. */
  check?(history: History, place: Place): void
}

const on = (prepared: Prepared, name: string, args: Operation['args'], check?: Operation['check']): Operation => ({
  name,
  prepare: (turn) => prepared.copy(turn),
  kept: prepared.kept,
  args,
  ...(check ? { check } : {}),
})

const init = (name: string, groups: readonly GroupFlags[]): Operation => ({
  name,
  prepare: async (turn) => Place.blank(groups, turn),
  args: (place) => place.init(),
})

let filled: Promise<Place> | undefined

async function foreignPlace(): Promise<Place> {
  const place = Place.blank(ONE_GROUP)
  await makeForeign(place.folder)
  return place
}

/** Of a token that others have filled. */
const adopting: Operation = {
  name: 'adopt',
  prepare: async (turn) => (await (filled ??= foreignPlace())).copy(turn),
  args: (place) => {
    const [, ...begin] = place.init()
    return ['partition', 'adopt', ...begin.slice(1), '--name', 'Card DEK=kept', ...pinFiles(place.folder)]
  },
  check: (history) => {
    for (const name of ['kept', 'tls']) states(name, 1, 'active')(history)
  },
}

/** A recovery that is crashed in its turn: `first` has been ended before the nth step that fits. */
const again = (name: string, first: Operation, fits: RegExp, args: Operation['args']): Operation => ({
  ...first,
  name,
  async prepare(turn) {
    const place = await first.prepare(turn)
    await place.keyrite(first.args(place), await strikeAt(first, fits))
    return place
  },
  args,
})

/** Ends both processes before the last step that fits, as a run without a crash counts them. */
async function strikeAt(operation: Operation, fits: RegExp): Promise<Strike> {
  const events = await eventsOf(operation)
  const event = events.findLast(({ name, path }) => fits.test(`${name} ${path}`))
  assert.ok(event, `${operation.name} has no step like ${fits}`)
  return { kill: event.number, when: 'before', whom: 'both' }
}

const counted = new Map<Operation, Promise<Place['events']>>()

/** The steps of an operation that nothing interrupts. */
export function eventsOf(operation: Operation): Promise<Place['events']> {
  const known = counted.get(operation) ?? count(operation)
  counted.set(operation, known)
  return known
}

async function count(operation: Operation): Promise<Place['events']> {
  using place = await operation.prepare(0)
  const { code, stderr } = await place.keyrite(operation.args(place), 'count')
  assert.equal(code, operation.exit ?? 0, `${operation.name} without a crash: ${stderr}`)
  return place.events
}

const states =
  (name: string, version: number, ...allowed: string[]) =>
  (history: History) =>
    assert.ok(
      allowed.includes(history.key(name, version)!.state),
      `${name}#${version} is ${history.key(name, version)!.state}`,
    )

/** It is where it was asked for, or, where that disk didn't take it, beside the ledger. */
function certificateOf({ path, out }: Place) {
  const beside = readdirSync(path).find((name) => CERTIFICATE_BESIDE.test(name) && name.endsWith('.txt'))
  const file = beside === undefined ? join(out, 'certificate') : join(path, beside)
  const [text, json] = [file, `${file}.json`].map((name) => readFileSync(name, 'utf8')) as [string, string]
  return { text, statement: JSON.parse(json).statement }
}

/** What is destroyed has its certificate, whole, whenever the command was ended. */
function certified(history: History, place: Place): void {
  states('old', 1, 'deactivated', 'destroyed')(history)
  if (history.key('old', 1)!.state !== 'destroyed') return
  const { text, statement } = certificateOf(place)
  assert.equal(statement.key.id, history.key('old', 1)!.id)
  assert.ok(text.includes(`code ${recordCode(statement.intent.leaf)}`))
}

const sampled = (operation: Operation): Operation => ({ ...operation, sampled: true })

const recover = (place: Place): string[] => place.recover()

const initOne = init('init', ONE_GROUP)
const three = on(withKeys, 'generate-three', (place) => place.generate('new', '--count', '3'))
const rotation = on(withKeys, 'rotate', (place) => place.changing('key', 'rotate', 'kept'))
const destruction = on(withResting, 'destroy', destroy, certified)
const making = on(withKeys, 'backup', backUp)
const restoring = on(withoutToken, 'restore', restore, states('old', 1, 'destroyed'))
const verifying = on(withAllKinds, 'verify', (place) => place.changing('partition', 'check'))

const testing: Operation = { ...on(withBackup, 'backup-test', testBackup), takesSpare: true }

/** The ledger and its station agree whether it came, or went. */
const stations =
  (...allowed: string[]) =>
  (history: History) => {
    const names = history.stations.present.map(({ name }) => name).slice(1)
    assert.ok(allowed.includes(names.join()), `stations: ${names}`)
  }

/** Each key is destroyed or none, and the end has its certificate. */
function retired(history: History, place: Place): void {
  if (!history.retired) return
  for (const { name, state } of history.keys) assert.equal(state, 'destroyed', name)
  assert.equal(certificateOf(place).statement.tokens[0].state, 'erased')
}

const { kept: _gone, ...retiring } = on(withBackup, 'retire', retire, retired)

export const OPERATIONS: readonly Operation[] = [
  initOne,
  sampled(init('init-two-groups', TWO_GROUPS)),
  sampled(again('init-again', initOne, /^write .*carol.share.txt$/, (place) => place.init())),
  again('init-recover', initOne, /^C_SetPIN/, recover),
  adopting,
  sampled(again('adopt-recover', adopting, /^C_SetPIN/, recover)),
  sampled(on(withKeys, 'generate-aes', (place) => place.generate('new'))),
  on(withKeys, 'generate-pair', (place) => place.generate('new', '--type', 'ec-p256')),
  three,
  on(withKeys, 'generate-many', (place) => place.generate('new', '--count', '12')),
  again('generate-recover', three, /^C_GenerateKey /, recover),
  { ...on(withKeys, 'denied', (place) => place.generate('new').slice(0, -2)), exit: 3 },
  on(withKeys, 'checkpoint', (place) => place.changing('audit', 'checkpoint')),
  rotation,
  again('rotate-recover', rotation, /^C_SetAttributeValue/, recover),
  on(withKeys, 'suspend', suspend, states('old', 1, 'active', 'suspended')),
  sampled(on(withKeys, 'deactivate', deactivate, states('old', 1, 'active', 'deactivated'))),
  sampled(on(withKeys, 'cert-request', requestCertificate)),
  destruction,
  again('destroy-recover', destruction, /^link .*certificate\.json$/, recover),
  sampled(on(withRestingOfTwo, 'destroy-two-groups', destroy, certified)),
  making,
  again('backup-recover', making, /^link .*backup$/, recover),
  restoring,
  sampled(again('restore-again', restoring, /^C_UnwrapKey/, restore)),
  sampled(on(withoutAnything, 'restore-ledger', restoreFromCopy, states('old', 1, 'destroyed'))),
  testing,
  sampled(again('backup-test-recover', testing, /^C_SetPIN/, recover)),
  on(withRequest, 'station-add', addStation, stations('', 'laptop')),
  sampled(on(withLaptop, 'station-remove', removeStation, stations('', 'laptop'))),
  verifying,
  retiring,
  sampled(again('retire-recover', retiring, /^C_InitToken/, recover)),
  again('verify-recover', verifying, /^C_SetAttributeValue/, recover),
]
