// Proof files: the records of one key, each with its way to the root of a checkpoint; and the request by which a witness is asked (docs/formats.md, 14).
import { canonical } from '../domain/canonical.ts'
import { toBase64url } from '../domain/encoding.ts'
import type { KeyVersion } from '../domain/names.ts'
import { formatLine, type Line } from '../domain/record.ts'

interface ProofHeader {
  partition: string
  /** Of the partition. */
  name: string
  anchor: string
  key: KeyVersion
  /** A note. */
  checkpoint: string
  records: number
}

interface Included {
  line: Line
  /** From the leaf's neighbour up. */
  path: readonly Uint8Array[]
}

/** A line each: what it is of, and then its records in order. */
export function formatProof({ checkpoint, ...header }: ProofHeader, records: readonly Included[]): string {
  const head = { format: 'keyrite.proof/1', ...header, checkpoint: checkpoint.trimEnd().split('\n') }
  const lines = records.map(
    ({ line, path }) => `{"inclusion":{"line":${formatLine(line)},"path":${canonical(path.map(toBase64url))}}}`,
  )
  return `${[canonical({ proof: head }), ...lines].join('\n')}\n`
}

/** C2SP tlog-witness: what a witness is asked to add a checkpoint by. `old`: the size of the one that it saw last. */
export const formatWitnessRequest = (old: number, proof: readonly Uint8Array[], checkpoint: string): string =>
  `${[`old ${old}`, ...proof.map((hash) => Buffer.from(hash).toString('base64'))].join('\n')}\n\n${checkpoint}`
