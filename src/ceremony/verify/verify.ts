// A record of a ceremony against its ledger: every fault that it has, and what it tells where it has none.
import type { CeremonyContent } from '../../domain/ceremony-keeping.ts'
import type { SignedRehearsal } from '../../domain/ceremony-marks.ts'
import { type EntryOf, exceptionsIn } from '../../domain/journal.ts'
import { fileSha256, parseScript, scriptCode } from '../script.ts'
import { parseSite } from '../site.ts'
import { wrongAttempts } from './attempts.ts'
import { wrongEvents } from './events.ts'
import { endOf, type Fault, faultOf, type Given, type LedgerLine, takenSteps } from './given.ts'
import { type Witness, witnessed, wrongBeginning } from './people.ts'
import { wrongRecords } from './records.ts'
import { wrongSteps } from './steps.ts'
import { notRecomputed } from './values.ts'

interface Checks {
  signer(text: string, signature: string): string
  isRehearsed(rehearsal: SignedRehearsal): boolean
  /** The ledger knows a station with this key. */
  isStation(id: string): boolean
  /** Keys of witnesses that others vouch for. */
  allowed?: ReadonlySet<string>
}

interface Verdict {
  faults: Fault[]
  opened?: EntryOf<'opened'>
  /** Where its journal, script and site file can be read, and belong together. */
  given?: Given
  code?: string
  end?: 'closed' | 'aborted'
  /** What was compared, and can't be made anew from record and ledger. */
  notRecomputed: string[]
  steps: number
  exceptions: number
  witnesses: Witness[]
}

export function verifyCeremony(content: CeremonyContent, ledger: readonly LedgerLine[], checks: Checks): Verdict {
  const { lines } = content
  const first = lines[0]?.entry
  const faults = content.fault === undefined ? [] : [faultOf(content.fault)]
  const nothing = { steps: 0, exceptions: 0, witnesses: [], notRecomputed: [] }
  if (first?.type !== 'opened')
    return {
      faults: faults.length > 0 ? faults : [{ code: 'JOURNAL-END', message: 'the journal is empty' }],
      ...nothing,
    }
  const told = {
    opened: first,
    code: scriptCode(content.script),
    steps: takenSteps({ lines }).length,
    exceptions: exceptionsIn(lines),
  }
  const others = otherFiles(first, content)
  if (others.length > 0) return { faults: [...faults, ...others], ...told, witnesses: [], notRecomputed: [] }
  // Its digest is that of the journal: it was read before, by whoever ran it.
  const given: Given = {
    opened: first,
    script: parseScript(content.script),
    site: parseSite(content.site),
    code: told.code,
    lines,
    ledger,
  }
  const isKnown = checks.isStation(first.key.id)
  const seen = witnessed(given, content.signatures, checks.signer, checks.allowed)
  const end = endOf(given)?.type
  return {
    faults: [
      ...faults,
      ...(isKnown || first.mode === 'rehearsal'
        ? []
        : [
            {
              code: 'JOURNAL-SIGNED' as const,
              message: 'the journal is signed by a key that the ledger knows as no station',
            },
          ]),
      ...wrongBeginning(given, () => isRehearsed(first, checks)),
      // Of a journal that can't be read on its end tells nothing.
      ...(content.fault === undefined
        ? [...wrongSteps(given), ...wrongEvents(given), ...wrongAttempts(given), ...wrongRecords(given), ...seen.faults]
        : []),
    ],
    ...told,
    ...(content.fault === undefined ? { given } : {}),
    ...(end ? { end } : {}),
    witnesses: seen.witnesses,
    notRecomputed: notRecomputed(given),
  }
}

/** CEREMONY-FILES. */
const otherFiles = (opened: EntryOf<'opened'>, { script, site }: CeremonyContent): Fault[] =>
  [
    ...(fileSha256(script) === opened.script ? [] : ['the journal is of another script']),
    ...(fileSha256(site) === opened.site ? [] : ['the journal is of another site file']),
  ].map((message) => ({ code: 'CEREMONY-FILES', message }))

/** By a station of the partition, on a twin of it. */
function isRehearsed({ rehearsal: told, partition }: EntryOf<'opened'>, checks: Checks): boolean {
  if (!told || told.rehearsal.partition === partition) return false
  return checks.isStation(told.rehearsal.key.id) && checks.isRehearsed(told)
}
