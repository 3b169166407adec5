// A manifest that does everything at once: a key is made and delivered, one is rotated, one published, one promoted, one withdrawn.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { History } from '../../src/domain/history.ts'
import { testModule } from '../support/module.ts'
import { backUp, keys } from './beginnings.ts'
import { again, type Operation, on } from './operation.ts'
import type { Place } from './place.ts'
import { Prepared, type Step } from './prepared.ts'

const MANIFEST = `format = "keyrite.manifest/1"
[policies.dek]
type = "aes-256"
rotate-every = "P2D"
[policies.sign]
type = "ec-p256"
rotate-every = "P2D"
publish-before = "P1D"
[policies.gone]
type = "aes-256"
[keys.alone]
policy = "dek"
[keys.fresh]
policy = "dek"
count = 2
deliver = ["till"]
[keys.gone]
policy = "gone"
deliver = []
[keys.kept]
policy = "dek"
deliver = ["till"]
[keys.old]
policy = "sign"
deliver = ["till"]
`

const apply = (place: Place): string[] => {
  const file = join(place.out, 'keys.toml')
  writeFileSync(file, MANIFEST)
  // What was made before the last of them is due then, and what it makes is not.
  const { time } = place.partition.openLedger().history.key('gone', 1)!.history[0]!
  const by = ['--by', new Date(Date.parse(time) + 2 * 86_400_000).toISOString()]
  return place.changing('manifest', 'apply', file, ...by, '--accept', 'unbacked')
}

const begun = (place: Place): Step[] => [
  ...keys(place),
  place.generate('alone'),
  place.generate('gone'),
  backUp(place),
  place.changing('app', 'init', 'till', '--module', testModule(), '--pin-out', join(place.out, 'till.pin')),
  place.changing('key', 'deliver', 'kept', 'old', 'gone', '--app', 'till'),
  place.changing('key', 'publish', 'kept'),
]

/** Applied again it does what is left, and nothing twice; then everything is as it is told. */
async function isDoneByTheNext(_: History, place: Place): Promise<void> {
  for (const args of [apply(place), place.changing('partition', 'check'), place.changing('app', 'check', '--all')]) {
    const { code, stderr } = await place.keyrite(args)
    assert.equal(code, 0, stderr)
  }
  const { history } = place.partition.openLedger()
  const told = [...history.keys]
    .filter(({ name }) => name !== 'other')
    .map(({ name, version, state, published }) => `${name}#${version} ${state}${published ? ' waits' : ''}`)
  assert.deepEqual(told.sort(), [
    'alone#1 deactivated',
    'alone#2 active',
    'fresh-1#1 active',
    'fresh-2#1 active',
    'gone#1 active',
    'kept#1 deactivated',
    'kept#2 active',
    'old#1 active',
    'old#2 active waits',
  ])
  const { copies } = history.applications.named('till')!
  assert.deepEqual([...copies.values()].map(({ label }) => label).sort(), [
    'fresh-1',
    'fresh-2',
    'kept',
    'kept#1',
    'old',
    'old#2',
  ])
  assert.ok(history.conducted.manifest)
}

const applying: Operation = on(new Prepared(begun), 'manifest-apply', apply, isDoneByTheNext)

const recover = (place: Place): string[] => place.recover()

export const MANIFEST_OPERATIONS: readonly Operation[] = [
  applying,
  again('manifest-apply-recover', applying, /^C_UnwrapKey/, recover),
]
