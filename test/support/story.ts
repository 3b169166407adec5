// The story of a partition in 200 records: every kind of change, refusal, crash and replacement that a ledger can tell of.

import { createHash } from 'node:crypto'
import { SamplePartition } from '../../src/docs/sample-partition.ts'
import { newKeyId } from '../../src/domain/key-id.ts'
import {
  attributesFor,
  classOf,
  isPair,
  type KeyState,
  type KeyType,
  usagesIn,
  usualUsages,
} from '../../src/domain/keys.ts'
import { blockHeaderFor } from '../../src/domain/make-block.ts'
import { plannedKeys } from '../../src/domain/plan.ts'
import type { KeyReport, KeyTarget, KeyTemplate } from '../../src/domain/shapes.ts'
import { type Statement, statementMessage } from '../../src/domain/statement.ts'
import { issuance, listing, requestFor, rootOf, spkiOfP256 } from './authority.ts'
import type { Cast, TestStation } from './cast.ts'
import { type Custody, everyone, signaturesOf, type TestSigner } from './custody.ts'
import { type Change, LedgerWriter, type Loose, recordOf } from './ledger.ts'
import { WRAPPING_KEY } from './plan-samples.ts'

const LIBRARY = { path: '/lib/hsm-2.so', sha256: 'cd'.repeat(32) }
export const PROFILE = new SamplePartition().beginning.profile

export const RECORDS = 200

export const FAILED = {
  result: 'failed',
  error: { code: 'CKR_DEVICE_MEMORY', message: 'C_GenerateKey: CKR_DEVICE_MEMORY' },
}

/** A key as a plan names it. */
export const wanted = ({ spki: _, ...target }: KeyReport): KeyTarget => target

export const stationOf = ({ name, key }: TestStation) => ({ name, key })

/** What is read back of a pair. */
export const publicKey = (spki: Uint8Array) => ({
  spki: Buffer.from(spki).toString('base64url'),
  fingerprint: `sha256:${createHash('sha256').update(spki).digest('hex')}`,
})

/** On another token, where a key was not made. */
const copied = (key: KeyReport): KeyReport => ({
  ...key,
  attributes: isPair(key.attributes)
    ? { ...key.attributes, private: { ...key.attributes.private, LOCAL: false } }
    : { ...key.attributes, LOCAL: false },
})

/** A telling; `changes` bend single steps of it before they are signed: see the names of the steps below. */
export class Story extends LedgerWriter {
  /** Every key as the ledger last told of it, by label. */
  readonly keys = new Map<string, KeyReport>()

  /** The whole story. */
  static tell(cast: Cast, records = RECORDS): Story {
    const story = new Story(cast)
    story.#tellAll(records)
    return story
  }

  /** The story up to where a change of it is signed. */
  static forge(cast: Cast, changes: Record<string, Change>): Story {
    const story = new Story(cast, changes, true)
    return story.told(() => story.#tellAll(RECORDS))
  }

  /** The same up to the record with this number, to be told otherwise from there on. */
  branch(at: number): Story {
    const branch = new Story(this.cast)
    branch.goOnAfter(this.lines.slice(0, at))
    for (const { type, keys } of branch.lines.map(recordOf)) {
      if (type === 'outcome' || type === 'recovered') branch.#note(keys)
    }
    return branch
  }

  #note(keys: readonly KeyReport[]): void {
    for (const key of keys) this.keys.set(`${key.name}#${key.version}`, key)
  }

  #tellAll(records: number): void {
    this.begin()
    this.#generate()
    this.#crash()
    this.#states()
    this.#guest()
    this.#backUpAndRestore()
    for (let i = 1; this.lines.length <= records - 8; i++) this.#round(i)
    while (this.lines.length < records) this.note(`filler ${this.lines.length}`)
  }

  /** `more`: members of its plan. */
  protected create(more: object = {}): void {
    const { cast } = this
    const { station, audit, token } = cast
    const told = { name: 'pay', token, groups: this.roster.map(({ group }) => group) }
    const plan = this.plan('created', 'partition.init', {
      ...told,
      profile: PROFILE,
      station: stationOf(station),
      ...more,
    })
    this.add('created', 'partition.created', {
      ...told,
      stationKey: station.key,
      auditKey: audit.key,
      plan,
      approvals: this.approvals(plan, true),
      keyApprovals: this.keyApprovals(token.serial, audit),
    })
  }

  protected begin(): void {
    this.create()
    this.note('note', 'a café "quoted" \\ \u{1f511}')
    this.#drill('drill', 1)
    this.#people()
    this.#denials('denied')
  }

  note(step: string, text = step): void {
    this.add(step, 'note', { text }, this.station)
  }

  /** Two refusals under one signature. */
  #denials(step: string): void {
    const planDigest = this.random(32).toString('base64url')
    const keys = [{ name: 'payments/card-dek', version: 1 }]
    const wrong = { op: 'key.rotate', planDigest, keys, reason: 'SHARE-RETIRED', group: 'ops', custodian: 'bob' }
    this.add(`${step} 1`, 'denied', wrong, null)
    this.add(
      `${step} 2`,
      'denied',
      {
        op: 'key.rotate',
        planDigest,
        keys,
        more: 2,
        reason: 'QUORUM-MET',
        approvers: [{ custodian: 'alice', group: 'ops' }],
      },
      this.station,
    )
  }

  /** What is told of people and of their envelopes. */
  #people(): void {
    const [ops, vault] = this.roster as [Custody, Custody]
    const [first, second, third] = everyone(ops) as [string, string, string]
    const form = { name: 'form.pdf', sha256: 'ab'.repeat(32), bytes: 4711 }
    this.statement('acknowledge', 'custodian.acknowledged', { form }, ops, [first])
    const share = { custodian: first, group: ops.group.name, epoch: 1 }
    const bag = { bag: '4711', place: 'safe 2', witnesses: ['Dora Dent'] }
    this.statement('seal', 'share.recorded', { share, state: 'sealed', ...bag }, ops, [second, third])
    this.statement('open', 'share.recorded', { share, state: 'opened' }, ops, [second, third])
    this.statement('depart', 'custodian.departed', { custodian: everyone(vault).at(-1)!, on: '2026-12-31' }, ops, [
      first,
      second,
    ])
  }

  #drill(step: string, place: number): void {
    const custody = this.roster[place]!
    this.statement(step, 'drill', {}, custody, everyone(custody).slice(0, 1))
  }

  /** What shares sign without a plan, over the record before it. */
  statement(step: string, type: Statement['type'], told: object, custody: Custody, people: string[]): void {
    const challenge = { seq: this.lines.length - 1, leaf: this.leaf }
    const members = this.bend(step, structuredClone({ challenge, ...told }))
    const signed = signaturesOf(custody, statementMessage({ partition: this.cast.partition, type, ...members }), people)
    this.add(step, type, { ...members, ...(people.length > 1 ? { signed } : { proof: signed[0] }) }, this.station)
  }

  /** An intent; its plan is given to `what follows`. */
  intent(step: string, op: string, members: object, signer?: TestSigner): { plan: Loose; leaf: string } {
    const plan = this.plan(step, op, members)
    return { plan, leaf: this.add(step, 'intent', { plan, approvals: this.approvals(plan) }, signer) }
  }

  outcome(step: string, intent: string, keys: KeyReport[], members: object = {}, signer?: TestSigner | null): void {
    this.add(step, 'outcome', { intent, result: 'done', changed: keys.length > 0, keys, ...members }, signer)
    this.#note(keys)
  }

  /** What a new key is to be. */
  protected template(type: KeyType, more: Partial<KeyTemplate> = {}): KeyTemplate {
    const usage = [...(more.usage ?? usualUsages(type))]
    const state: KeyState = more.state ?? 'active'
    const attributes = attributesFor(type, usagesIn(state, usage), true)
    return { class: classOf(type), type, state, origin: { kind: 'generated' }, usage, attributes, ...more }
  }

  #allMade = (plan: Loose): KeyReport[] => plannedKeys(plan).map((key) => this.made(key))

  /** The same key, read back from the token. */
  protected made(target: Loose): KeyReport {
    if (target.class === 'pair') return { ...target, ...publicKey(spkiOfP256(this.random(32))) }
    const method = target.type === 'hmac-sha256' ? 'hmac5' : 'cmac5'
    return { ...target, fingerprint: `${method}:${this.random(5).toString('hex')}` }
  }

  generateKeys(step: string, names: string[], type: KeyType, more: Partial<KeyTemplate> = {}) {
    return this.intent(step, 'key.generate', { template: this.template(type, more), names })
  }

  protected generateOne(step: string, name: string, type: KeyType, more: Partial<KeyTemplate> = {}): void {
    const { plan, leaf } = this.generateKeys(step, [name], type, more)
    this.outcome(`${step} done`, leaf, this.#allMade(plan))
  }

  #generate(): void {
    this.generateOne('generate', 'payments/card-dek', 'aes-256')
    this.generateOne('generate pair', 'sign/root', 'ec-p256')
    this.generateOne('generate later', 'mac/one', 'hmac-sha256', {
      state: 'pre-active',
      activateAt: '2026-01-05T08:20:00.000Z',
    })
    const { plan, leaf } = this.generateKeys(
      'batch',
      [1, 2, 3, 4, 5].map((i) => `batch-${i}`),
      'aes-256',
    )
    const made = this.#allMade(plan)
    this.outcome('batch done 1', leaf, made.slice(0, 2), {}, null)
    this.outcome('batch done 2', leaf, made.slice(2, 4), {}, null)
    this.outcome('batch done 3', leaf, made.slice(4))
    const failed = this.generateKeys('fail', ['never/was'], 'aes-256')
    this.outcome('fail done', failed.leaf, [], FAILED)
    const look = this.intent('verify', 'partition.check', {})
    this.outcome('verify done', look.leaf, [])
    const note = this.intent('checkpoint', 'audit.checkpoint', {})
    this.outcome('checkpoint done', note.leaf, [])
  }

  /** Two crashes; the second one's recovery is interrupted itself. */
  #crash(): void {
    const first = this.generateKeys('crash', ['lost/one'], 'aes-256')
    this.#denials('denied while open')
    const recovery = this.intent('recover', 'partition.recover', { recovers: first.leaf })
    const found = this.#allMade(first.plan)
    this.add('recovered', 'recovered', { intent: first.leaf, found: 'done', keys: found }, null)
    this.outcome('recover done', recovery.leaf, [], { changed: true })
    const second = this.generateKeys('crash again', ['lost/two'], 'aes-256')
    this.intent('recover cut', 'partition.recover', { recovers: second.leaf })
    const again = this.intent('recover again', 'partition.recover', { recovers: second.leaf })
    this.add('recovered again', 'recovered', { intent: second.leaf, found: 'not done', keys: [] }, null)
    this.outcome('recover again done', again.leaf, [])
    this.#note(found)
  }

  rotate(step: string, name: string): void {
    const old = [...this.keys.values()].filter((key) => key.name === name).at(-1)!
    const nonce = this.random(16).toString('base64url')
    const id = newKeyId(nonce, this.cast.partition, 0)
    const next = { ...this.template(old.type), name, version: old.version + 1, id }
    const retired = this.inState(old, 'deactivated')
    const { plan, leaf } = this.intent(step, 'key.rotate', { nonce, keys: [wanted(retired), next] })
    this.outcome(`${step} done`, leaf, [retired, this.made(plan.keys[1])])
  }

  protected inState(key: KeyReport, state: KeyState): KeyReport {
    const gone = key.class === 'pair' ? { private: {}, public: {} } : {}
    const attributes = attributesFor(key.type, usagesIn(state, key.usage), true)
    return { ...key, state, attributes: state === 'destroyed' ? gone : attributes }
  }

  move(step: string, op: string, name: string, state: KeyState): void {
    const target = this.inState(this.keys.get(name)!, state)
    const { leaf } = this.intent(step, op, { keys: [wanted(target)] })
    this.outcome(`${step} done`, leaf, [target])
  }

  #states(): void {
    this.rotate('rotate', 'payments/card-dek')
    this.move('activate', 'key.activate', 'mac/one#1', 'active')
    this.move('suspend', 'key.suspend', 'mac/one#1', 'suspended')
    this.move('resume', 'key.resume', 'mac/one#1', 'active')
    this.move('deactivate', 'key.deactivate', 'batch-1#1', 'deactivated')
    this.move('compromise', 'key.compromise', 'batch-2#1', 'compromised')
    this.move('destroy', 'key.destroy', 'batch-1#1', 'destroyed')
  }

  /** A machine comes, speaks for itself, and goes. */
  #guest(): void {
    const { cast, station } = this
    const coming = this.intent('add', 'station.add', { station: stationOf(cast.guest) })
    this.add('added', 'station.added', { intent: coming.leaf, added: stationOf(cast.guest) }, null)
    this.outcome('add done', coming.leaf, [], { changed: true })
    this.station = cast.guest
    this.note('guest note')
    this.note('guest note again')
    this.station = station
    const going = this.intent('remove', 'station.remove', { station: stationOf(cast.guest) })
    this.add('removed', 'station.removed', { intent: going.leaf, removed: stationOf(cast.guest) }, null)
    this.outcome('remove done', going.leaf, [], { changed: true })
    this.note('note after')
  }

  #backUpAndRestore(): void {
    const { cast } = this
    const file = { name: 'pay.krb', sha256: this.random(32).toString('hex'), bytes: 4711 }
    const live = [...this.keys.values()].filter((key) => key.state !== 'destroyed')
    const planned = { file: '/media/pay.krb', included: live.length, omitted: [] }
    const cut = this.intent('backup cut', 'backup.create', planned)
    const recovery = this.intent('recover backup', 'partition.recover', { recovers: cut.leaf })
    this.add('recovered backup', 'recovered', { intent: cut.leaf, found: 'not done', keys: [] }, null)
    this.outcome('recover backup done', recovery.leaf, [])
    const backup = this.intent('backup', 'backup.create', planned)
    const seq = this.lines.length - 1
    this.outcome('backup done', backup.leaf, [], { artefacts: [file] })
    const { name, sha256 } = file
    const members = {
      tokens: [{ serial: cast.newToken.serial }],
      replaces: [cast.token.serial],
      backup: { name, sha256, seq },
    }
    this.#test({ backup: members.backup, keys: live.map(wanted), missing: [] }, live)
    const plan = { ...members, keys: live.map(wanted), missing: [], station: stationOf(cast.newStation) }
    this.station = cast.newStation
    const restore = this.intent('restore', 'backup.restore', plan, cast.newStation)
    const entry = { intent: restore.leaf, token: cast.newToken, profile: PROFILE, auditKey: cast.newAudit.key }
    const keyApprovals = this.keyApprovals(cast.newToken.serial, cast.newAudit)
    this.add('token', 'token.replaced', { ...entry, keyApprovals }, cast.newAudit)
    this.audit = cast.newAudit
    this.token = cast.newToken
    this.outcome('restore done', restore.leaf, live)
    const pair = [...this.keys.values()].find((key) => key.state === 'active' && key.class === 'pair')!
    this.#certify(pair)
    this.#sign(pair)
    const secret = live.find((key) => key.state === 'active' && key.class === 'secret')!
    this.#export(pair, copied(secret))
    this.#authority(pair)
    this.#import()
    this.#bringBack(members.backup, secret)
  }

  /** A test that is done, and one whose spare token is gone. What it tells of are copies. */
  #test(brought: object, live: readonly KeyReport[]): void {
    const spare = { slot: 3, label: 'restore-test-00', module: { path: '/lib/spare.so', sha256: 'ab'.repeat(32) } }
    const test = this.intent('test', 'backup.test', { ...brought, spare })
    const keys = live.map(copied)
    this.add('test done', 'outcome', { intent: test.leaf, result: 'done', changed: false, keys })
    const cut = this.intent('test cut', 'backup.test', { ...brought, spare })
    const recovery = this.intent('recover test', 'partition.recover', { recovers: cut.leaf, abandons: true })
    this.add('recovered test', 'recovered', { intent: cut.leaf, found: 'partial', keys: [] }, null)
    this.outcome('recover test done', recovery.leaf, [], { changed: true })
  }

  /** A request for a certificate, and one of which nobody knows whether it was written. */
  #certify(key: KeyReport): void {
    const planned = { keys: [wanted(key)], ...requestFor(key) }
    const request = this.intent('request', 'cert.request', planned)
    const artefacts = [{ name: 'pay.csr', sha256: 'ab'.repeat(32), bytes: 500 }]
    this.add('request done', 'outcome', {
      intent: request.leaf,
      result: 'done',
      changed: false,
      keys: [key],
      artefacts,
    })
    const cut = this.intent('request cut', 'cert.request', planned)
    const recovery = this.intent('recover request', 'partition.recover', { recovers: cut.leaf })
    this.add('recovered request', 'recovered', { intent: cut.leaf, found: 'partial', keys: [] }, null)
    this.outcome('recover request done', recovery.leaf, [])
  }

  /** A signature over a digest, and one of which nobody knows whether it was written. */
  #sign(key: KeyReport): void {
    const digest = { hash: 'sha384', value: '5e'.repeat(48) }
    const planned = { keys: [wanted(key)], file: '/srv/pay.sig', scheme: 'ecdsa', digest }
    const sign = this.intent('sign', 'key.sign', planned)
    const artefacts = [{ name: 'pay.sig', sha256: 'ab'.repeat(32), bytes: 71 }]
    this.add('sign done', 'outcome', { intent: sign.leaf, result: 'done', changed: false, keys: [key], artefacts })
    const source = { path: '/srv/pay.pdf', bytes: 500 }
    const cut = this.intent('sign cut', 'key.sign', { ...planned, source })
    const recovery = this.intent('recover sign', 'partition.recover', { recovers: cut.leaf })
    this.add('recovered sign', 'recovered', { intent: cut.leaf, found: 'done', keys: [key], artefacts }, null)
    this.outcome('recover sign done', recovery.leaf, [])
  }

  /** Two keys that went out, told of one after the other, and one of which nobody knows. */
  #export(key: KeyReport, other: KeyReport): void {
    const wrappingKey = { spki: WRAPPING_KEY, kid: 'importJobs/june' }
    const method = 'RSA_OAEP_3072_SHA1_AES_256'
    const planned = { keys: [wanted(key)], files: ['/srv/pay.wrapped'], for: 'google', method, wrappingKey }
    const files = ['/srv/pay.wrapped', '/srv/other.wrapped']
    const { leaf } = this.intent('export', 'key.export', { ...planned, keys: [wanted(key), wanted(other)], files })
    const artefacts = ['pay.wrapped', 'other.wrapped'].map((name) => ({ name, sha256: 'ab'.repeat(32), bytes: 600 }))
    const done = { intent: leaf, result: 'done', changed: false }
    this.add('export begun', 'outcome', { ...done, keys: [key] })
    this.add('export done', 'outcome', { ...done, keys: [other], artefacts })
    this.generateOne('protector', 'partner/kbpk', 'aes-256', { usage: ['wrap', 'unwrap'] })
    const blocks = { under: 'partner/kbpk#1', headers: [blockHeaderFor(other.type, other.usage, 'E')] }
    const inBlock = { keys: [wanted(other)], files: ['/srv/pay.block'], for: 'key-block', method: 'D', blocks }
    const block = this.intent('export block', 'key.export', { ...inBlock, accepted: ['clear-on-host'] })
    const written = [{ name: 'pay.block', sha256: 'cd'.repeat(32), bytes: 145 }]
    this.add('export block done', 'outcome', { ...done, intent: block.leaf, keys: [other], artefacts: written })
    const cut = this.intent('export cut', 'key.export', { ...planned, ephemeral: 'host', pads: true })
    const recovery = this.intent('recover export', 'partition.recover', { recovers: cut.leaf })
    this.add('recovered export', 'recovered', { intent: cut.leaf, found: 'partial', keys: [] }, null)
    this.outcome('recover export done', recovery.leaf, [])
  }

  /** A root, a certificate under it, a list, and one of which nobody knows whether it was written. */
  #authority(key: KeyReport): void {
    const keys = [wanted(key)]
    for (const [step, op, planned] of [
      ['root', 'cert.root', rootOf(key)],
      ['issue', 'cert.issue', issuance()],
      ['list', 'cert.crl', listing()],
    ] as const) {
      const { leaf, plan } = this.intent(step, op, { ...planned, keys })
      const artefacts = [{ name: plan.file.split('/').at(-1), sha256: 'ab'.repeat(32), bytes: 800 }]
      this.add(`${step} done`, 'outcome', { intent: leaf, result: 'done', changed: false, keys: [key], artefacts })
    }
    const cut = this.intent('list cut', 'cert.crl', { ...listing(2), keys })
    const recovery = this.intent('recover list', 'partition.recover', { recovers: cut.leaf })
    this.add('recovered list', 'recovered', { intent: cut.leaf, found: 'partial', keys: [] }, null)
    this.outcome('recover list done', recovery.leaf, [])
    const last = this.intent('list again', 'cert.crl', { ...listing(3), keys })
    this.outcome('list again failed', last.leaf, [], FAILED)
  }

  /** A key that was made elsewhere, of components, and one from a file that did not come. */
  #import(): void {
    const components = ['cmac5:0011223344', 'cmac5:5566778899']
    const joined = { kind: 'components' as const, components, issued: true as const, clearOnHost: true as const }
    const { plan, leaf } = this.#bringing('import', 'partner/zmk', { origin: joined }, { check: 'cmac5:aabbccdd' })
    this.outcome('import done', leaf, [{ ...plan.keys[0], fingerprint: 'cmac5:aabbccddee' }])
    const sha256 = 'ab'.repeat(32)
    const filed = { kind: 'file' as const, sha256, sender: 'Example Partner', clearOnHost: true as const }
    const source = { path: '/srv/zpk.jwk', bytes: 80, sha256 }
    const lost = this.#bringing('import file', 'partner/zpk', { origin: filed }, { check: 'cmac5:1122334455', source })
    this.outcome('import file done', lost.leaf, [], FAILED)
    this.#requested()
  }

  /** A request that a key came by, one that was given up, and one that was cut off. */
  #requested(): void {
    const wanted = (name: string) => ({ name, type: 'aes-256', usage: ['encrypt', 'decrypt'], backup: true })
    const ask = (step: string, name: string) => {
      const how = { bits: 3072, hash: 'sha1', until: '2040-01-01T00:00:00.000Z', file: `/srv/${step}` }
      return this.intent(step, 'key.import-request', { wanted: wanted(name), ...how }).leaf
    }
    const asked = (step: string, name: string, sha256: string) => {
      const more = { artefacts: [{ name: step, sha256, bytes: 900 }], transport: WRAPPING_KEY }
      this.add(`${step} done`, 'outcome', { intent: ask(step, name), result: 'done', changed: true, keys: [], ...more })
      return sha256
    }
    const request = asked('ask', 'partner/dek', 'e1'.repeat(32))
    const origin = { kind: 'transport' as const, request, sender: 'Example Partner' }
    const source = { path: '/srv/dek.wrapped', bytes: 384, sha256: 'ab'.repeat(32) }
    const { plan, leaf } = this.#bringing('import sent', 'partner/dek', { origin }, { source })
    this.outcome('import sent done', leaf, [{ ...plan.keys[0], fingerprint: 'cmac5:ee00112233' }])
    const other = asked('other ask', 'partner/kek', 'e2'.repeat(32))
    const cancel = this.intent('cancel', 'key.import-cancel', { name: 'partner/kek', request: other })
    this.add('cancel done', 'outcome', { intent: cancel.leaf, result: 'done', changed: true, keys: [] })
    const cut = ask('ask cut', 'partner/kek')
    const recovery = this.intent('recover ask', 'partition.recover', { recovers: cut })
    this.add('recovered ask', 'recovered', { intent: cut, found: 'not done', keys: [] }, null)
    this.outcome('recover ask done', recovery.leaf, [])
    this.#renew()
  }

  /** By another library than before. */
  #renew(): void {
    const renewal = this.intent('renew', 'partition.check', { renews: true, module: LIBRARY })
    const profile = { ...PROFILE, module: LIBRARY.sha256, checkValue: 'none' }
    this.add('renew done', 'outcome', { intent: renewal.leaf, result: 'done', changed: false, keys: [], profile })
  }

  #bringing(step: string, name: string, more: Partial<KeyTemplate>, members: object) {
    const nonce = this.random(16).toString('base64url')
    const id = newKeyId(nonce, this.cast.partition, 0)
    const keys = [{ ...this.template('aes-256', more), name, version: 1, id }]
    const accepted = 'clearOnHost' in keys[0]!.origin ? { accepted: ['clear-on-host'] } : {}
    return this.intent(step, 'key.import', { nonce, keys, ...accepted, ...members })
  }

  /** One key that the token has lost. */
  #bringBack(backup: object, key: KeyReport): void {
    const { leaf } = this.intent('bring', 'key.restore', { keys: [wanted(key)], backup })
    this.outcome('bring done', leaf, [copied(key)])
  }

  /** Eight records of daily work. */
  #round(i: number): void {
    this.generateOne(`round ${i} generate`, `round-${i}/key`, i % 2 ? 'aes-256' : 'ec-p256')
    this.rotate(`round ${i} rotate`, `round-${i}/key`)
    this.#denials(`round ${i} denied`)
    this.#drill(`round ${i} drill`, i % 2)
    this.note(`round ${i} note`)
  }
}
