// The changes that are crashed, one entry each: where they begin, what is typed, and what must be so in the end.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordCode } from '../../src/domain/code.ts'
import type { History } from '../../src/domain/history.ts'
import { wholeProfile } from '../../src/domain/profile.ts'
import { makeForeign, pinFiles } from '../support/foreign-keys.ts'
import { APPLICATION_OPERATIONS } from './application-operations.ts'
import {
  addStation,
  backUp,
  deactivate,
  destroy,
  exportKey,
  exportSeveral,
  removeStation,
  requestCertificate,
  restore,
  restoreFromCopy,
  retire,
  signFile,
  signLeaf,
  signList,
  signRoot,
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
  withRoot,
  withRootAsked,
} from './beginnings.ts'
import { INWARD_OPERATIONS } from './inward-operations.ts'
import { MANIFEST_OPERATIONS } from './manifest-operations.ts'
import { MEMBER_OPERATIONS } from './member-operations.ts'
import { again, type Operation, on, sampled, states } from './operation.ts'
import { CERTIFICATE_BESIDE } from './oracle.ts'
import { type GroupFlags, ONE_GROUP, Place, TWO_GROUPS } from './place.ts'
import { QUORUM_OPERATIONS } from './quorum-operations.ts'
import { REPLACEMENT_OPERATIONS } from './replacement-operations.ts'

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

const recover = (place: Place): string[] => place.recover()

const initOne = init('init', ONE_GROUP)
const three = on(withKeys, 'generate-three', (place) => place.generate('new', '--count', '3'))
const rotation = on(withKeys, 'rotate', (place) => place.changing('key', 'rotate', 'kept'))
const destruction = on(withResting, 'destroy', destroy, certified)
const making = on(withKeys, 'backup', backUp)
const restoring = on(withoutToken, 'restore', restore, states('old', 1, 'destroyed'))
const verifying = on(withAllKinds, 'verify', (place) => place.changing('partition', 'check'))

/** A call that failed once is nothing that the token lacks. */
const asItBegan = ({ profile }: History, place: Place): void => {
  const [first] = readFileSync(join(place.home, 'pay', 'ledger.jsonl'), 'utf8').split('\n')
  assert.deepEqual(profile, wholeProfile(JSON.parse(first!).record.plan.profile))
}
const renewing = on(withKeys, 'renew', (place) => place.changing('partition', 'check', '--renew-profile'), asItBegan)

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
  for (const { state } of certificateOf(place).statement.tokens) assert.equal(state, 'erased')
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
  on(withKeys, 'key-sign', signFile),
  on(withKeys, 'cert-root', signRoot),
  on(withRootAsked, 'cert-issue', signLeaf),
  sampled(on(withRoot, 'cert-crl', signList)),
  sampled(on(withKeys, 'key-export', exportKey)),
  on(withKeys, 'key-export-several', exportSeveral),
  destruction,
  again('destroy-recover', destruction, /^link .*certificate\.json$/, recover),
  sampled(on(withRestingOfTwo, 'destroy-two-groups', destroy, certified)),
  making,
  again('backup-recover', making, /^link .*backup$/, recover),
  restoring,
  sampled(again('restore-again', restoring, /^C_UnwrapKey/, restore)),
  sampled(on(withoutAnything, 'restore-ledger', restoreFromCopy, states('old', 1, 'destroyed'))),
  testing,
  sampled(again('backup-test-recover', testing, /^C_InitPIN/, recover)),
  on(withRequest, 'station-add', addStation, stations('', 'laptop')),
  sampled(on(withLaptop, 'station-remove', removeStation, stations('', 'laptop'))),
  verifying,
  renewing,
  retiring,
  sampled(again('retire-recover', retiring, /^C_InitToken/, recover)),
  again('verify-recover', verifying, /^C_SetAttributeValue/, recover),
  ...MEMBER_OPERATIONS,
  ...INWARD_OPERATIONS,
  ...APPLICATION_OPERATIONS,
  ...MANIFEST_OPERATIONS,
  ...QUORUM_OPERATIONS,
  ...REPLACEMENT_OPERATIONS,
]
