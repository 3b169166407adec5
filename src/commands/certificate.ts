// A certificate of destruction: its two files, and how a person reads it.
import { rmSync } from 'node:fs'
import type { Certificate, CertificateFiles, Found } from '../ceremony/destroy-key.ts'
import { canonical } from '../domain/canonical.ts'
import { recordCode } from '../domain/code.ts'
import { label } from '../domain/names.ts'
import { type DestroyPlan, planCode } from '../domain/plan.ts'
import type { Ledgers, Partition } from '../ledger/port.ts'
import { inPlain } from '../terminal/render.ts'
import { fields } from '../terminal/text.ts'
import { ledgerFile } from './context.ts'
import { asKeyriteError } from './failure.ts'

/** Text, and the signed JSON. */
export const certificatePaths = (path: string): string[] => [path, `${path}.json`]

/** `partition`: in its ledger stands who approved. */
export function certificateFiles(plan: DestroyPlan, partition: Partition, ledgers: Ledgers): CertificateFiles {
  const paths = () => certificatePaths(plan.certificate!)
  return {
    write(certificate) {
      const approvers = approversOf(certificate.statement.intent.leaf, partition, ledgers)
      const contents = [certificateText(certificate, plan, approvers), `${canonical(certificate)}\n`]
      return ledgers.createFiles(paths().map((path, i) => ({ path, content: contents[i]! })))
    },
    drop(intent) {
      for (const path of paths()) if (holds(path, intent, ledgers)) rmSync(path)
    },
  }
}

/** A recovery comes to its end also where the certificate can't be written: a stick that is gone would leave the change open for good. */
export const patient = (files: CertificateFiles, tell: (why: string) => void): CertificateFiles => ({
  ...files,
  write(certificate) {
    try {
      return files.write(certificate)
    } catch (error) {
      tell(asKeyriteError(error).message)
      return []
    }
  },
})

function approversOf(intent: string, partition: Partition, ledgers: Ledgers): string {
  for (const { line, leaf } of ledgers.records(ledgerFile(partition))) {
    if (leaf === intent && line.record.type === 'intent')
      return line.record.approvals.map(({ custodian }) => custodian).join(', ')
  }
  return ''
}

/** Both files name the leaf of their intent. */
function holds(path: string, leaf: string, ledgers: Ledgers): boolean {
  try {
    return ledgers.readText(path).includes(leaf)
  } catch {
    return false
  }
}

function certificateText({ statement, signature }: Certificate, plan: DestroyPlan, approvers: string): string {
  const { key, token, stillHeldBy: held } = statement
  return `certificate of destruction

${inPlain(
  fields([
    ['key', label(key.name, key.version)],
    ['type', key.type],
    ['fingerprint', key.fingerprint],
    ['id', key.id],
    ['partition', `${statement.name}  ${statement.partition}`],
    ['token', `${token.label}  serial ${token.serial}`],
    [statement.found === 'nothing' ? 'looked at' : 'destroyed', statement.destroyed],
    ['plan', `${planCode(plan)}, approved by ${approvers}`],
    ['intent', `record ${statement.intent.seq} of the ledger, code ${recordCode(statement.intent.leaf)}`],
    ['reason', plan.reason],
  ]),
)}

${foundInWords(statement.found)}
In a new session no private object on the token had the key's id or public key,
and every private object on it was one that the ledger knows.

${heldInWords(held.backups, held.tokens)}
The same, as JSON signed by the audit key ${signature.key} of the token, is in the
file beside this one with the ending .json.
`
}

const FOUND: Record<Found, string> = {
  whole: 'The key was whole on the token, and proved to be the one with this fingerprint.\nThen it was destroyed.',
  part: "Only a part of the key was on the token, and was destroyed. It could not be proved to be\nthe key's; that it was no other key of the ledger was.",
  nothing: 'NOTHING WAS DESTROYED: the key was not on the token.',
  unknown:
    'The destruction was interrupted, and this was written by the recovery, which saw what was left:\nwhat the token had of the key before is not known.',
}

const foundInWords = (found: Found): string => `${FOUND[found]}\n`

function heldInWords(backups: Certificate['statement']['stillHeldBy']['backups'], tokens: readonly string[]): string {
  if (backups.length + tokens.length === 0)
    return 'The ledger knows of no backup and no earlier token that holds the key.\n'
  const lines = [
    ...backups.map(
      ({ name, time, sha256, record }) => `  backup ${name} of ${time}, record ${record}, sha256 ${sha256}`,
    ),
    ...tokens.map((serial) => `  token ${serial}, unless it was erased`),
  ]
  return `The key can still be brought back from:\n${lines.join('\n')}\n`
}
