// The records of the ledger: what each type holds, and the bytes that its signature and its leaf are made over.
import * as v from 'valibot'
import { Application, AppName, AppPin, CopyReports } from './application-shapes.ts'
import { canonical, parseCanonical } from './canonical.ts'
import { CeremonyNote } from './ceremony-marks.ts'
import { pae, sha256, toHex, utf8 } from './encoding.ts'
import { notVerified } from './errors.ts'
import { FirstPlan } from './first-plans.ts'
import { Ended, Holders, Member, MemberName } from './member-shapes.ts'
import { memberOf, refuseNewer } from './newer.ts'
import { plainCheckInParts } from './plain-checks.ts'
import { IntentPlan } from './plan.ts'
import { PLAN_FORMAT } from './plan-shapes.ts'
import { Profile } from './profile.ts'
import { Common, RECORD_FORMAT } from './record-common.ts'
import {
  Alg,
  Approval,
  Artefact,
  Base64url,
  base64urlOf,
  Code,
  Group,
  KeyApproval,
  KeyId,
  KeyNameShape,
  KeyReport,
  Leaf,
  Ordinal,
  PIN_ROLES,
  ShortName,
  SigningKey,
  Station,
  setOf,
  Text,
  Token,
} from './shapes.ts'
import { STATEMENTS } from './statement.ts'
import { memberInMemory, recordText } from './templates.ts'
import { Waited } from './waited.ts'

const RECORD_TYPE = 'application/vnd.keyrite.record+json'

/** What happens without a login. `waited`: where it was given to a database first. */
const Given = { ...Common, waited: v.optional(Waited) }

export const Created = v.strictObject({
  ...Common,
  type: v.literal('partition.created'),
  name: ShortName,
  token: Token,
  auditKey: SigningKey,
  stationKey: SigningKey,
  groups: v.array(Group),
  plan: FirstPlan,
  approvals: v.array(Approval),
  keyApprovals: v.array(KeyApproval),
})
export type Created = v.InferOutput<typeof Created>
const TokenReplaced = v.strictObject({
  ...Common,
  type: v.literal('token.replaced'),
  intent: Leaf,
  token: Token,
  profile: Profile,
  auditKey: SigningKey,
  keyApprovals: v.array(KeyApproval),
})
export type TokenReplaced = v.InferOutput<typeof TokenReplaced>
/** `plan`: what it may be is made when one is met. `bridge`: of a replacement of custodians the old secret of the group, wrapped under the new one. */
const Intent = v.strictObject({
  ...Common,
  type: v.literal('intent'),
  plan: v.lazy(() => IntentPlan),
  approvals: v.array(Approval),
  bridge: v.optional(base64urlOf(40)),
})
export type Intent = v.InferOutput<typeof Intent>
const Outcome = v.strictObject({
  ...Common,
  type: v.literal('outcome'),
  intent: Leaf,
  result: v.picklist(['done', 'failed', 'partial']),
  changed: v.boolean(),
  keys: v.array(KeyReport),
  artefacts: v.optional(v.array(Artefact)),
  /** Of a request for a key: the SPKI of the transport key that was made. `profile`: of a check that renews it. */
  transport: v.optional(Base64url),
  profile: v.optional(Profile),
  error: v.optional(v.strictObject({ code: Code, message: Text })),
  /** Of a change on several members. */
  holders: v.optional(Holders),
})
export type Outcome = v.InferOutput<typeof Outcome>

const Recovered = v.strictObject({
  ...Common,
  type: v.literal('recovered'),
  intent: Leaf,
  found: v.picklist(['done', 'not done', 'partial']),
  keys: v.array(KeyReport),
  artefacts: v.optional(v.array(Artefact)),
})
export type Recovered = v.InferOutput<typeof Recovered>

/** A share of the open stage, or of the set in force, was read back by its custodian. */
const Confirmed = v.strictObject({ ...Given, type: v.literal('quorum.confirmed'), proof: KeyApproval })
export type Confirmed = v.InferOutput<typeof Confirmed>
/** The roster switches here. `pins`: of which epoch the PINs of the group are from now on; `token`: a serial. */
const QuorumReplaced = v.strictObject({
  ...Common,
  type: v.literal('quorum.replaced'),
  intent: Leaf,
  group: Group,
  pins: v.array(v.strictObject({ token: Text, role: v.picklist(PIN_ROLES), epoch: Ordinal })),
})
export type QuorumReplaced = v.InferOutput<typeof QuorumReplaced>
const StationAdded = v.strictObject({ ...Common, type: v.literal('station.added'), intent: Leaf, added: Station })
export type StationAdded = v.InferOutput<typeof StationAdded>
const StationRemoved = v.strictObject({
  ...Common,
  type: v.literal('station.removed'),
  intent: Leaf,
  removed: Station,
})
export type StationRemoved = v.InferOutput<typeof StationRemoved>
const MemberAdded = v.strictObject({
  ...Common,
  type: v.literal('member.added'),
  intent: Leaf,
  member: Member,
  keyApprovals: v.array(KeyApproval),
})
export type MemberAdded = v.InferOutput<typeof MemberAdded>
/** `token`: what became of it. */
const MemberRetired = v.strictObject({
  ...Common,
  type: v.literal('member.retired'),
  intent: Leaf,
  member: MemberName,
  token: v.picklist(['erased', 'lost']),
})
export type MemberRetired = v.InferOutput<typeof MemberRetired>
const AppAdded = v.strictObject({ ...Common, type: v.literal('app.added'), intent: Leaf, app: Application })
export type AppAdded = v.InferOutput<typeof AppAdded>
/** What one application has, as it was found. `found`: what else is on its token, in words. */
const AppCopies = v.strictObject({
  ...Common,
  type: v.literal('app.copies'),
  intent: Leaf,
  app: AppName,
  copies: CopyReports,
  found: v.optional(v.pipe(setOf(Text), v.maxLength(100))),
})
export type AppCopies = v.InferOutput<typeof AppCopies>
/** A PIN that was handed over. */
const AppPinGiven = v.strictObject({
  ...Common,
  type: v.literal('app.pin'),
  intent: Leaf,
  app: AppName,
  pin: AppPin,
  recipients: v.optional(setOf(Text)),
  file: v.optional(Text),
})
export type AppPinGiven = v.InferOutput<typeof AppPinGiven>
/** `token`: what became of it; `left` is one whose PINs are others', and which keeps what else it holds. */
const AppRetired = v.strictObject({
  ...Common,
  type: v.literal('app.retired'),
  intent: Leaf,
  app: AppName,
  token: v.picklist(['erased', 'left', 'lost']),
})
export type AppRetired = v.InferOutput<typeof AppRetired>
const Denied = v.strictObject({
  ...Given,
  type: v.literal('denied'),
  op: Code,
  /** SHA-256 of the plan that was refused: its code is made of it. */
  planDigest: base64urlOf(32),
  /** The first of the keys that it speaks of, and how many more there are. */
  keys: v.optional(v.pipe(v.array(v.strictObject({ name: KeyNameShape, version: Ordinal })), v.minLength(1))),
  more: v.optional(Ordinal),
  reason: Code,
  group: v.optional(ShortName),
  custodian: v.optional(ShortName),
  /** Whose shares had been opened by then, and shown to be right. */
  approvers: v.optional(v.pipe(v.array(v.strictObject({ custodian: ShortName, group: ShortName })), v.minLength(1))),
})
export type Denied = v.InferOutput<typeof Denied>
/** The last record of a ledger. `token`: what became of it. `intent`: of the retirement that came to its end. */
const Retired = v.strictObject({
  ...Common,
  type: v.literal('partition.retired'),
  intent: Leaf,
  ...Ended,
  artefacts: v.optional(v.array(Artefact)),
})
export type Retired = v.InferOutput<typeof Retired>
/** `ceremony`: it opens or closes one. */
const Note = v.strictObject({
  ...Common,
  type: v.literal('note'),
  text: Text,
  ceremony: v.optional(CeremonyNote),
})
const Drill = v.strictObject({ ...Given, type: v.literal('drill'), ...STATEMENTS.drill })
export type Drill = v.InferOutput<typeof Drill>
const Acknowledged = v.strictObject({
  ...Given,
  type: v.literal('custodian.acknowledged'),
  ...STATEMENTS['custodian.acknowledged'],
})
export type Acknowledged = v.InferOutput<typeof Acknowledged>
const Departed = v.strictObject({
  ...Given,
  type: v.literal('custodian.departed'),
  ...STATEMENTS['custodian.departed'],
})
export type Departed = v.InferOutput<typeof Departed>
const ShareRecorded = v.strictObject({ ...Given, type: v.literal('share.recorded'), ...STATEMENTS['share.recorded'] })
export type ShareRecorded = v.InferOutput<typeof ShareRecorded>

export const Record = v.variant('type', [
  Created,
  TokenReplaced,
  Intent,
  Outcome,
  Recovered,
  Confirmed,
  QuorumReplaced,
  StationAdded,
  StationRemoved,
  MemberAdded,
  MemberRetired,
  AppAdded,
  AppCopies,
  AppPinGiven,
  AppRetired,
  Denied,
  Note,
  Drill,
  Acknowledged,
  Departed,
  ShareRecorded,
  Retired,
])
export type Record = v.InferOutput<typeof Record>

/** A record's own members, before the ledger adds those that every record has. */
type Unplaced<R> = R extends Record ? Omit<R, keyof typeof Common> : never
export type NewRecord = Unplaced<Record>

export const Signature = v.strictObject({ key: KeyId, alg: Alg, value: Base64url })
export type Signature = v.InferOutput<typeof Signature>

const Line = v.strictObject({ record: Record, signature: v.nullable(Signature) })
export type Line = v.InferOutput<typeof Line>

/** LINE-CANONICAL, FORMAT-NEWER and RECORD-SHAPE: a line of the ledger, without its LF, as a value. */
export function parseLine(text: string): Line {
  const value = parseCanonical(text)
  const record = memberOf(value, 'record')
  refuseNewer(memberOf(record, 'format'), RECORD_FORMAT)
  refuseNewer(memberOf(memberOf(record, 'plan'), 'format'), PLAN_FORMAT)
  const line = memberInMemory(value, 'record')
  if (plainCheckInParts(Line)(line)) return line as unknown as Line
  const result = v.safeParse(Line, line, { abortEarly: true })
  if (result.success) return line as unknown as Line
  const issue = result.issues[0]
  throw notVerified(
    'RECORD-SHAPE',
    `${v.getDotPath(issue) ?? 'the line'} is missing, or is not as docs/formats.md has it`,
  )
}

export const formatLine = ({ record, signature }: Line): string => lineOf(recordText(record), signature)

/** The line of a record whose canonical text is at hand. */
export const lineOf = (recordText: string, signature: Signature | null): string =>
  `{"record":${recordText},"signature":${canonical(signature)}}`

/** The bytes that a record's signature is made over. */
export const recordMessage = (record: Record): Uint8Array => messageOf(recordText(record))
export const messageOf = (recordText: string): Uint8Array => pae(RECORD_TYPE, utf8(recordText))

/** SHA-256(0x00 ‖ line), 32 bytes: the leaf hash of RFC 6962 over the line without its LF, its signature included. */
export const leafOfBytes = (line: Uint8Array): Uint8Array => sha256(Uint8Array.of(0), line)
export const leafOf = (line: string): Uint8Array => leafOfBytes(utf8(line))

/** The id of a signing key: the first 8 bytes of SHA-256(SPKI DER), hex. */
export const keyIdOf = (spki: Uint8Array): string => toHex(sha256(spki).subarray(0, 8))

/** The bytes that custodians sign to let an audit key in (docs/formats.md, 3). `serial`: the token's. */
export const auditKeyMessage = (partition: string, serial: string, auditKey: SigningKey): Uint8Array =>
  pae(
    'application/vnd.keyrite.key+json',
    utf8(canonical({ format: 'keyrite.key/1', partition, token: serial, auditKey })),
  )
