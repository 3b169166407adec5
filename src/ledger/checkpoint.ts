// Checkpoints: signed notes over the ledger's size and root, for people to carry away (docs/formats.md, 4).
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import { apart } from '../domain/hints.ts'
import { quoted } from '../domain/names.ts'
import type { SigningKey } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { isNoteSignedBy, type Note, parseNote, signNote } from './note.ts'
import type { Signer } from './port.ts'

export interface Checkpoint {
  /** `keyrite/<partition uuid>`. */
  origin: string
  size: number
  /** 32 bytes, standard base64. */
  root: string
  /** The digest of all that the ledger says up to there, base64url of 32 bytes: an index beside it is good for what this vouches for. Older programs tell none. */
  state: string | undefined
  note: Note
}

const originOf = (partition: string): string => `keyrite/${partition}`

/** What a checkpoint is of. `root`: 32 bytes. */
type Seen = Pick<Checkpoint, 'size'> & Partial<Pick<Checkpoint, 'state'>> & { root: Uint8Array }

/** A whole note. */
export function signCheckpoint(partition: string, { size, root, state }: Seen, signer: Signer): Promise<string> {
  const origin = originOf(partition)
  const more = state === undefined ? '' : `state ${state}\n`
  return signNote(`${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n${more}`, origin, signer)
}

const ANOTHER = 'take another copy of the checkpoint'
const TEXT = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:state ([\w-]{43})\n)?$/

/** CHECKPOINT-SHAPE. */
export function parseCheckpoint(text: string): Checkpoint {
  const note = parseNote(text)
  const [, origin, size, root, state] = TEXT.exec(note?.text ?? '') ?? []
  if (!note || !origin || !size || !root || !isSpelt(root, state)) {
    throw notVerified('CHECKPOINT-SHAPE', 'this is not a checkpoint, a signed note of origin, size and root', ANOTHER)
  }
  return { origin, size: Number(size), root, state, note }
}

/** Each in its one spelling. */
const isSpelt = (root: string, state: string | undefined): boolean =>
  Buffer.from(root, 'base64').toString('base64') === root &&
  (state === undefined || toBase64url(fromBase64url(state)) === state)

export const NEWER_COPY = 'bring a newer copy: ledger.jsonl of the home, or FILE.ledger of a newer backup'

/**
 * CHECKPOINT-ORIGIN, CHECKPOINT-SIGNED: it is this partition's, and one of its audit keys signed it. `records`: how many there are, where they may be
 * an older copy, which lacks the audit key that a later restore has brought.
 */
export function verifyCheckpoint(
  { origin, size, note }: Checkpoint,
  partition: string,
  auditKeys: readonly SigningKey[],
  records = size,
): void {
  const ours = originOf(partition)
  if (origin !== ours)
    throw notVerified(
      'CHECKPOINT-ORIGIN',
      `the checkpoint is of ${quoted(origin)}, not of ${ours}`,
      'take a checkpoint of this partition',
    )
  if (isNoteSignedBy(note, ours, auditKeys)) return
  const older =
    size > records
      ? `; it saw ${counted(size, 'record')}, and the ledger, which holds ${records}, may be an older copy, or have been cut`
      : ''
  throw notVerified(
    'CHECKPOINT-SIGNED',
    `no audit key of this ledger signed the checkpoint, or a line in its name is wrong${older}`,
    older === '' ? ANOTHER : apart(NEWER_COPY, ANOTHER),
  )
}
