// The end of keys: who approved it, the certificate that says so, and what may still hold what is gone from its token.
import { labelOf } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { endedInWords } from '../words.ts'
import { inOrder, waiting } from './keys.ts'
import { PLACE, placesOf } from './places.ts'
import { isInPeriod, periodInWords, type Source, seatOf, section } from './rows.ts'
import type { ReportFinding, Section } from './shape.ts'

const destroyedIn = ({ history, asked }: Source) =>
  inOrder(history)
    .filter(({ state }) => state === 'destroyed')
    .map((key) => ({ key, step: key.history.find(({ state }) => state === 'destroyed')! }))
    .filter(({ step }) => isInPeriod(asked, step))

export function destructionSections(source: Source): Section[] {
  const { history, asked, all } = source
  const those = destroyedIn(source)
  const places = placesOf(history)
  const changes = new Map(all.flatMap((change) => change.toldBy.map((seq) => [seq, change] as const)))
  return [
    section(
      'destroyed',
      `Keys that were destroyed, ${periodInWords(asked)}`,
      [
        'key',
        'type',
        'fingerprint',
        'time',
        'record',
        'operation',
        'approved by',
        'plan',
        'files',
        'state before',
        'reason',
      ],
      those.map(({ key, step }) => {
        const change = changes.get(step.seq)
        return {
          key: labelOf(key),
          type: key.type,
          fingerprint: key.fingerprint,
          time: step.time,
          record: step.seq,
          operation: step.op,
          'approved by': (change?.signed ?? []).map(seatOf),
          plan: change?.code ?? '',
          files: change?.end?.files ?? [],
          'state before': key.history[key.history.indexOf(step) - 1]?.state ?? '',
          reason: step.reason ?? '',
        }
      }),
      'Of each it was proven that the token has no private object with its id or public key any more.',
    ),
    section(
      'remains',
      'What may still hold keys that were destroyed',
      PLACE,
      those.flatMap(({ key }) => places(key)).filter(({ state }) => state !== 'absent'),
      'Whoever wants them gone destroys these, by other means, and attests it.',
    ),
    section(
      'waiting',
      'Keys that are out of use and not destroyed',
      ['key', 'state', 'since', 'record'],
      inOrder(history)
        .filter(({ state }) => state === 'deactivated' || state === 'compromised')
        .map((key) => ({
          key: labelOf(key),
          state: key.state,
          since: key.history.at(-1)!.time,
          record: key.history.at(-1)!.seq,
        })),
    ),
  ]
}

export function destructionFindings(source: Source): ReportFinding[] {
  const { history } = source
  const places = placesOf(history)
  const held = destroyedIn(source).filter(({ key }) => places(key).some(({ state }) => state !== 'absent'))
  const compromised = waiting(source, 'destroy')
  return [
    ...(compromised.length > 0
      ? [
          {
            severity: 'warning' as const,
            message: `compromised and not destroyed yet: ${listed(compromised)}`,
          },
        ]
      : []),
    ...(held.length > 0
      ? [
          {
            severity: 'warning' as const,
            message: `destroyed on their token, and may still be held elsewhere: ${listed(held.map(({ key }) => labelOf(key)))}`,
          },
        ]
      : []),
    ...(history.retired?.members?.some(({ token }) => token === 'left')
      ? [
          {
            severity: 'critical' as const,
            message: `the partition was retired, and ${endedInWords(history.retired)}`,
            records: [history.retired.seq],
          },
        ]
      : []),
    ...(history.retired?.token === 'lost'
      ? [
          {
            severity: 'critical' as const,
            message: 'the partition was retired with its token lost: nothing proves that its keys are gone',
            records: [history.retired.seq],
          },
        ]
      : []),
  ]
}
