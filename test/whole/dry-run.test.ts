// A dry run prints a plan and stops, also where something is unfinished: whatever it says, the home stays byte for byte as it is.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { testModule } from '../support/module.ts'
import { backedUp, by, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { changes, snapshot } from '../support/snapshot.ts'
import { leaveOutRsa } from '../support/softhsm.ts'

leaveOutRsa()

const generate = (place: TestPartition) => ['key', 'generate', 'next', '--type', 'aes-256', ...by(place)]
const stage = (place: TestPartition) => [
  ...['quorum', 'stage', '--remove', 'carol', '--add', 'dan', '--shares-dir', place.path('out')],
  ...['--unsafe-plain-shares', ...by(place)],
]
const replace = (place: TestPartition) => [
  ...['quorum', 'replace', ...stage(place).slice(2), '--in', place.path('backup')],
  ...['--copy', place.path('copy'), '--confirm', 'custodians'],
]
const retire = (place: TestPartition) => ['partition', 'retire', 'pay', ...by(place), '--confirm', 'pay']
const restore = (place: TestPartition, ...more: string[]) => [
  ...['backup', 'restore', place.path('backup'), '--module', testModule(), '--no-checkpoint', '--confirm', 'pay'],
  ...(more.length > 0 ? more : by(place)),
]
const testOf = (place: TestPartition, slot: string) => [
  ...['backup', 'test', place.path('backup'), '--module', testModule(), '--slot', slot, ...by(place)],
]

/** Each leaves something that is unfinished. */
const STATES: Readonly<Record<string, (place: TestPartition) => Promise<unknown>>> = {
  'a restore whose intent is in the ledger, and whose token has its user PIN': async (place) => {
    const slot = await place.blankSlot()
    await killedAfter(
      place,
      (one) => [...restore(one), '--slot', slot],
      ({ name }) => name === 'C_InitPIN',
    )
    assert.equal(place.records().at(-1).plan.op, 'backup.restore')
  },
  'a restore that nobody has approved': async (place) =>
    place.keyrite([...restore(place, ...place.approvedBy('alice')), '--slot', await place.blankSlot()]),
  'a change whose intent is in the ledger': async (place) => killedAfter(place, generate, onDisk),
  'a change, and a ledger that is torn': async (place) => {
    await killedAfter(place, generate, onDisk)
    appendFileSync(place.ledger, '{"record":{"seq')
  },
  'a test of a backup': async (place) => {
    const slot = await place.blankSlot()
    await killedAfter(place, (one) => testOf(one, slot), onDisk)
  },
  'a test of a backup that was announced by nobody': async (place) => {
    const slot = await place.blankSlot()
    const noted = ({ name, path }: ProbeEvent) => name === 'rename' && path.endsWith('pending.json')
    await killedAfter(place, (one) => testOf(one, slot), noted)
  },
  'a retirement': async (place) => killedAfter(place, retire, onDisk),
  'shares that were handed out': async (place) => {
    const isShare = ({ path }: ProbeEvent) => path.includes('dan.e2')
    await killedAfter(place, stage, isShare)
  },
  'a replacement of custodians': async (place) => killedAfter(place, replace, onDisk),
  'a note that is damaged': async (place) => writeFileSync(place.path('home', 'pay', 'pending.json'), '{"kind'),
}

const ASKED = (place: TestPartition, serial: string, slot: string | undefined): string[][] => [
  ['partition', 'recover'],
  ['partition', 'recover', '--abandon', '--confirm', 'pay'],
  ['partition', 'recover', '--lost-token'],
  [...restore(place), ...(slot === undefined ? [] : ['--slot', slot])],
  [...restore(place), '--erase-token', serial],
  ...(slot === undefined ? [] : [testOf(place, slot)]),
  generate(place),
  stage(place),
  replace(place),
  ['quorum', 'unstage', ...by(place)],
  retire(place),
  ['partition', 'move', 'pay', '--to', 'file', ...by(place)],
  ['partition', 'check', ...by(place)],
]

for (const [state, leave] of Object.entries(STATES))
  test(`a dry run changes nothing beside ${state}`, async () => {
    using place = await backedUp()
    const { serial } = place
    for (const folder of ['out', 'copy']) mkdirSync(place.path(folder), { mode: 0o700 })
    await leave(place)
    const slot = await place.blankSlot().catch(() => undefined)
    const before = snapshot(place.home)
    for (const args of ASKED(place, serial, slot)) {
      const { code } = await place.keyrite([...args, '--dry-run'])
      assert.notEqual(code, 70, args.join(' '))
      assert.deepEqual(changes(before, snapshot(place.home)), [], args.join(' '))
    }
  })
