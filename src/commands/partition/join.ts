// keyrite partition join: another machine, or one whose database has another address now, reads a ledger that lies in PostgreSQL.
import type { Command } from 'commander'
import { askCode } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { parseCode, recordCode } from '../../domain/code.ts'
import { KeyriteError, refused } from '../../domain/errors.ts'
import { apart, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { type DatabaseAddress, parseDatabaseAddress } from '../../domain/ledger-place.ts'
import { parseShortName, type ShortName } from '../../domain/names.ts'
import type { Partition } from '../../ledger/port.ts'
import type { Terminal } from '../../terminal/port.ts'
import { recordsInWords } from '../../views/words.ts'

interface Options {
  anchor?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    parent.command('join'),
    "keyrite partition join 'postgresql://pay@db.example/keyrite' pay --anchor 'CBM63 NVH7A MC344 HKXYY C1V8N'",
  )
    .summary('read, at this machine, a ledger that lies in PostgreSQL')
    .description(
      'Fetches the ledger of a partition into this home, and holds it against every rule, every signature and the anchor that somebody has noted. This ' +
        'machine may read it then; it may make changes once station add has let it in. Where the partition is here already, its database has this address ' +
        'from now on, and what it lacks of the records here is put back. Needs no device and no shares.',
    )
    .argument('<url>', 'the address of the database, as for partition move', parseDatabaseAddress)
    .argument('<name>', 'name of the partition', (text) => parseShortName('partition', text))
    .option('--anchor <code>', 'the anchor, as partition show has it elsewhere', parseCode)
    .action((url: DatabaseAddress, name: ShortName, options: Options, command: Command) =>
      run(url, name, options, command, context),
    )
}

async function run(address: DatabaseAddress, name: ShortName, options: Options, command: Command, context: Context) {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const anchor = options.anchor ?? (await askCode('the anchor of the partition:', '--anchor CODE', parseCode, terminal))
  const partition = context.ledgers.partition(globals.home, name)
  const history =
    partition.exists && partition.hasLedger
      ? await again(address, anchor, partition, context)
      : await arrive(address, anchor, partition, context)
  answer(address, history, partition, terminal)
}

/** ANCHOR-MATCHES, LEDGER-PLACE, and every rule. Nothing stays of what does not hold. */
async function arrive({ url, place }: DatabaseAddress, anchor: string, partition: Partition, { ledgers }: Context) {
  partition.make()
  const lock = partition.lock()
  let path: string | undefined
  try {
    path = await partition.whereabouts.bring(url, partition.name, anchor)
    const copy = ledgers.copyAt(path)
    const { history } = copy.audit({ anchor, checkpoints: [] })
    checkThere(history, place)
    partition.adoptLedger(copy, history.leaf)
    partition.whereabouts.note(url)
    return history
  } finally {
    if (path !== undefined) ledgers.dropFile(path)
    lock[Symbol.dispose]()
    partition.unmake()
  }
}

/** LEDGER-PLACE: it went back into a file. */
function checkThere({ name, conducted }: History, place: string): void {
  if (conducted.place !== undefined) return
  throw refused(
    'LEDGER-PLACE',
    `the ledger of ${name} was moved from ${place} into a file`,
    'take it from the station where that was done',
  )
}

/** LEDGER-PLACE, ANCHOR-MATCHES, DATABASE-FORKED. It may have gone into a file and back since this home has seen it. */
async function again({ url, place }: DatabaseAddress, anchor: string, partition: Partition, context: Context) {
  const { whereabouts, name } = partition
  const { history } = partition.openLedger('newest')
  const inFile = () =>
    refused('LEDGER-PLACE', `the ledger of ${name} lies in a file`, keyrite('partition', 'move', name, '--to', place))
  if (recordCode(history.anchor) !== anchor)
    throw refused('LEDGER-PLACE', `a partition ${name} of another anchor is in this home`, keyrite('partition', 'show'))
  const before = whereabouts.isInDatabase ? whereabouts.address.url : undefined
  whereabouts.note(url)
  try {
    await whereabouts.refresh(true)
  } catch (error) {
    if (before === undefined) whereabouts.leave()
    else whereabouts.note(before)
    if (!(error instanceof KeyriteError) || error.code !== 'DATABASE-BEHIND') throw error
    if (history.conducted.place === undefined) throw inFile()
    using _lock = partition.lock()
    await whereabouts.enter(url, history, context.host.name)
  }
  // The last record there may say that it has left.
  if (!whereabouts.isInDatabase) throw inFile()
  return partition.openLedger('newest').history
}

function answer({ place }: DatabaseAddress, history: History, partition: Partition, terminal: Terminal) {
  const { name, seq, leaf } = history
  const data = { partition: name, ledger: place, anchor: recordCode(history.anchor), seq, leaf }
  const isStation = partition.hasStation && history.stations.withKey(partition.station().key) !== undefined
  const text = `joined ${name} in ${place}: ${recordsInWords(seq + 1, history)}`
  terminal.answer({ data, text })
  if (isStation) return
  const next = apart(
    keyrite('--partition', name, 'station', 'request', '--out', 'FILE'),
    to('then, at a station', keyrite('station', 'add', 'NAME', '--in', 'FILE')),
  )
  terminal.warn('this machine may read the ledger, and change nothing', next)
}
