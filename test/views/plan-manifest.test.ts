// What a manifest's plan does is told in few lines, and nothing of it can hide behind what is alike.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { planManifest } from '../../src/change/operations/apply-manifest.ts'
import { planBackup } from '../../src/change/operations/create-backup.ts'
import { planGeneration } from '../../src/change/operations/generate-keys.ts'
import { SamplePartition } from '../../src/docs/sample-partition.ts'
import type { Usage } from '../../src/domain/keys.ts'
import { parseManifest } from '../../src/domain/manifest.ts'
import type { CopyBatch, ManifestPlan } from '../../src/domain/manifest-plan.ts'
import type { KeyName } from '../../src/domain/names.ts'
import type { Record } from '../../src/domain/record.ts'
import { inPlain } from '../../src/terminal/render.ts'
import { Known } from '../../src/views/known.ts'
import { manifestList } from '../../src/views/manifest-list.ts'
import { planView } from '../../src/views/plan-view.ts'
import { tell } from '../../src/views/record-view.ts'
import { samples } from '../support/plan-samples.ts'

const YEAR = 366 * 24 * 60

let partition: SamplePartition
beforeEach(() => {
  partition = new SamplePartition()
})

function generate(name: string, more: { usage?: Usage[]; backup?: boolean } = {}): void {
  const request = { name: name as KeyName, type: 'aes-256' as const, backup: true, accepted: [], ...more }
  partition.carryOut(planGeneration(request, partition.history, partition.inputs()))
}

function plan(text: string, destroys = false): ManifestPlan {
  const manifest = parseManifest(`format = "keyrite.manifest/1"\n${text}`)
  const request = { manifest, destroys, accepted: [], without: [] }
  const nowhere = { without: [], reached: () => assert.fail('no application is there') }
  return planManifest(request, partition.history, partition.inputs(), nowhere)
}

/** Rows whose text goes on are one line. */
const shown = (of: ManifestPlan): string =>
  inPlain(planView({ plan: of }, partition.history, partition.now)).replace(/\n {10,}/g, ' | ')
const list = (of: ManifestPlan): string => manifestList(of, partition.history)

const DEK = '[policies.dek]\ntype = "aes-256"\nrotate-every = "P1Y"\n'
const entries = (names: string[], policy = 'dek') =>
  names.map((name) => `[keys.${name}]\npolicy = "${policy}"\n`).join('')

describe('the keys of a plan', () => {
  const names = ['a', 'b', 'c']

  test('a next version that may do something else stands by itself', () => {
    generate('a')
    generate('b', { usage: ['wrap', 'unwrap'] })
    generate('c', { backup: false })
    partition.pass(YEAR)
    const told = plan(DEK + entries(names))
    assert.match(
      shown(told),
      /rotates +1 key of dek {2}aes-256 \| a#2 in .*\n +they +are active, and may encrypt, decrypt\n/,
    )
    assert.match(
      shown(told),
      /rotates +1 key of dek {2}aes-256 \| b#2 in .*\n +they +are active, and may wrap, unwrap\n/,
    )
    assert.match(
      shown(told),
      /rotates +1 key of dek {2}aes-256 \| c#2 in .*\n.*\n +backup +no backup: it can never leave/,
    )
    assert.match(list(told), /^rotate {2}b#2 {2}dek {2}aes-256 {2}becomes active {2}new {2}they {2}.*may wrap, unwrap/m)
    assert.match(list(told), /^rotate {2}c#2 .* backup {2}no backup/m)
    assert.match(list(told), /^deactivate {2}c#1 {2}cmac5:/m)
  })

  test('those of which everything is alike are told together, and what gives way to them with them', () => {
    for (const name of names) generate(name)
    partition.pass(YEAR)
    const told = shown(plan(DEK + entries(names)))
    assert.match(told, /rotates +3 keys of dek {2}aes-256 \| a#2 in the place of a#1 cmac5:\w+, b#2 in /)
    assert.match(told, /give way +their versions #1, which may decrypt from then on\n +made for +encrypt, decrypt/)
    assert.equal(told.match(/rotates/g)?.length, 1)
  })
})

test('what goes for good is told with what holds it still, and with nothing that is not so', () => {
  const ends = '[policies.dek]\ntype = "aes-256"\nrotate-every = "P1D"\nprocess-for = "P1D"\ndestroy-after = "P1D"\n'
  generate('a')
  generate('b')
  const artefacts = [{ name: 'all.backup', sha256: 'cd'.repeat(32), bytes: 4711 }]
  partition.carryOut(planBackup('/safe/all.backup', partition.history, partition.inputs()), { artefacts })
  partition.pass(2 * 24 * 60)
  partition.carryOut(plan(ends + entries(['a', 'b'])))
  partition.pass(4 * 24 * 60)
  const going = plan(ends + entries(['a', 'b']), true)
  assert.match(shown(going), /DESTROYS +2 keys of dek .*\n +still in +backup all\.backup of .*\n +made for/)
  assert.doesNotMatch(shown(going), /UNUSUAL/)
  assert.match(list(going), /^destroy {2}a#1 .* still in {2}backup all\.backup of/m)
  const told = tell(
    { type: 'intent', plan: going, approvals: [], seq: 9, host: {} } as unknown as Record,
    new Known(),
  ).join('\n')
  assert.match(told, /^destroy a#1, b#1: aes-256 for encrypt, decrypt; destroyed$/m)
})

/** The row that asks for the list. */
const LIST = /in full +what is not named above stands by name in the list of this plan/

describe('what the screen leaves out', () => {
  const ten = Array.from({ length: 10 }, (_, i) => `k${String.fromCharCode(97 + i)}`)

  test('keys and entries that are all named need no list, nor those whose names follow from the first and the last', () => {
    assert.doesNotMatch(shown(plan(DEK + entries(ten.slice(0, 8)))), LIST)
    assert.doesNotMatch(shown(plan(`${DEK}[keys.tmk]\npolicy = "dek"\ncount = 5000\n`)), LIST)
  })

  test('more names, and check values that are not shown, stand in the list', () => {
    assert.match(shown(plan(DEK + entries(ten))), LIST)
    partition.carryOut(plan(`${DEK}[keys.tmk]\npolicy = "dek"\ncount = 10\n`))
    partition.pass(YEAR)
    const told = plan(`${DEK}[keys.tmk]\npolicy = "dek"\ncount = 10\n`)
    assert.match(shown(told), LIST)
    assert.equal(list(told).match(/^deactivate {2}tmk-\d\d#1 {2}cmac5:/gm)?.length, 10)
  })

  test('the code of the plan stands in its list where it is told, and elsewhere not', () => {
    const told = plan(DEK + entries(ten))
    const [first, ...others] = manifestList(told, partition.history, 'CODE').split('\n')
    assert.equal(first, 'plan CODE')
    assert.deepEqual(list(told).split('\n'), [`plan of ${told.created}`, ...others])
  })
})

describe('the manifest of a plan', () => {
  const many = Array.from({ length: 12 }, (_, i) => `k${String.fromCharCode(97 + i)}`)

  test('an entry among many that moves to another policy stands by itself', () => {
    const short = '[policies.short]\ntype = "aes-256"\nprocess-for = "P1D"\n'
    partition.carryOut(plan(DEK + short + entries(many)))
    const moved = many.at(-1)!
    const told = plan(DEK + short + entries(many.slice(0, -1)) + entries([moved], 'short') + entries(['l', 'm']))
    assert.match(shown(told), /keys +kl: short {2}CHANGED: it was dek\n/)
    assert.match(shown(told), /keys +2 entries, l, m: dek {2}NEW\n/)
    assert.match(list(told), /^entry {2}kl: short {2}CHANGED: it was dek$/m)
    assert.equal(list(told).match(/^entry {2}/gm)?.length, 14)
  })

  test('no change of many is left out, however many kinds there are', () => {
    partition.carryOut(plan(DEK + entries(many)))
    const counts = many.map((name, i) => `[keys.${name}]\npolicy = "dek"\ncount = ${i + 2}\n`).join('')
    for (const [i, name] of many.entries())
      assert.match(shown(plan(DEK + counts)), new RegExp(`keys +${name}: dek, ${i + 2} keys {2}CHANGED: it was dek`))
  })

  test('a policy, a duty and an entry that change or go are told', () => {
    const duties = '[duties]\n"quorum.drill" = "P92D"\n"backup.test" = "P366D"\n"partition.check" = "P31D"\n'
    const old = '[policies.old]\ntype = "ed25519"\n'
    partition.carryOut(plan(DEK + old + entries(['a', 'b']) + duties))
    const later = DEK.replace('P1Y', 'P2Y') + entries(['a'])
    const told = shown(plan(`${later}[duties]\n"backup.test" = "P366D"\n"partition.check" = "P9D"\n`))
    for (const row of [
      /policy +dek: .*; a new version every P2Y {2}CHANGED: it was .* every P1Y\n/,
      /policy +old: not in it any more; it was ed25519/,
      /keys +b: not in it any more; it was dek\n/,
      /duties +quorum\.drill: not in it any more; it was every P92D\n/,
      /duties +backup\.test: every P366D\n/,
      /duties +partition\.check: every P9D {2}CHANGED: it was every P31D\n/,
    ])
      assert.match(told, row)
  })
})

test('copies of which one may do more than the others are told apart, however many there are', () => {
  const sample = structuredClone(samples['manifest.apply']) as ManifestPlan
  const [app] = sample.apps!
  const batch: CopyBatch = { version: 1, called: 'name', wished: true, usage: ['decrypt'], names: [] }
  const names = Array.from({ length: 12 }, (_, i) => `k${i}` as KeyName)
  app!.copies = [
    { ...batch, names: names.slice(1) },
    { ...batch, usage: ['encrypt', 'decrypt'], names: names.slice(0, 1) },
  ]
  const told = shown(sample)
  assert.match(told, /gets 11 copies of .*, called by the name alone: each may decrypt/)
  assert.match(told, /gets k0#1 as k0: it may encrypt, decrypt/)
})

test('what is accepted is told as what it means there', () => {
  const told = shown({ ...(samples['manifest.apply'] as ManifestPlan), accepted: ['unbacked'] })
  assert.match(told, /accepts +unbacked: no backup holds a key that is delivered or promoted\n/)
})
