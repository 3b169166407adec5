// A partition in numbers, for Prometheus: none of them of a single key.
import { DUE_ACTIONS, type Judgement } from '../../domain/due-shapes.ts'
import { groupedBy } from '../../domain/grouped.ts'
import type { History } from '../../domain/history.ts'
import { KEY_STATES } from '../../domain/keys.ts'
import { countsOf, olderShares } from '../application-view.ts'
import { NEEDS, type Survey } from '../attention.ts'
import { holdingsOf } from '../custody-view.ts'
import { certificatesOf, type Finding } from './findings.ts'

export interface Watched {
  name: string
  /** Absent where its ledger can't be read, or breaks a rule. */
  history?: History
  /** What the manifest in force wants. */
  judged?: Judgement | undefined
  /** Of its keys, where it has a history. */
  survey?: Survey
  /** How many records its newest checkpoint covers. */
  covered?: number
  findings: readonly Finding[]
}

interface Metric {
  name: string
  help: string
  kind: 'gauge' | 'counter'
  /** None where there is nothing to tell. */
  samples(watched: Watched, now: Date): Sample[]
}

type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>]

/** Of a ledger that could be read. */
const ofHistory =
  (samples: (history: History, now: Date) => Sample[]): Metric['samples'] =>
  ({ history }, now) =>
    history ? samples(history, now) : []

/** Of a ledger with a manifest in force. */
const ofJudged =
  (samples: (judged: Judgement) => Sample[]): Metric['samples'] =>
  ({ judged }) =>
    judged ? samples(judged) : []

const secondsOf = (time: string): number => Math.floor(Date.parse(time) / 1000)

const METRICS: readonly Metric[] = [
  {
    name: 'keyrite_ledger_valid',
    help: 'Whether the ledger keeps every rule that was checked.',
    kind: 'gauge',
    samples: ({ history }) => [[history ? 1 : 0]],
  },
  {
    name: 'keyrite_findings',
    help: 'What monitor has to tell of the partition, by severity.',
    kind: 'gauge',
    samples: ({ findings }) =>
      (['warning', 'critical'] as const).map((severity) => [
        findings.filter((one) => one.severity === severity).length,
        { severity },
      ]),
  },
  {
    name: 'keyrite_ledger_records',
    help: 'Records of the ledger.',
    kind: 'gauge',
    samples: ofHistory(({ seq }) => [[seq + 1]]),
  },
  {
    name: 'keyrite_ledger_last_record_timestamp_seconds',
    help: 'When the last record was written.',
    kind: 'gauge',
    samples: ofHistory(({ time }) => [[secondsOf(time)]]),
  },
  {
    name: 'keyrite_checkpoint_records',
    help: 'Records that the newest checkpoint covers.',
    kind: 'gauge',
    samples: ({ covered }) => (covered === undefined ? [] : [[covered]]),
  },
  {
    name: 'keyrite_refusals_total',
    help: 'Refusals that the ledger tells of.',
    kind: 'counter',
    samples: ofHistory(({ conducted }) => [[conducted.refusals]]),
  },
  {
    name: 'keyrite_change_open',
    help: 'Whether a change has begun that has no outcome.',
    kind: 'gauge',
    samples: ofHistory(({ unfinished }) => [[unfinished ? 1 : 0]]),
  },
  {
    name: 'keyrite_ceremony_open',
    help: 'Whether a ceremony has begun that has no end.',
    kind: 'gauge',
    samples: ofHistory(({ ceremonies }) => [[ceremonies.open ? 1 : 0]]),
  },
  {
    name: 'keyrite_partition_retired',
    help: 'Whether the partition is at its end.',
    kind: 'gauge',
    samples: ofHistory(({ retired }) => [[retired ? 1 : 0]]),
  },
  {
    name: 'keyrite_done_timestamp_seconds',
    help: 'When each operation was last done.',
    kind: 'gauge',
    samples: ofHistory(({ conducted }) => [...conducted.all].sort().map(([op, time]) => [secondsOf(time), { op }])),
  },
  {
    name: 'keyrite_keys',
    help: 'Key versions, by state.',
    kind: 'gauge',
    samples: ({ survey }) => (survey ? KEY_STATES.map((state) => [survey.states.get(state) ?? 0, { state }]) : []),
  },
  {
    name: 'keyrite_keys_waiting',
    help: 'Key versions that wait for somebody, by the verb that they wait for.',
    kind: 'gauge',
    samples: ({ survey }) => (survey ? counts(NEEDS, survey.waiting, ({ need }) => need, 'verb') : []),
  },
  {
    name: 'keyrite_due',
    help: 'What the manifest in force wants done, by action.',
    kind: 'gauge',
    samples: ofJudged(({ due }) => counts(DUE_ACTIONS, due, ({ action }) => action, 'action')),
  },
  {
    name: 'keyrite_keys_unmanaged',
    help: 'Key versions that the manifest in force does not name.',
    kind: 'gauge',
    samples: ofJudged(({ unmanaged }) => [[unmanaged.length]]),
  },
  {
    name: 'keyrite_duty_due_timestamp_seconds',
    help: 'When each duty of the manifest in force is due, or was.',
    kind: 'gauge',
    samples: ofJudged(({ duties }) =>
      [...groupedBy(duties, ({ duty }) => duty)].map(([duty, those]) => [
        Math.min(...those.map(({ due }) => secondsOf(due))),
        { duty },
      ]),
    ),
  },
  {
    name: 'keyrite_backups',
    help: 'Backups that were made.',
    kind: 'gauge',
    samples: ofHistory(({ backups }) => [[backups.length]]),
  },
  {
    name: 'keyrite_custodians',
    help: 'Custodians, by group.',
    kind: 'gauge',
    samples: ofHistory(({ groups }) => groups.map(({ name, custodians }) => [custodians.length, { group: name }])),
  },
  {
    name: 'keyrite_threshold',
    help: 'How many custodians must agree, by group.',
    kind: 'gauge',
    samples: ofHistory(({ groups }) => groups.map(({ name, threshold }) => [threshold, { group: name }])),
  },
  {
    name: 'keyrite_shares_overdue',
    help: 'Shares that were not shown for a year.',
    kind: 'gauge',
    samples: ofHistory((history, now) => [[holdingsOf(history, now).filter(({ overdue }) => overdue).length]]),
  },
  {
    name: 'keyrite_applications',
    help: 'Applications that use keys.',
    kind: 'gauge',
    samples: ofHistory(({ applications }) => [[applications.live.length]]),
  },
  {
    name: 'keyrite_copies_unproven',
    help: 'Copies of keys on the tokens of applications of which nobody knows whether they are as wished.',
    kind: 'gauge',
    samples: ofHistory(({ applications }) => [[sum(applications.live.map((app) => countsOf(app).unproven))]]),
  },
  {
    name: 'keyrite_pins_outdated',
    help: 'Applications whose PIN hangs on shares of before.',
    kind: 'gauge',
    samples: ofHistory((history) => [
      [history.applications.live.filter((app) => olderShares(app, history).length > 0).length],
    ]),
  },
  {
    name: 'keyrite_certificate_end_timestamp_seconds',
    help: 'When the first of the certificates and revocation lists ends that did not end yet.',
    kind: 'gauge',
    samples: ofHistory((history, now) =>
      certificatesOf(history)
        .filter(({ ends }) => ends > now.getTime())
        .slice(0, 1)
        .map(({ ends }) => [Math.floor(ends / 1000)]),
    ),
  },
]

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

/** A sample for each word, also where there is none: a series does not come and go. */
function counts<T>(
  words: readonly string[],
  all: readonly T[],
  wordOf: (one: T) => string | undefined,
  name: string,
): Sample[] {
  const numbers = new Map(words.map((word) => [word, 0]))
  for (const one of all) {
    const word = wordOf(one)
    if (word !== undefined) numbers.set(word, (numbers.get(word) ?? 0) + 1)
  }
  return [...numbers].map(([word, number]) => [number, { [name]: word }])
}

/** The text format of Prometheus. */
export function prometheus(all: readonly { name: string; numbers: readonly NumberOf[] }[]): string[] {
  return METRICS.flatMap(({ name, help, kind }) => {
    const rows = all.flatMap(({ name: partition, numbers }) =>
      numbers
        .filter((one) => one.name === name)
        .map(({ value, labels }) => `${name}{${inBraces({ partition, ...labels })}} ${value}`),
    )
    return rows.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...rows]
  })
}

/** Names of partitions, groups and operations need no escape. */
const inBraces = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')

interface NumberOf {
  name: string
  labels?: Readonly<Record<string, string>>
  value: number
}

/** By name and labels. */
export const numbersOf = (watched: Watched, now: Date): NumberOf[] =>
  METRICS.flatMap(({ name, samples }) =>
    samples(watched, now).map(([value, labels = {}]) => ({
      name,
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      value,
    })),
  )
