// A stage before its shares are made, and when it is done.
import { type Result, reported } from '../change/execute.ts'
import type { SetRequest } from '../change/make-set.ts'
import { difference } from '../change/operations/stage-quorum.ts'
import { appsBehind } from '../domain/backup-history.ts'
import { recordCode } from '../domain/code.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { rolesOf } from '../domain/operations.ts'
import type { QuorumStagePlan } from '../domain/quorum-plans.ts'
import { needsOf } from '../domain/roster.ts'
import { provenNeeded } from '../domain/roster-rules.ts'
import { type Said, saidOf } from '../domain/said.ts'
import type { Report } from '../terminal/port.ts'
import { type Field, fields, line, type Part, whole } from '../terminal/text.ts'
import { lostFields } from './plan-quorum.ts'
import { saidFields } from './said.ts'

/** What --dry-run shows: nobody can approve it, since the plan names the keys of shares that are not made yet. */
export function foreseenStage(
  op: 'quorum.stage' | 'quorum.replace',
  request: SetRequest,
  paths: ReadonlyMap<string, string>,
  options: Said & { lost?: true },
  history: History,
): Report {
  const { name, epoch, threshold, custodians, roles } = request
  const old = history.groups.find((group) => group.name === name)!
  const { lost } = options
  const concerned = rolesOf({ op, group: request, lost })
  const needs = needsOf(concerned, history.groups).filter((need) => !lost || need.group !== name)
  const { stays, joins, leaves } = difference(old, {
    ...old,
    custodians: custodians.map((one) => ({ name: one, key: '' })),
  })
  const group = { name, roles, threshold, epoch, custodians }
  const shares = Object.fromEntries(paths)
  return {
    data: {
      plan: {
        op,
        partition: history.partition,
        group,
        joins,
        leaves,
        needs,
        shares,
        ...(lost ? { lost } : {}),
        ...saidOf(options),
      },
    },
    text: [
      `  ${op} ${name}`,
      fields(
        [
          ['now', `epoch ${old.epoch}: ${old.threshold} of ${old.custodians.length}`],
          ['becomes', `epoch ${epoch}: ${threshold} of ${custodians.length}, for ${roles.join(', ')}`],
          ['stays', stays.join(', ') || undefined],
          ['joins', joins.join(', ') || undefined],
          ['leaves', leaves.join(', ') || undefined],
          ...(lost ? lostFields(request, appsBehind(name, history.applications), history) : []),
          ...[...paths.values()].map((path, i): [string, string] => [i === 0 ? 'shares' : '', path]),
          ['partition', `${history.name}  ${history.partition}`],
          ['needs', needs.map(({ group: one, threshold: m }) => `${m} custodians of ${one}`).join(' and ')],
          ...saidFields(options),
        ],
        '    ',
      ),
    ],
  }
}

/** Who still has to confirm, and what comes next. */
export function stageReport(
  { group, issued }: QuorumStagePlan,
  shares: readonly { custodian: string; file: string }[],
  result: Result,
  /** Of its intent, by which plans name it. */
  intent: string,
): Report {
  const { name, epoch, threshold, custodians } = group
  const absent = issued.flatMap((one) => ('recipient' in one ? [one.custodian] : []))
  const said = `new shares of ${name}, epoch ${epoch}, are staged: ${threshold} of ${custodians.length}`
  const data = { ...result, group: { name, epoch, threshold, custodians: custodians.map((one) => one.name) }, shares }
  const text: Part[] = [
    line(said, '   ', whole(`record ${result.seq} ${recordCode(result.leaf)}`)),
    fields(
      [
        ['staged by', ['record ', whole(recordCode(intent)), ', as the plan of quorum replace says']],
        ...shares.map(({ custodian, file }): Field => ['share', `${custodian}: ${file}`]),
        ['next', 'give every custodian their file, and remove it from this machine'],
        [
          'confirmed',
          `${custodians.length - absent.length} of ${custodians.length}; quorum replace takes ${provenNeeded(group)}`,
        ],
        ['missing', absent.length > 0 ? absent.join(', ') : undefined],
      ],
      '  ',
    ),
    ...(absent.length > 0 ? [{ hint: ABSENT, indent: '  ' }] : []),
  ]
  return { data: { ...reported(said, result), ...data }, text }
}

/** Whoever was not here has a share for a recipient, and no station. */
const ABSENT = to(
  'those who were not here confirm theirs on a machine of their own, and send what comes of it',
  keyrite('quorum', 'confirm', '--share', 'FILE', '--identity', 'FILE', '--out', 'FILE'),
)
