// keyrite station request: this machine asks to be a station of a partition, whose ledger it has been given a copy of.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { askNewFile } from '../../cli/ask.ts'
import { type Context, choosePartition, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { notBefore } from '../../domain/clock.ts'
import { refused } from '../../domain/errors.ts'
import { hintText } from '../../domain/hint-text.ts'
import { add, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { newRequest, stationCode } from '../../domain/station-request.ts'
import { NEWER_COPY } from '../../domain/stations.ts'
import type { Partition, Signer } from '../../ledger/port.ts'
import type { Terminal } from '../../terminal/port.ts'
import { fields, whole } from '../../terminal/text.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('request'), 'keyrite station request --out laptop.request')
    .summary('ask that this machine become a station of the partition')
    .description(
      'Makes a station key here, which stays in the home (mode 0600), and a request that is signed with it, for station add. ' +
        'The partition needs its ledger in this home: ledger.jsonl and checkpoint, copied from a station. Needs no device and no shares.',
    )
    .option('--out <file>', 'where the request goes')
    .action((options: { out?: string }, command: Command) => run(options, command, context))
}

async function run({ out }: { out?: string }, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const partition = choosePartition(globals, context)
  using _lock = partition.lock()
  const { history } = partition.openLedger('newest')
  const path = resolve(out ?? (await askNewFile('where the request goes:', add('--out', 'FILE'), context, terminal)))
  context.ledgers.checkFree([path], globals.home)
  const { sources, host, ledgers } = context
  const signer = ownKey(partition, history, terminal)
  const created = notBefore(history.time, sources.clock())
  const members = { partition: history.partition, anchor: history.anchor, key: signer.key, created, host }
  const content = await ledgers.signRequest(newRequest(members), signer)
  ledgers.createFiles([{ path, content }])
  const code = stationCode(signer.key)
  terminal.answer({
    data: { key: signer.key, code, file: path },
    text: fields([
      ['request', path],
      ['key', [whole(code), '   to be compared by voice with what station add shows']],
      ['next', hintText(keyrite('station', 'add', 'NAME', '--in', path))],
    ]),
  })
}

/** One that was asked for before is asked for again; one that was taken out never comes back. */
function ownKey(partition: Partition, { stations }: History, terminal: Terminal): Signer {
  if (!partition.hasStation) return partition.createStation()
  const own = partition.station()
  const known = stations.withKey(own.key)
  if (known)
    throw refused('STATION-NEW', `this machine is the station ${known.name} already`, keyrite('station', 'list'))
  if (stations.hasKey(own.key.id)) return partition.createStation()
  terminal.say(`this key was asked for before; ${NEWER_COPY}`)
  return own
}
