// Whether checkpoints were cosigned by as many witnesses as a policy wants.
import type { SourceOptions } from '../cli/options.ts'
import { toBase64url } from '../domain/encoding.ts'
import { notVerified, usage } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import type { SigningKey } from '../domain/shapes.ts'
import { NOTE_TYPES, type VerifierKey } from '../domain/vkey.ts'
import { isEnough } from '../domain/witness-policy.ts'
import type { Ledgers } from '../ledger/port.ts'
import { readNote } from './checkpoint-file.ts'
import type { Audited } from './ledger-source.ts'

export interface Cosigned {
  file: string
  /** By the names of the policy. */
  witnesses: { name: string; time: string }[]
}

/** WITNESS-POLICY, WITNESS-QUORUM, WITNESS-SIGNED: of each checkpoint that was named. The ledger was held against them before. */
export function checkWitnessed(
  policyPath: string,
  { checkpoint }: SourceOptions,
  { history }: Audited,
  ledgers: Ledgers,
): Cosigned[] {
  const policy = ledgers.parsePolicy(ledgers.readText(policyPath), policyPath)
  if (checkpoint.length === 0)
    throw usage(
      'the policy asks for witnesses, and no checkpoint was named',
      add('--checkpoint', 'FILE'),
      'INPUT-MISSING',
    )
  const origin = `keyrite/${history.partition}`
  if (policy.logs.length > 0 && !policy.logs.some((log) => isOf(log, origin, history.auditKeys)))
    throw notVerified('WITNESS-QUORUM', `${policyPath} names logs, and this ledger is none of them`)
  return checkpoint.map((file) => {
    const seen = ledgers.cosignedBy(readNote(file, ledgers), policy.witnesses)
    const witnesses = [...seen].map(([name, time]) => ({ name, time: new Date(time * 1000).toISOString() }))
    if (isEnough(policy, new Set(seen.keys()))) return { file, witnesses }
    const by = witnesses.length === 0 ? 'no witness of the policy' : witnesses.map(({ name }) => name).join(' and ')
    throw notVerified(
      'WITNESS-QUORUM',
      `${file} was cosigned by ${by}, and the policy wants ${policy.quorum}`,
      'bring the checkpoint with the other cosignatures',
    )
  })
}

/** A key of the ledger, under the name of its checkpoints. */
const isOf = ({ name, type, material }: VerifierKey, origin: string, keys: readonly SigningKey[]): boolean =>
  name === origin &&
  keys.some(({ alg, spki }) => {
    const der = Buffer.from(spki, 'base64url')
    if (type === NOTE_TYPES.ed25519) return alg === 'EdDSA' && toBase64url(der.subarray(-32)) === toBase64url(material)
    return type === NOTE_TYPES.ecdsa && der.equals(material)
  })
