// A partition on paper: its history is told record by record, by the same rules as any, with no token, no key and no signature.

import { createECDH, createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { Beginning } from '../change/operations/init-partition.ts'
import { planInit } from '../change/operations/init-partition.ts'
import type { PlanInputs } from '../change/plan-header.ts'
import { everyCustodian, thresholds } from '../domain/approvals.ts'
import { sha256, utf8 } from '../domain/encoding.ts'
import { History } from '../domain/history.ts'
import { KEY_TYPES } from '../domain/keys.ts'
import type { Holder } from '../domain/member-shapes.ts'
import { isMlDsa } from '../domain/ml-dsa.ts'
import { label } from '../domain/names.ts'
import { type IntentPlan, plannedKeys } from '../domain/plan.ts'
import type { Profile } from '../domain/profile.ts'
import type { NewRecord, Record } from '../domain/record.ts'
import { RECORD_FORMAT } from '../domain/record-common.ts'
import type {
  Approval,
  Group,
  GroupRole,
  KeyReport,
  KeyTarget,
  Need,
  SigningKey,
  Station,
  Token,
} from '../domain/shapes.ts'

const MINUTE = 60_000
const BRIDGE = Buffer.alloc(40, 7).toString('base64url')
const PARTITION = '7c9e6679-7425-40de-944b-e07fc1f90ae7'
const bytes = (text: string): Buffer => createHash('sha256').update(text).digest()
const base64url = (text: string): string => bytes(text).toString('base64url')

/** RFC 8410: PKCS#8 of an Ed25519 key, up to its seed. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

function approvalKey(name: string): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, bytes(name)]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64url')
}

export const sampleGroup = (name: string, roles: GroupRole[], ...custodians: string[]): Group => ({
  name,
  roles,
  threshold: 2,
  epoch: 1,
  check: Buffer.from(base64url(name), 'base64url').subarray(0, 16).toString('base64url'),
  custodians: custodians.map((custodian) => ({ name: custodian, key: approvalKey(`${custodian} of ${name}`) })),
})

export const signingKey = (name: string): SigningKey => ({
  id: bytes(name).toString('hex').slice(0, 16),
  alg: 'EdDSA',
  spki: base64url(name),
})

/** Of a library whose digest nobody has to know. */
export const SOFTHSM = { path: '/usr/lib/softhsm/libsofthsm2.so', sha256: 'ab'.repeat(32) }

export const softToken = (serial: string, label: string): Token => ({
  serial,
  label,
  manufacturer: 'SoftHSM project',
  model: 'SoftHSM v2',
  firmware: '2.6',
  hardware: '2.6',
})

const TOKEN = softToken('2f294eeb51757361', 'prod-hsm-1')

const LACKS = { lacks: 'C_WrapKey: CKR_KEY_NOT_WRAPPABLE (0x69)' }

const PROFILE: Profile = {
  module: bytes('module').toString('hex'),
  identity: 'serial',
  types: Object.fromEntries(
    KEY_TYPES.filter((type) => !isMlDsa(type)).map((type) => [
      type,
      { make: true, wrap: type === 'ed25519' ? LACKS : 'kwp' },
    ]),
  ) as Profile['types'],
  mechanisms: { kwp: 'AES_KEY_WRAP_PAD' },
  unknown: {},
  unwrap: 'whole',
  point: 'der',
  kek: 'create',
  checkValue: 'cmac5',
  audit: 'ES256',
  head: 'data',
  objects: 'session',
  so: true,
}

export class SamplePartition {
  readonly history = new History()
  readonly groups = [
    sampleGroup('officers', ['so', 'recovery'], 'alice', 'bob', 'carol'),
    sampleGroup('operators', ['user'], 'dan', 'erin', 'frank', 'gina'),
  ]
  readonly station: Station = { name: 'vault-1', key: signingKey('station') }
  #now = Date.parse('2026-05-02T08:00:00.000Z')
  #drawn = 0

  constructor() {
    const { groups, station } = this
    const plan = planInit({ partition: PARTITION, name: 'pay' }, this.beginning, groups, station, this.inputs())
    this.tell({
      type: 'partition.created',
      name: plan.name,
      token: TOKEN,
      auditKey: signingKey('audit'),
      stationKey: station.key,
      groups,
      plan,
      approvals: this.#approvals(everyCustodian(groups)),
      keyApprovals: this.letIn(),
    })
  }

  get beginning(): Beginning {
    return { token: TOKEN, profile: PROFILE, accepted: [] }
  }

  get now(): Date {
    return new Date(this.#now)
  }

  inputs(reason?: string): PlanInputs {
    const clock = () => this.now
    const random = (length: number) => Uint8Array.from(bytes(`${this.#drawn++}`).subarray(0, length))
    const module = { ...SOFTHSM, sha256: bytes('module').toString('hex') }
    return { sources: { clock, random }, lifetime: 30 * MINUTE, module, ...(reason === undefined ? {} : { reason }) }
  }

  pass(minutes: number): this {
    this.#now += minutes * MINUTE
    return this
  }

  /** A record at the end. */
  tell(told: NewRecord): this {
    this.pass(1)
    const { seq, leaf } = this.history
    const place = { format: RECORD_FORMAT, partition: PARTITION, seq: seq + 1, prev: seq < 0 ? null : leaf }
    const tool = { name: 'keyrite', version: '0.2.0' }
    const at = { station: this.station.name, host: { user: 'ceremony', name: 'vault-1' } }
    this.history.apply(
      { ...place, time: this.now.toISOString(), tool, ...at, ...told } as Record,
      base64url(`leaf ${seq + 1}`),
    )
    return this
  }

  /** The intent alone. */
  begin(plan: IntentPlan): this {
    const approvals = this.#approvals(plan.needs, this.history.approving(plan))
    return this.tell({ type: 'intent', plan, approvals, ...(plan.op === 'quorum.replace' ? { bridge: BRIDGE } : {}) })
  }

  /** The intent, and that it was done as planned. */
  carryOut(
    plan: IntentPlan,
    more: {
      artefacts?: { name: string; sha256: string; bytes: number }[]
      transport?: string
      holders?: Holder[]
    } = {},
  ): this {
    this.begin(plan)
    const keys = plannedKeys(plan).map(made)
    return this.tell({
      type: 'outcome',
      intent: this.history.leaf,
      result: 'done',
      changed: keys.length > 0 || more.transport !== undefined,
      keys,
      ...more,
    })
  }

  /** Custodians who let an audit key in. */
  letIn = () => this.#approvals(thresholds(this.groups)).map(({ via: _, ...approval }) => approval)

  #approvals(needs: readonly Need[], groups: readonly Group[] = this.groups): Approval[] {
    return needs.flatMap(({ group: name, epoch, threshold }) =>
      groups
        .find((one) => one.name === name && one.epoch === epoch)!
        .custodians.slice(0, threshold)
        .map(({ name: custodian, key }) => ({
          custodian,
          group: name,
          epoch,
          key,
          value: '',
          via: 'file' as const,
        })),
    )
  }
}

/** SubjectPublicKeyInfo of P-256: a point of the curve that the name leads to. */
export function samplePublicKey(name: string): Buffer {
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(bytes(name))
  return Buffer.concat([
    Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
    pair.getPublicKey(),
  ])
}

/** SubjectPublicKeyInfo of RSA with 3072 bits, whose factors nobody knows. */
export function sampleRsaKey(): Uint8Array {
  const n = Buffer.concat(Array.from({ length: 12 }, (_, i) => sha256(utf8(`modulus ${i}`))))
  n[0]! |= 0x80
  // As it happens no small number divides it then.
  n[383] = 9
  const key = createPublicKey({ key: { kty: 'RSA', n: n.toString('base64url'), e: 'AQAB' }, format: 'jwk' })
  return Uint8Array.from(key.export({ format: 'der', type: 'spki' }))
}

/** A key as a token would have told of it. */
function made(target: KeyTarget): KeyReport {
  const name = label(target.name, target.version)
  if (target.class === 'secret') {
    const method = target.type.startsWith('hmac') ? 'hmac5' : 'cmac5'
    return { ...target, fingerprint: target.fingerprint ?? `${method}:${bytes(name).toString('hex').slice(0, 10)}` }
  }
  const spki = samplePublicKey(name)
  return {
    ...target,
    fingerprint: `sha256:${createHash('sha256').update(spki).digest('hex')}`,
    spki: spki.toString('base64url'),
  }
}
