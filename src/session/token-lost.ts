// What is said of a token that is lost: what goes with it, and what brings the rest back.
import { backupsByKey, liveKeys } from '../change/inventory.ts'
import { noneMade, perhaps } from '../change/way-back.ts'
import type { Context } from '../cli/context.ts'
import { type KeyriteError, refused } from '../domain/errors.ts'
import { apart, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { label } from '../domain/names.ts'
import { listed } from '../domain/words.ts'
import type { Partition } from '../ledger/port.ts'
import { restoreOf } from './token-missing.ts'

/** TOKEN-LOST: a restore closes what is open, and brings what a backup holds. */
export function tokenLost(partition: Partition, home: string, { settings }: Context): KeyriteError {
  const { history } = partition.openLedger()
  const module = settings.has(home, partition.name) ? settings.read(home, partition.name).module : undefined
  if (history.members.areSeveral) return memberLost(history, module)
  const newest = history.backups.at(-1)
  const held = backupsByKey(history)
  const lost = liveKeys(history)
    .filter((key) => held(key).length === 0)
    .map(({ name, version }) => label(name, version))
  const rest =
    lost.length === 0
      ? 'every key is in a backup'
      : `in no backup, and lost with it: ${listed(lost)}${perhaps(history)}`
  if (!newest) {
    const message = `without the token ${history.name} is lost: ${noneMade(history)}`
    return refused('TOKEN-LOST', message, keyrite('partition', 'init', 'NAME'))
  }
  const restore = apart(restoreOf(history, module, partition.pending()), 'onto a blank token')
  return refused('TOKEN-LOST', `without the token ${history.name} comes back by a restore; ${rest}`, restore)
}

/** Which of them is lost is to be said by name, and the others have every key. */
function memberLost(history: History, module: string | undefined): KeyriteError {
  const { name, members } = history
  const names = listed(members.live.map((member) => member.name))
  return refused(
    'TOKEN-LOST',
    `${name} has several members, ${names}: without the one that is lost the others go on`,
    apart(
      to('what was cut off is finished without it', keyrite('partition', 'recover', '--absent', 'NAME')),
      to('then, lost for good', keyrite('member', 'retire', 'NAME', '--lost')),
      to('where every one is lost, all of them come back as one', restoreOf(history, module)),
    ),
  )
}
