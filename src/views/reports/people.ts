// The custodians of a report: who they are, who can act with whom, when each was last seen with the share, and the sets of before.
import { groupedBy } from '../../domain/grouped.ts'
import { listed } from '../../domain/words.ts'
import { custodyWarnings, holdingsOf } from '../custody-view.ts'
import { isInPeriod, isStatement, periodInWords, type Source, seatOf, section } from './rows.ts'
import type { ReportFinding, Section } from './shape.ts'

/** `so` counts as all roles: whoever holds it can become user, and let every key out. */
const ACTS: { readonly [role: string]: string } = {
  so: 'set every PIN of the token, and by that use and let out its keys',
  user: 'make, change, use and destroy keys',
  recovery: 'open backups',
}

export const groupsSection = (id: string, title: string, { history }: Source): Section =>
  section(
    id,
    title,
    ['group', 'threshold', 'custodians', 'epoch', 'since', 'holds', 'can'],
    history.groups.map(({ name, threshold, custodians, epoch, roles }) => ({
      group: name,
      threshold: `${threshold} of ${custodians.length}`,
      custodians: custodians.map((one) => one.name),
      epoch,
      since: history.rosters.setOf({ group: name, epoch })?.since?.time ?? '',
      holds: [...roles],
      can: roles.flatMap((role) => ACTS[role] ?? []),
    })),
    'With fewer shares than the threshold nothing is known of a PIN. With so many the PINs can be had without this program, and then there is no record.',
  )

export function custodianSections(source: Source): Section[] {
  const { history, asked, all, now } = source
  const statements = all.filter((told) => isStatement(told) && isInPeriod(asked, told))
  return [
    groupsSection('groups', 'Groups of custodians', source),
    section(
      'custodians',
      'Custodians and their shares',
      [
        'custodian',
        'group',
        'epoch',
        'share last seen',
        'seen by',
        'acknowledged',
        'suspended until',
        'leaves',
        'share kept',
        'approvals',
      ],
      holdingsOf(history, now).map((one) => ({
        custodian: one.custodian,
        group: one.group,
        epoch: one.epoch,
        'share last seen': one.proven?.time ?? 'never',
        'seen by': one.proven ? `${one.proven.by}, record ${one.proven.seq}` : '',
        acknowledged: one.acknowledged
          ? `${one.acknowledged.time}, record ${one.acknowledged.seq}, ${one.acknowledged.form.name}, sha256 ${one.acknowledged.form.sha256}`
          : 'never',
        'suspended until': one.suspended?.until ?? '',
        leaves: one.departed ? `${one.departed.on}, record ${one.departed.seq}` : '',
        'share kept': one.kept
          ? `${one.kept.state}${one.kept.bag ? ` in bag ${one.kept.bag}` : ''}${one.kept.place ? `, ${one.kept.place}` : ''}, record ${one.kept.seq}`
          : '',
        approvals: approvalsOf(one, source),
      })),
      `Approvals are counted ${periodInWords(asked)}.`,
    ),
    section(
      'sets',
      'Every set of shares that there was',
      ['group', 'epoch', 'standing', 'threshold', 'custodians', 'made', 'in force from', 'until'],
      history.rosters.sets.map(({ group, standing, made, since, until }) => ({
        group: group.name,
        epoch: group.epoch,
        standing,
        threshold: `${group.threshold} of ${group.custodians.length}`,
        custodians: group.custodians.map(({ name }) => name),
        made: `${made.time}, record ${made.seq}`,
        'in force from': since ? `${since.time}, record ${since.seq}` : '',
        until: until ? `${until.time}, record ${until.seq}` : '',
      })),
      'Shares of a former set still open the backups and tokens of its time.',
    ),
    section(
      'statements',
      `What custodians have signed of their shares, ${periodInWords(asked)}`,
      ['record', 'time', 'what', 'signed by'],
      statements.map(({ seq, time, op, signed }) => ({ record: seq, time, what: op, 'signed by': signed.map(seatOf) })),
    ),
  ]
}

const approvalsOf = ({ custodian, group }: { custodian: string; group: string }, { all, asked }: Source): number =>
  all.filter(
    (told) =>
      !isStatement(told) &&
      isInPeriod(asked, told) &&
      told.signed.some((one) => one.custodian === custodian && one.group === group),
  ).length

export function custodianFindings({ history, now }: Source): ReportFinding[] {
  const seats = groupedBy(
    history.groups.flatMap(({ name, custodians }) => custodians.map((one) => ({ custodian: one.name, group: name }))),
    ({ custodian }) => custodian,
  )
  const several = [...seats].filter(([, those]) => those.length > 1)
  const bare = holdingsOf(history, now).filter(({ acknowledged }) => acknowledged === undefined)
  return [
    ...custodyWarnings(history, now).map(({ message }): ReportFinding => ({ severity: 'warning', message })),
    ...(bare.length > 0
      ? [
          {
            severity: 'note' as const,
            message: `no record tells that these have acknowledged their duties: ${listed([...new Set(bare.map(({ custodian }) => custodian))])}`,
          },
        ]
      : []),
    ...several.map(
      ([custodian, those]): ReportFinding => ({
        severity: 'note',
        message: `${custodian} has shares of several groups: ${listed(those.map(({ group }) => group))}`,
      }),
    ),
  ]
}
