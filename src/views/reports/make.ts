// A report of a ledger at a moment: the same for everybody who has the ledger, since nothing else goes into it.
import { judgedInForce } from '../../change/judged-manifest.ts'
import { openIntent } from '../../change/open-intent.ts'
import { recordCode } from '../../domain/code.ts'
import { toBase64url } from '../../domain/encoding.ts'
import type { History } from '../../domain/history.ts'
import { manifestDigest } from '../manifest-words.ts'
import { findingsOf } from '../monitor/findings.ts'
import { endedInWords } from '../words.ts'
import { accessFindings, allAccess, keyAccess } from './access.ts'
import { ATTEST } from './attest.ts'
import { backupFindings, backupSections } from './backups.ts'
import { changeFindings } from './change-findings.ts'
import { controlFindings, controlSections } from './control.ts'
import { destructionFindings, destructionSections } from './destruction.ts'
import { dutyFindings, dutySections } from './duties.ts'
import { inOrder, judgedFindings, keysSection } from './keys.ts'
import { custodianFindings, custodianSections } from './people.ts'
import type { Source } from './rows.ts'
import {
  type Asked,
  commandOf,
  type Report,
  type ReportFinding,
  type ReportKind,
  type Section,
  sealed,
} from './shape.ts'
import type { ToldOf } from './told.ts'

interface Part {
  findings: (source: Source) => ReportFinding[]
  sections: (source: Source) => Section[]
}

const keyPart: Part = {
  findings: (source) => [...watched(source, ['keys', 'copies', 'certificates']), ...judgedFindings(source, () => true)],
  sections: (source) => [keysSection('keys', 'Every version of every key', inOrder(source.history), source)],
}
const controlPart: Part = { findings: controlFindings, sections: controlSections }
const custodianPart: Part = { findings: custodianFindings, sections: custodianSections }
const backupPart: Part = { findings: backupFindings, sections: backupSections }
const destructionPart: Part = { findings: destructionFindings, sections: destructionSections }
const accessPart: Part = {
  findings: (source) =>
    source.asked.key === undefined
      ? [...watched(source, ['copies']), ...changeFindings(source.all, source)]
      : accessFindings(source.asked.key, source),
  sections: (source) => (source.asked.key === undefined ? allAccess(source) : keyAccess(source.asked.key, source)),
}

const PARTS: { readonly [kind in ReportKind]: readonly Part[] } = {
  evidence: [keyPart, accessPart, controlPart, custodianPart, backupPart, destructionPart],
  keys: [keyPart],
  'dual-control': [controlPart],
  custodians: [custodianPart],
  backups: [backupPart],
  destruction: [destructionPart],
  access: [accessPart],
}

/** What is watched over anyway, as of that moment. */
const watched = ({ history, now, judged }: Source, checks: readonly string[]): ReportFinding[] =>
  findingsOf(history, now, judged)
    .filter(({ check }) => checks.includes(check))
    .map(({ severity, message }) => ({ severity, message }))

const ORDER = ['critical', 'warning', 'note'] as const

/** `told`: of the records up to the moment, of which there is at least one. */
export function makeReport(asked: Asked, told: ToldOf, program: string): Report {
  const { history, tree, all } = told
  const now = new Date(asked.asOf)
  const source: Source = {
    history,
    tree,
    all,
    asked,
    now,
    judged: history.retired ? undefined : judgedInForce(history, () => now),
  }
  const parts = PARTS[asked.kind]
  const findings = [
    ...ledgerFindings(history),
    ...parts.flatMap((part) => part.findings(source)),
    ...dutyFindings(source),
  ]
  const root = toBase64url(tree.root())
  const { conducted, seq, time, leaf, anchor } = history
  const { manifest } = conducted
  return sealed({
    ...asked,
    program,
    command: commandOf(asked),
    partition: { name: history.name, id: history.partition },
    anchor: { code: recordCode(anchor), leaf: anchor },
    records: tree.size,
    last: { seq, time, code: recordCode(leaf), leaf },
    root: { code: recordCode(root), hash: root },
    ...(manifest
      ? { manifest: { sha256: manifestDigest(manifest.manifest), seq: manifest.seq, time: manifest.time } }
      : {}),
    findings: distinct(findings).toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)),
    sections: distinct([...parts.flatMap((part) => part.sections(source)), ...dutySections(source)], ({ id }) => id),
    attest: [...ATTEST[asked.kind]],
  })
}

/** What several parts tell stands there once. */
function distinct<T>(all: readonly T[], keyOf: (one: T) => string = (one) => JSON.stringify(one)): T[] {
  return [...new Map(all.toReversed().map((one) => [keyOf(one), one])).values()].toReversed()
}

/** What stands above all kinds. */
function ledgerFindings(history: History): ReportFinding[] {
  const open = openIntent(history)
  return [
    ...(open
      ? [
          {
            severity: 'critical' as const,
            message: `${open.plan.op} had no outcome at that time, and nobody knew whether it was done`,
            records: [open.seq],
          },
        ]
      : []),
    ...(history.retired
      ? [
          {
            severity: 'note' as const,
            message: `the partition was retired: ${endedInWords(history.retired)}, and the ledger is closed`,
            records: [history.retired.seq],
          },
        ]
      : []),
    ...(history.conducted.manifest
      ? []
      : [{ severity: 'note' as const, message: 'no manifest is in force: nothing is judged by policy' }]),
  ]
}
