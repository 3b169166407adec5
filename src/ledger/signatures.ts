// Every signature that a record carries: its own, those of the approvals in it, and which key may sign what.

import type { KeyObject } from 'node:crypto'
import type { CodeOf } from '../domain/codes.ts'
import { confirmationMessage, sharesOf } from '../domain/confirmation.ts'
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { KeyriteError, notVerified } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { operationOf } from '../domain/operations.ts'
import { broughtStation, type IntentPlan } from '../domain/plan.ts'
import { planMessage } from '../domain/proposal.ts'
import { isLowS, isSoundKey, publicKeyOf, signatureLength } from '../domain/public-keys.ts'
import {
  auditKeyMessage,
  type Created,
  keyIdOf,
  type Line,
  type Record,
  recordMessage,
  type Signature,
} from '../domain/record.ts'
import type { Alg, KeyApproval, SigningKey, Station } from '../domain/shapes.ts'
import { statementMessage, WITHOUT_LOGIN } from '../domain/statement.ts'
import { type Waited, waitingMessage } from '../domain/waited.ts'
import { isRight } from './signature.ts'
import type { ToLookAt } from './slots.ts'

/** What happens without a login, and the end of a partition, whose audit key is erased by then; anything else by the station key is a forgery. */
const STATION_TYPES: readonly string[] = ['partition.retired', ...WITHOUT_LOGIN]

const keys = new Map<string, { key: KeyObject; der: Uint8Array }>()

/** A public key from its SPKI (DER, base64url); parsed once. */
function publicKey(spki: string): { key: KeyObject; der: Uint8Array } {
  const known = keys.get(spki)
  if (known) return known
  try {
    const der = fromBase64url(spki)
    const parsed = { key: publicKeyOf(der), der }
    keys.set(spki, parsed)
    return parsed
  } catch {
    throw notVerified('KEY-SPKI', 'a public key in it is not a SubjectPublicKeyInfo')
  }
}

const sound = new Map<string, boolean>()

/** Asked once for each key. */
function isSound(alg: Alg, spki: string): boolean {
  const name = `${alg} ${spki}`
  const is = sound.get(name) ?? isSoundKey(alg, publicKey(spki).key, publicKey(spki).der)
  sound.set(name, is)
  return is
}

/** The SPKI prefix of a raw Ed25519 public key (RFC 8410). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')
/** The SPKI of a raw key, both in base64url. */
export const ed25519 = (raw: string): string => toBase64url(Buffer.concat([ED25519_SPKI, fromBase64url(raw)]))

/** Takes signatures to be looked at later, all of them; false where it takes this one not. */
interface Taker {
  add(one: ToLookAt): boolean
}

let taker: Taker | undefined

/** While `read` is at work, a signature is right until the taker says otherwise of all that it got. */
export function takenBy<T>(other: Taker, read: () => T): T {
  taker = other
  try {
    return read()
  } finally {
    taker = undefined
  }
}

/** True when the signature is right, by a sound key. ES256 is r‖s, 64 bytes, the lower s of the two that verify; EdDSA 64 bytes; PS256 as long as the modulus, with a salt of 32 bytes. */
export function isSigned(alg: Alg, spki: string, message: Uint8Array, value: Uint8Array): boolean {
  const { key, der } = publicKey(spki)
  if (!isSound(alg, spki) || value.length !== signatureLength(key) || (alg === 'ES256' && !isLowS(value))) return false
  return taker?.add({ alg, spki: der, message, value }) || isRight(alg, key, message, value)
}

/** The signatures of a ledger, record after record. Ask before the history takes the record in. */
export class Signatures {
  /** Types of the records since the last signature, with their numbers: the key that signs next must be allowed them all. */
  unsigned: readonly Record[] = []
  #deferred: { record: Record; signature: Signature; covered: readonly Record[]; signers: Signers }[] = []

  constructor(readonly history: History) {}

  /** SIGNER-KNOWN, SIGNER-MAY, SIGNATURE-VALID, and the approvals' own. */
  check({ record, signature }: Line): void {
    checkInner(record)
    checkWaited(record, this.#signersOf(record).station)
    const covered = this.#coveredBy(record, signature)
    if (signature) checkSignature(record, signature, covered, this.#signersOf(record))
  }

  /** The records that a signature on this line speaks for. */
  #coveredBy(record: Record, signature: Signature | null): readonly Record[] {
    const covered = [...this.unsigned, record]
    this.unsigned = signature ? [] : covered
    return covered
  }

  /** Instead of `check`: only the last record that the audit key signed is asked about later, and what follows it. */
  defer({ record, signature }: Line): void {
    const covered = this.#coveredBy(record, signature)
    if (!signature) return
    const signers = this.#signersOf(record)
    if (auditKeysOf(record, signers).some(({ id }) => id === signature.key)) this.#deferred = []
    this.#deferred.push({ record, signature, covered, signers })
  }

  /** Each record names the one before it by the hash of its whole line: these few signatures stand for all the others. */
  checkDeferred(): void {
    for (const { record, signature, covered, signers } of this.#deferred) {
      try {
        checkSignature(record, signature, covered, signers)
      } catch (error) {
        if (!(error instanceof KeyriteError)) throw error
        const message = `record ${record.seq}: ${error.message}: it, or one before it, is not what was signed`
        throw error.with({ message })
      }
    }
  }

  #signersOf(record: Record): Signers {
    const { members, stations, recovering, open } = this.history
    const plan = record.type === 'intent' ? record.plan : (recovering ?? open)?.plan
    return { audit: members.signers(plan), station: stations.named(record.station) ?? broughtIn(record) }
  }

  /** SIGNATURE-LAST: the last line has a signature. */
  finish(): void {
    if (this.unsigned.length > 0) throw notVerified('SIGNATURE-LAST', 'the last line has no signature')
  }
}

/** Who may sign a record: the token, and the station that it names; none before the first. */
interface Signers {
  audit: readonly SigningKey[]
  station: Station | undefined
}

/** Of the members that may speak for the token: whichever of a change is there. */
const auditKeysOf = (record: Record, { audit }: Signers): readonly SigningKey[] =>
  'auditKey' in record ? [record.auditKey] : audit

/** SIGNER-KNOWN, SIGNER-MAY, SIGNATURE-VALID. `covered`: the records that the signature speaks for. */
function checkSignature(record: Record, signature: Signature, covered: readonly Record[], signers: Signers): void {
  const { id, alg, spki } = signerOf(record, signature.key, covered, signers)
  if (alg !== signature.alg) throw notVerified('SIGNATURE-VALID', `the key ${id} signs with ${alg}`)
  if (!isSigned(alg, spki, recordMessage(record), fromBase64url(signature.value)))
    throw notVerified('SIGNATURE-VALID', 'its signature is wrong')
}

/** The audit key may sign everything. */
function signerOf(record: Record, id: string, covered: readonly Record[], signers: Signers): SigningKey {
  const audit = auditKeysOf(record, signers).find((key) => key.id === id)
  if (audit) return audit
  const station = 'auditKey' in record ? undefined : signers.station
  if (station?.key.id !== id)
    throw notVerified('SIGNER-KNOWN', `the key ${id} is neither the token's nor that of the station ${record.station}`)
  for (const one of covered) checkStationMay(one, station)
  return station.key
}

/** The station that a restore brings signs its intent already. */
const broughtIn = (record: Record): Station | undefined =>
  record.type === 'intent' && record.plan.op === 'backup.restore' ? record.plan.station : undefined

/** A station speaks for itself alone, and puts nothing in its place that has waited. */
function checkStationMay(record: Record, { name }: Station): void {
  const waited = 'waited' in record
  if (!waited && (STATION_TYPES.includes(record.type) || beginsWithout(record)) && record.station === name) return
  const what = `${record.type} of ${record.station} (record ${record.seq})`
  throw notVerified('SIGNER-MAY', `the station key of ${name} may not sign ${what}`)
}

/** A restore begins where no audit key is at hand yet; a retirement that is taken up, where there may be none any more. */
const beginsWithout = (record: Record): boolean =>
  record.type === 'intent' && operationOf(record.plan).stationSigns?.(record.plan) === true

/** STATION-KNOWN, WAITED-SIGNED: the station gave it as it stands here, but for its place. */
function checkWaited(record: Record, station: Station | undefined): void {
  if (!('waited' in record) || !record.waited) return
  const given = record as Record & { waited: Waited }
  if (!station) throw notVerified('STATION-KNOWN', `${record.station} is no station of this partition`)
  if (isSigned('EdDSA', station.key.spki, waitingMessage(given), fromBase64url(given.waited.value))) return
  throw notVerified('WAITED-SIGNED', `what has waited is not as the station ${record.station} gave it`)
}

function checkInner(record: Record): void {
  if (record.type === 'partition.created' || record.type === 'token.replaced') checkKey(record.auditKey)
  if (record.type === 'partition.created') {
    checkKey(record.stationKey, 'EdDSA')
    if (record.auditKey.id === record.stationKey.id)
      throw notVerified('SIGNER-MAY', 'audit key and station key are one')
  }
  if (record.type === 'member.added') checkKey(record.member.auditKey)
  if (record.type === 'intent') {
    checkApproved(planMessage(record.plan), record.approvals)
    checkConfirmations(record.partition, readBack(record.plan))
  }
  checkApprovals(record)
  const brought = record.type === 'intent' ? broughtStation(record.plan) : undefined
  if (brought) checkKey(brought.key, 'EdDSA')
  if (record.type === 'quorum.confirmed') checkConfirmations(record.partition, [record.proof])
  else if ('proof' in record) checkSigned(statementMessage(record), [record.proof])
  if ('signed' in record) checkSigned(statementMessage(record), record.signed)
}

/** APPROVAL-SIGNED, AUDIT-KEY-APPROVED: of the records that let a token in, the custodians' own signatures. */
export function checkApprovals(record: Record): void {
  if (record.type === 'partition.created') checkApproved(planMessage(record.plan), record.approvals)
  if (record.type === 'member.added') checkKeyApprovals(record.partition, { ...record, ...record.member })
  if (record.type !== 'partition.created' && record.type !== 'token.replaced') return
  checkKeyApprovals(record.partition, record)
}

/** AUDIT-KEY-APPROVED: custodians let the audit key of this token in. */
function checkKeyApprovals(
  partition: string,
  { token, auditKey, keyApprovals }: Pick<Created, 'token' | 'auditKey' | 'keyApprovals'>,
): void {
  const message = auditKeyMessage(partition, token.serial, auditKey)
  for (const approval of keyApprovals) checkApproval('AUDIT-KEY-APPROVED', approval, message)
}

/** APPROVAL-SIGNED: each of them signed this plan. */
export function checkApproved(message: Uint8Array, approvals: readonly SignedByCustodian[]): void {
  for (const approval of approvals) checkApproval('APPROVAL-SIGNED', approval, message)
}

/** KEY-ID-DERIVED, KEY-SPKI: the id of a signing key is made from its SPKI, which is that of a key that signs as it is said. */
export function checkKey({ id, alg, spki }: SigningKey, wanted: Alg = alg): void {
  if (keyIdOf(fromBase64url(spki)) !== id) throw notVerified('KEY-ID-DERIVED', `${id} is not the id of its key`)
  if (alg !== wanted || !isSound(alg, spki)) throw notVerified('KEY-SPKI', `${id} is not a key for ${wanted}`)
}

interface SignedByCustodian {
  custodian: string
  key: string
  value: string
}

/** The new shares of a plan that were read back, each with what it signed. */
function readBack(plan: IntentPlan): KeyApproval[] {
  if (plan.op !== 'quorum.stage' && plan.op !== 'quorum.replace') return []
  const shares = sharesOf(plan.group)
  return (plan.issued ?? []).flatMap((one, i) =>
    'confirmation' in one && shares[i] ? [{ ...shares[i], value: one.confirmation }] : [],
  )
}

/** CONFIRMATION-SIGNED: each of these new shares says of itself that it was read back. */
export function checkConfirmations(partition: string, proofs: readonly KeyApproval[]): void {
  for (const proof of proofs) checkApproval('CONFIRMATION-SIGNED', proof, confirmationMessage(partition, proof))
}

/** STATEMENT-SIGNED: each of these shares signed it. */
export function checkSigned(message: Uint8Array, proofs: readonly SignedByCustodian[]): void {
  for (const proof of proofs) checkApproval('STATEMENT-SIGNED', proof, message)
}

/** APPROVAL-SIGNED, AUDIT-KEY-APPROVED, STATEMENT-SIGNED: the custodian's share signed exactly these bytes. */
function checkApproval(rule: CodeOf<5>, approval: SignedByCustodian, message: Uint8Array): void {
  if (!isSigned('EdDSA', ed25519(approval.key), message, fromBase64url(approval.value))) {
    throw notVerified(rule, `the signature of ${approval.custodian} is wrong`)
  }
}
