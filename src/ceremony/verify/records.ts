// The records of the ledger against the journal: what stands between the opening and the end of a ceremony belongs to a step of it.
import { sameJson } from '../../domain/canonical.ts'
import type { CeremonyOpening } from '../../domain/ceremony-marks.ts'
import { exceptionsIn, stepsIn } from '../../domain/journal.ts'
import { label } from '../../domain/names.ts'
import { planDigest } from '../../domain/proposal.ts'
import type { Record } from '../../domain/record.ts'
import { recoveryOf, withoutRecovery } from '../step.ts'
import { endOf, type Fault, type Given, isTaken, type LedgerLine, openingIn, planIn, type Taken } from './given.ts'
import { reportsIn } from './values.ts'

type Note = Extract<Record, { type: 'note' }>

/** CEREMONY-OPENING, CEREMONY-REHEARSAL, and then all that only the ledger can tell. */
export function wrongRecords(given: Given): Fault[] {
  const { lines, ledger } = given
  const note = ledger.find(({ record }) => isOpening(record, lines))
  if (!note) return [notOpened(given)]
  return [
    ...wrongOpening(openingIn(note.record)!, note.record, given),
    ...wrongPlaces(given, beforeFirst(note.record)),
    ...wrongMarks(given),
    ...wrongStates(given),
    ...wrongClosing(given),
  ]
}

/** CEREMONY-OPENING: what the first line and the note both tell is the same, and the name is that of the script. */
function wrongOpening(told: CeremonyOpening, record: Record, { opened, script }: Given): Fault[] {
  const { partition, station, tool } = record
  // The first record comes later than the opening, maybe by a newer program; its station signs the journal.
  const isFirst = record.type === 'partition.created'
  const differs = (member: keyof typeof opened, other: unknown) =>
    sameJson({ is: other }, { is: opened[member] }) ? [] : [member]
  return [
    ...(['name', 'script', 'site', 'mode', 'clock', 'rehearsal'] as const).flatMap((one) => differs(one, told[one])),
    ...differs('partition', partition),
    ...differs('station', station),
    ...(isFirst ? differs('key', record.stationKey) : differs('tool', tool)),
    ...differs('name', script.name),
  ].map((member) => ({ code: 'CEREMONY-OPENING', message: `the ${member} in its opening note is another` }))
}

/** It opens the ceremony of this journal. */
const isOpening = (record: Record, lines: Given['lines']): boolean => openingIn(record)?.journal === lines[0]!.leaf

/** The plan by which a partition begins opens the ceremony, and is of a step of it. */
const beforeFirst = ({ type, seq }: Record): number => (type === 'partition.created' ? -1 : seq)

function notOpened({ opened }: Given): Fault {
  if (opened.mode === 'rehearsal')
    return {
      code: 'CEREMONY-REHEARSAL',
      message: `it is the record of a rehearsal, of which this ledger knows nothing`,
    }
  return {
    code: 'CEREMONY-OPENING',
    message: `no note of this ledger opens the ceremony ${opened.name} with this journal`,
  }
}

const claims = ({ lines }: Pick<Given, 'lines'>) =>
  lines.filter(isTaken).flatMap((line) => (line.entry.records ?? []).map((place) => ({ ...place, line })))

/** The note that ends it, by its name, after its opening. */
const endNote = ({ opened, ledger }: Given, from: number): LedgerLine | undefined =>
  ledger
    .slice(from + 1)
    .find(
      ({ record }) =>
        record.type === 'note' &&
        record.ceremony !== undefined &&
        record.ceremony.event !== 'opened' &&
        record.ceremony.name === opened.name,
    )

/** RECORD-LISTED, CEREMONY-SPAN, CEREMONY-BESIDE. */
function wrongPlaces(given: Given, opening: number): Fault[] {
  const { ledger } = given
  const listed = claims(given)
  const faults: Fault[] = []
  const end = endNote(given, opening)?.record
  const isClosed = end?.type === 'note' && end.ceremony?.event === 'closed'
  const lastStep = isClosed && end.ceremony?.event === 'closed' ? end.ceremony.step : undefined
  const seen = new Set<number>()
  for (const { seq, leaf, line } of listed) {
    const { step } = line.entry
    if (seq <= opening)
      faults.push({
        code: 'CEREMONY-SPAN',
        message: `record ${seq} of step ${step} stands before the ceremony was opened`,
      })
    else if (ledger[seq]?.leaf !== leaf)
      faults.push({
        code: 'RECORD-LISTED',
        message: `step ${step} names a record ${seq} that this ledger has not`,
      })
    else if (end && seq > end.seq && withoutRecovery(step) !== lastStep)
      faults.push({
        code: 'CEREMONY-SPAN',
        message: `record ${seq} of step ${step} stands after the ceremony was closed`,
      })
    if (seen.has(seq)) faults.push({ code: 'RECORD-LISTED', message: `record ${seq} is named twice` })
    seen.add(seq)
  }
  const until = Math.max(end?.seq ?? ledger.length - 1, ...listed.map(({ seq }) => Math.min(seq, ledger.length - 1)))
  for (const { record } of ledger.slice(opening + 1, until + 1))
    if (!seen.has(record.seq) && record !== end) faults.push(beside(record))
  return faults
}

const beside = (record: Record): Fault => ({
  code: 'CEREMONY-BESIDE',
  message: `${ofNoStep(record)}: somebody worked beside the script`,
  seq: record.seq,
})

/** What it is, as people are told of it. */
export function ofNoStep(record: Record): string {
  const keys =
    record.type === 'outcome' || record.type === 'recovered'
      ? record.keys.map(({ name, version }) => label(name, version))
      : []
  const what = record.type === 'intent' ? record.plan.op : record.type
  const named = keys.length === 0 ? '' : ` of ${keys.slice(0, 3).join(', ')}`
  return `record ${record.seq} (${what}${named}) belongs to no step`
}

/** STEP-MARKED: each plan of a step says so, and its custodians signed the journal as it was before that step. */
function wrongMarks(given: Given): Fault[] {
  return given.lines.flatMap((line) => (isTaken(line) ? wrongMark(line, given) : []))
}

function wrongMark({ entry }: Taken, given: Given): Fault[] {
  const { ledger, lines } = given
  const plans = (entry.records ?? []).flatMap(({ seq }) => {
    const plan = planIn(ledger[seq]?.record)
    return plan ? [plan] : []
  })
  const before = leavesBefore(entry, lines)
  const faults = plans.flatMap((plan): Fault[] => {
    const { ceremony: mark } = plan
    if (!mark)
      return [
        { code: 'STEP-MARKED', message: `the plan of step ${entry.step} does not say that it belongs to the ceremony` },
      ]
    if (mark.step !== entry.step)
      return [{ code: 'STEP-MARKED', message: `a plan of step ${mark.step} is told of as step ${entry.step}` }]
    return before.includes(mark.journal)
      ? []
      : [{ code: 'STEP-MARKED', message: `the custodians of step ${entry.step} signed another journal` }]
  })
  const digests = plans.map(planDigest)
  const isSame = JSON.stringify(digests) === JSON.stringify(entry.plans ?? [])
  return isSame ? faults : [...faults, { code: 'STEP-MARKED', message: `the plans of step ${entry.step} are others` }]
}

/** Of the lines since the last step that was taken: what a plan of the next one may name. */
function leavesBefore({ seq, step }: Taken['entry'], lines: Given['lines']): string[] {
  // What a recovery finishes was planned before it.
  const last = lines
    .slice(0, seq)
    .findLastIndex(({ entry }) => entry.type === 'step' && entry.step !== recoveryOf(step))
  return lines.slice(Math.max(last, 0), seq).map(({ leaf }) => leaf)
}

/** STEP-STATE: keys stand as the script expects after each step. */
function wrongStates(given: Given): Fault[] {
  const { script, lines } = given
  return script.steps.flatMap((step): Fault[] => {
    if (step.kind !== 'run' || !step.expect?.state) return []
    const line = lines.find(
      ({ entry }) => entry.type === 'step' && entry.step === step.id && entry.exception === undefined,
    )
    if (line?.entry.type !== 'step') return []
    const until = line.entry.records?.at(-1)?.seq
    return Object.entries(step.expect.state).flatMap(([key, wanted]): Fault[] => {
      const found = stateAt(key, until ?? Number.POSITIVE_INFINITY, given)
      return found === wanted
        ? []
        : [
            {
              code: 'STEP-STATE',
              message: `after step ${step.id} ${key} is ${found ?? 'not there'}, and not ${wanted}`,
            },
          ]
    })
  })
}

function stateAt(key: string, until: number, { ledger }: Given): string | undefined {
  let state: string | undefined
  for (const { record } of ledger) {
    if (record.seq > until) break
    state = reportsIn(record).find(({ name, version }) => label(name, version) === key)?.state ?? state
  }
  return state
}

/** CEREMONY-CLOSING. */
function wrongClosing(given: Given): Fault[] {
  const { lines, ledger, opened } = given
  const end = endOf(given)
  if (!end) return []
  const opening = ledger.findIndex(({ record }) => isOpening(record, lines))
  const note = (endNote(given, opening)?.record as Note | undefined)?.ceremony
  if (note?.event !== end.type)
    return [
      {
        code: 'CEREMONY-CLOSING',
        message: `no note of this ledger says that the ceremony ${opened.name} was ${end.type}`,
      },
    ]
  const at = lines.findIndex(({ leaf }) => leaf === note.journal)
  if (at === -1) return [{ code: 'CEREMONY-CLOSING', message: 'the note that ends it names another journal' }]
  if (note.event !== 'closed') return []
  const so = lines.slice(0, at + 1)
  const isCounted = note.steps === stepsIn(so) && note.exceptions === exceptionsIn(so)
  return isCounted
    ? []
    : [{ code: 'CEREMONY-CLOSING', message: 'the note that closes it counts other steps, or other exceptions' }]
}
