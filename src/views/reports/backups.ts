// The backups of a report: what each holds and lacks, whether it was ever brought back on a spare token, and keys that are in none.
import { backupsByKey, liveKeys } from '../../change/inventory.ts'
import { isExtractable } from '../../domain/keys.ts'
import { labelOf } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { testInWords } from '../words.ts'
import { waiting } from './keys.ts'
import { type Source, section } from './rows.ts'
import type { ReportFinding, Section } from './shape.ts'

export function backupSections({ history }: Source): Section[] {
  const backupsOf = backupsByKey(history)
  return [
    section(
      'backups',
      'Backups',
      ['record', 'time', 'file', 'sha256', 'bytes', 'keys', 'lacks', 'tested'],
      history.backups.map(({ seq, time, file, included, omitted, tests }) => ({
        record: seq,
        time,
        file: file.name,
        sha256: file.sha256,
        bytes: file.bytes,
        keys: included,
        lacks: omitted.map((one) => `${labelOf(one)}: ${one.reason}`),
        tested: tests.map((test) => testInWords(test, included)),
      })),
      'A test brings a backup back on a spare token, and proves each key of it there.',
    ),
    section(
      'unproved',
      'Backups of which nobody knows whether they were written',
      ['record', 'time', 'path'],
      history.unprovedBackups.map(({ seq, started, path }) => ({ record: seq, time: started, path })),
    ),
    section(
      'coverage',
      'Which live keys are in how many backups',
      ['key', 'state', 'backups', 'newest', 'why in none'],
      liveKeys(history).map((key) => {
        const held = backupsOf(key)
        return {
          key: labelOf(key),
          state: key.state,
          backups: held.length,
          newest: held.at(-1)?.time ?? '',
          'why in none':
            held.length > 0
              ? ''
              : isExtractable(key.attributes)
                ? 'none was made since'
                : 'it can never leave the token',
        }
      }),
    ),
    section(
      'tokens',
      'Tokens of the partition',
      ['token', 'label', 'model', 'firmware', 'hardware', 'standing', 'until'],
      [
        ...history.earlierTokens.map((one) => ({
          ...tokenRow(one),
          standing: 'replaced',
          until: `${one.replaced}, record ${one.until}`,
        })),
        { ...tokenRow(history.token), standing: history.retired ? `retired: ${history.retired.token}` : 'in use' },
      ],
      'As each told of itself when it was taken.',
    ),
  ]
}

const tokenRow = ({ serial, label, model, manufacturer, firmware, hardware }: Source['history']['token']) => ({
  token: serial,
  label,
  model: `${model}, ${manufacturer}`,
  firmware,
  hardware,
})

export function backupFindings(source: Source): ReportFinding[] {
  const { history } = source
  if (history.retired) return []
  const bare = waiting(source, 'backup')
  const { backups, unprovedBackups } = history
  const newest = backups.at(-1)
  const isTested = newest?.tests.some(({ proved, of }) => proved === of)
  return [
    ...(bare.length > 0 ? [{ severity: 'warning' as const, message: `in no backup: ${listed(bare)}` }] : []),
    ...(backups.length === 0 ? [{ severity: 'warning' as const, message: 'no backup was ever made' }] : []),
    ...(newest && !isTested
      ? [
          {
            severity: 'note' as const,
            message: `the newest backup was never brought back ${newest.tests.length > 0 ? 'whole ' : ''}on a spare token`,
            records: [newest.seq],
          },
        ]
      : []),
    ...(unprovedBackups.length > 0
      ? [
          {
            severity: 'warning' as const,
            message: 'backups of which nobody knows whether they were written',
            records: unprovedBackups.map(({ seq }) => seq),
          },
        ]
      : []),
  ]
}
