// A certificate of destruction, of a key or of a whole partition: its two files, and how a person reads it.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate, CertificateFiles, Found } from '../change/destruction-certificate.ts'
import type { RetirementFiles } from '../change/end-partition.ts'
import type { StillHeldBy } from '../change/held-elsewhere.ts'
import type { Context } from '../cli/context.ts'
import { typedPath } from '../cli/paths.ts'
import { canonical } from '../domain/canonical.ts'
import { recordCode } from '../domain/code.ts'
import { certificateNames, KEPT_RETIREMENT, keptCertificate } from '../domain/file-names.ts'
import { add } from '../domain/hints.ts'
import { label } from '../domain/names.ts'
import type { DestroyPlan, RetirePlan } from '../domain/plan.ts'
import { planCode } from '../domain/proposal.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { Files, Partition } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { inPlain } from '../terminal/render.ts'
import { fields } from '../terminal/text.ts'
import { outsideInWords } from '../views/held-elsewhere.ts'
import { exportInWords } from '../views/plan-outward.ts'
import { section, waysBack } from './certificate-sections.ts'
import { retirementText } from './retirement-text.ts'

/** Says why a certificate is not where it was wanted, and where it is. */
type Tell = (why: string, kept: string) => void

export const certificateFiles = (plan: DestroyPlan, partition: Partition, files: Files, tell: Tell): CertificateFiles =>
  filesAt(plan.certificate!, keptCertificate(plan), certificateText, plan, partition, files, tell)

export const retirementFiles = (plan: RetirePlan, partition: Partition, files: Files, tell: Tell): RetirementFiles =>
  filesAt(plan.certificate!, KEPT_RETIREMENT, retirementText, plan, partition, files, tell)

/** What it is of is gone by then: files that can't be written as planned are kept in the partition's folder, and `tell` says why. */
function filesAt<C extends { statement: { intent: { leaf: string } } }, P>(
  planned: string,
  name: string,
  textOf: (certificate: C, plan: P, approvers: string) => string,
  plan: P,
  partition: Partition,
  files: Files,
  tell: Tell,
) {
  const kept = join(partition.path, name)
  const drop = (intent: string) => {
    for (const path of [planned, kept].flatMap(certificateNames)) if (holds(path, intent, files)) remove(path)
  }
  return {
    drop,
    write(certificate: C) {
      const { leaf } = certificate.statement.intent
      const contents = [textOf(certificate, plan, approversOf(leaf, partition)), `${canonical(certificate)}\n`]
      const create = (path: string) =>
        files.createFiles(certificateNames(path).map((one, i) => ({ path: one, content: contents[i]! })))
      try {
        return create(planned)
      } catch (error) {
        drop(leaf)
        const artefacts = create(kept)
        tell(failureFrom(error).message, kept)
        return artefacts
      }
    },
  }
}

/** It can't be written later: the key that signs it is gone then, or there is nothing left that could tell. */
export async function askCertificate(
  { dryRun }: { dryRun?: boolean },
  { env }: Pick<Context, 'env'>,
  terminal: Terminal,
): Promise<string | undefined> {
  if (dryRun || !terminal.interactive) return undefined
  const question = 'a new file for the certificate of destruction, or enter for none:'
  const name = (await terminal.ask(question, add('--certificate', 'FILE'))).trim()
  return name === '' ? undefined : typedPath(name, env)
}

function remove(path: string): void {
  try {
    rmSync(path)
  } catch (error) {
    throw failureFrom(error)
  }
}

/** What `tell` says. */
export const certificateKept = (why: string, kept: string): string =>
  `${why}; the certificate is ${kept} and ${kept}.json: copy it from there`

function approversOf(intent: string, { ledger }: Partition): string {
  for (const { line, leaf } of ledger.records()) {
    if (leaf === intent && line.record.type === 'intent')
      return line.record.approvals.map(({ custodian }) => custodian).join(', ')
  }
  return ''
}

/** Both files name their intent, the text by its code and the JSON by its leaf. */
function holds(path: string, leaf: string, files: Files): boolean {
  try {
    const text = files.readText(path)
    return text.includes(recordCode(leaf)) || text.includes(leaf)
  } catch {
    return false
  }
}

function certificateText({ statement, signature }: Certificate, plan: DestroyPlan, approvers: string): string {
  const { key, stillHeldBy: held } = statement
  const [{ token, found }, ...others] = statement.tokens
  return `certificate of destruction

${inPlain(
  fields([
    ['key', label(key.name, key.version)],
    ['type', key.type],
    ['fingerprint', key.fingerprint],
    ['id', key.id],
    ['partition', `${statement.name}  ${statement.partition}`],
    ['token', `${token.label}  serial ${token.serial}`],
    [found === 'nothing' ? 'looked at' : 'destroyed', statement.destroyed],
    ['plan', `${planCode(plan)}, approved by ${approvers}`],
    ['intent', `record ${statement.intent.seq} of the ledger, code ${recordCode(statement.intent.leaf)}`],
    ['reason', plan.reason],
  ]),
)}

${foundInWords(found)}${others.map(onMember).join('')}
In a new session no private object on the token had the key's id or public key,
and every private object on it was one that the ledger knows.

${heldInWords(held)}
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

/** On each of the others the same, or nobody knows. */
const onMember = ({ token, member, found, error }: Certificate['statement']['tokens'][number]): string => {
  const what = error ? `NOT PROVED TO BE GONE (${error.message}). ${MAY_HOLD}` : ON_MEMBER[found]
  return `${inPlain([`Member ${member}, token ${token.serial}: ${what}`])}\n`
}

const MAY_HOLD = 'It may hold the key still, until it is synced.'

const ON_MEMBER: Record<Found, string> = {
  whole: 'the key was on it, was destroyed, and is gone.',
  part: 'a part of the key was on it, and is gone.',
  nothing: 'the key was not on it.',
  unknown: `NOBODY COULD LOOK. ${MAY_HOLD}`,
}

const foundInWords = (found: Found): string => `${FOUND[found]}\n`

function heldInWords({ copies = [], exports = [], origin, ...held }: StillHeldBy): string {
  return [
    waysBack(held, {
      what: 'the key',
      back: 'The key can still be brought back from:',
      areCopied: copies.length > 0,
    }),
    section(
      'Applications have a copy of the key still, or may have:',
      copies.map(
        ({ app, token, label: as, former }) => `${app}: ${as} on ${former ? 'its former' : 'the'} token ${token}`,
      ),
    ),
    section('The key went out of the token, and is where nobody here can destroy it:', exports.map(exportInWords)),
    section('The key may be had from others still:', origin ? [outsideInWords(origin)] : []),
  ].join('')
}
