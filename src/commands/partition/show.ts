// keyrite partition show: what the ledger says of a partition. Needs no device.

import type { Command } from 'commander'
import { inOrder, toldOf } from '../../change/inventory.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { recordCode } from '../../domain/code.ts'
import type { Address } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { stationCode } from '../../domain/station-request.ts'
import { counted } from '../../domain/words.ts'
import type { Partition } from '../../ledger/port.ts'
import { openOf, openSource, type Source } from '../../session/ledger-source.ts'
import { warnOfRestore } from '../../session/pending-change.ts'
import { type Field, type Fields, fields, marked, whole } from '../../terminal/text.ts'
import { memberData, retiredInWords as memberRetired, retiredData, standingRun } from '../../views/member-view.ts'
import { profileFields } from '../../views/profile-view.ts'
import {
  modelOf,
  openInWords,
  recordsInWords,
  retiredInWords,
  shortDigest,
  testInWords,
  toTheMinute,
} from '../../views/words.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('show')),
    'keyrite partition show',
    'keyrite --partition pay partition show --json',
    'keyrite partition show --ledger pay.backup.ledger',
  )
    .summary('token, anchor, groups, backups and ledger of a partition')
    .description(`Shows what the ledger says of a partition. ${SOURCE_CHECKS} Needs no device and no shares.`)
    .action((options: SourceOptions, command: Command) => run(options, command, context))
}

async function run(options: SourceOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const source = openSource(options, globals, context, { tellsOpen: true })
  const found = describeOf(source)
  const terminal = terminalOf(globals, context)
  terminal.answer({ data: found, text: view(found, globals.address, source) })
  if (source.partition && !globals.json) warnOfRestore(source.partition, globals, context)
}

type Description = ReturnType<typeof describe>

export function describe(partition: Partition) {
  const { history, tree } = partition.openLedger('newest')
  return describeOf({ ledger: partition.ledger, history, records: tree.size, partition })
}

function describeOf({ history, records, ledger, partition, goesOn }: Source) {
  const { name, partition: uuid, created, token, profile, accepted, groups, auditKey, stations } = history
  return {
    name,
    partition: uuid,
    created,
    anchor: recordCode(history.anchor),
    token,
    profile,
    accepted,
    groups,
    auditKey,
    stations: stations.present,
    keys: history.keys.living,
    ledger: { records, seq: history.seq, leaf: history.leaf, path: partition?.path ?? ledger.source },
    backups: backupsOf(history),
    ...membersOf(history),
    ...openOf(history, goesOn),
    ...(history.retired ? { retired: history.retired } : {}),
  }
}

/** Of a partition that has or had several. */
const membersOf = ({ members: { wereSeveral, live, retired } }: History) =>
  wereSeveral ? { members: live.map(memberData), retiredMembers: retired.map(retiredData) } : {}

/** Each by its name, with its token and whether it has followed. */
const memberFields = ({ members = [], retiredMembers = [] }: Description): Field[] => [
  ...members.map(
    (one): Field => ['member', [`${one.name}  ${one.token.label}  serial ${one.token.serial}  `, standingRun(one)]],
  ),
  ...retiredMembers.map((one): Field => ['', memberRetired(one)]),
]

/** Those without a SHA-256 may have been written. */
const backupsOf = ({ backups, unprovedBackups }: History) =>
  inOrder([...backups, ...unprovedBackups]).map((note) => ({ ...toldOf(note), keys: note.included }))

const FEW = 5

/** The newest first: it is the one to restore. */
function backupFields({ backups }: Description): Field[] {
  const newest = [...backups].reverse()
  const told = newest.slice(0, FEW).flatMap(({ name, time, keys, sha256, record, tested }): Field[] => {
    const what = `${name}  ${toTheMinute(time)}, record ${record}, ${counted(keys, 'key')}  `
    if (sha256 === undefined) return [['perhaps', [what, marked('nobody knows whether it was written', 'warning')]]]
    return [
      ['backup', [what, whole(shortDigest(sha256))]],
      ['', tested && testInWords(tested, keys)],
    ]
  })
  const more = newest.length - FEW
  return more > 0 ? [...told, ['', `and ${more} older: --json`]] : told
}

const view = (found: Description, address: Address, source: Source): Fields =>
  fields([
    ['partition', `${found.name}  ${found.partition}`],
    ['created', found.created],
    ['anchor', found.anchor],
    ['token', `${found.token.label}  serial ${found.token.serial}`],
    ['model', modelOf(found.token)],
    ...memberFields(found),
    ...profileFields(found.profile, found.accepted),
    ...found.groups.map(({ name, roles, threshold, custodians, epoch }): [string, string] => [
      'group',
      `${name}: ${threshold} of ${custodians.length} (${custodians.map((custodian) => custodian.name).join(', ')}), epoch ${epoch}, ${roles.join(', ')}`,
    ]),
    ...found.stations.map(({ name, key }): Field => ['station', `${name}  ${stationCode(key)}`]),
    ['keys', `${found.keys}`],
    ...backupFields(found),
    ['ledger', recordsInWords(found.ledger.records, found.ledger)],
    ['retired', found.retired && marked(retiredInWords(found.retired), 'warning')],
    ['open', found.open && openInWords(found.open, address, source)],
    [source.partition ? 'folder' : 'file', found.ledger.path],
  ])
