// A backup file: JSON lines, each one canonical object with one member (docs/formats.md, 5).
import * as v from 'valibot'
import { canonical, parseCanonical } from './canonical.ts'
import { pae } from './encoding.ts'
import { notVerified } from './errors.ts'
import { memberOf, refuseNewer } from './newer.ts'
import { plainCheck } from './plain-checks.ts'
import {
  Alg,
  Base64url,
  base64urlOf,
  Count,
  Group,
  KeyId,
  type KeyReport,
  KeyReport as KeyReportShape,
  Leaf,
  Ordinal,
  Text,
  Uuid,
  When,
} from './shapes.ts'
import { WRAP_KINDS } from './wrap-kinds.ts'

export const BACKUP_FORMAT = 'keyrite.backup/1'
const FOOTER_TYPE = 'application/vnd.keyrite.backup'

const Omitted = v.array(v.strictObject({ name: Text, version: Count, reason: Text }))

export const BackupHeader = v.strictObject({
  format: v.literal(BACKUP_FORMAT),
  partition: Uuid,
  name: Text,
  /** Serial of the token that it was made on. */
  token: Text,
  groups: v.array(Group),
  kek: v.strictObject({ epoch: Ordinal, check: base64urlOf(40) }),
  /** The backup's intent. */
  ledger: v.strictObject({ seq: Count, leaf: Leaf }),
  created: When,
  keys: Count,
  omitted: Omitted,
})
export type BackupHeader = v.InferOutput<typeof BackupHeader>

/** `blob`: the key, or the PKCS#8 of a private key, wrapped as `wrap` says. */
export const BackupKey = v.strictObject({ ...KeyReportShape.entries, wrap: v.picklist(WRAP_KINDS), blob: Base64url })
export type BackupKey = v.InferOutput<typeof BackupKey>

const BackupFooter = v.strictObject({
  keys: Count,
  /** SHA-256 of all bytes before the footer's line. */
  digest: base64urlOf(32),
  signature: v.strictObject({ key: KeyId, alg: Alg, value: Base64url }),
})

const Line = v.union([
  v.strictObject({ header: BackupHeader }),
  v.strictObject({ key: BackupKey }),
  v.strictObject({ footer: BackupFooter }),
])
export type BackupLine = v.InferOutput<typeof Line>

/** FORMAT-NEWER, BACKUP-SHAPE: a line without its LF. */
export function parseBackupLine(text: string): BackupLine {
  const value = parseCanonical(text)
  refuseNewer(memberOf(memberOf(value, 'header'), 'format'), BACKUP_FORMAT)
  if (plainCheck(Line)(value) || v.is(Line, value)) return value as unknown as BackupLine
  throw notVerified('BACKUP-SHAPE', 'it is neither a header, nor a key, nor a footer')
}

export const formatBackupLine = (line: BackupLine): string => `${canonical(line)}\n`

/** The bytes that the footer's signature is made over. `digest`: 32 bytes. */
export const footerMessage = (digest: Uint8Array): Uint8Array => pae(FOOTER_TYPE, digest)

/** The order of keys in a backup: by name (code units), then by version. */
export function byNameAndVersion(
  a: Pick<KeyReport, 'name' | 'version'>,
  b: Pick<KeyReport, 'name' | 'version'>,
): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  return a.version - b.version
}
