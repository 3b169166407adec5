// A certificate that somebody kept, held against a ledger: what the ledger names by its SHA-256 is what was written then, whatever its file is called now.

import { sha256, toHex, utf8 } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import { label } from '../domain/names.ts'
import type { Files } from '../ledger/port.ts'
import type { Audited } from './ledger-source.ts'

export interface CheckedCertificate {
  file: string
  /** NAME#V of the key that was destroyed; of the end of a partition there is none. */
  key?: string
  /** The record that names it. */
  record: number
  /** When that was written. */
  time: string
}

/** CERTIFICATE-RECORDED: the ledger wrote this file, its text or its JSON, when it destroyed a key, or came to its end. */
export function checkCertificate(file: string, { ledger }: Audited, files: Files): CheckedCertificate {
  const digest = toHex(sha256(utf8(files.readText(file))))
  for (const { line } of ledger.records()) {
    const { record } = line
    const isNamed = 'artefacts' in record && record.artefacts?.some((one) => one.sha256 === digest)
    if (!isNamed) continue
    if (record.type === 'partition.retired') return { file, record: record.seq, time: record.time }
    const [key] = record.keys
    if (key?.state === 'destroyed')
      return { file, key: label(key.name, key.version), record: record.seq, time: record.time }
  }
  const copy = ledger.own ? [] : ['--ledger', ledger.source]
  const message = `${file} is no certificate that this ledger names, or it was changed since it was written`
  throw notVerified('CERTIFICATE-RECORDED', message, keyrite('audit', 'show', ...copy, '--op', 'key.destroy'))
}
