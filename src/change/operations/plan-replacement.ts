// The plan by which a new set of shares takes the place of the old one, and what of it is to be burnt in the end.

import { appsBehind, keysAtRisk } from '../../domain/backup-history.ts'
import { refused } from '../../domain/errors.ts'
import { add, apart, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { isExtractable } from '../../domain/keys.ts'
import { label } from '../../domain/names.ts'
import type { Issued, QuorumReplacePlan } from '../../domain/quorum-plans.ts'
import type { Group, GroupRole } from '../../domain/shapes.ts'
import { listed } from '../../domain/words.ts'
import { checkNoneOpen } from '../open-intent.ts'
import { accepting, type PlanInputs, planHeader } from '../plan-header.ts'
import { noSpare } from './stage-quorum.ts'

/** The set that is staged, or one that was made in this sitting, with what became of each share. */
export type NewSet =
  | { group: Group; stage: string }
  | { group: Group; issued: readonly Issued[]; lost?: true | undefined; lastTry?: QuorumReplacePlan['lastTry'] }

/** A backup whose file was verified a moment ago. */
type Backup = NonNullable<QuorumReplacePlan['backup']>

/** STAGE-KNOWN. */
export function stagedSet(history: History): NewSet {
  checkNoneOpen(history)
  const { stage } = history.rosters
  if (stage) return { group: stage.plan.group, stage: stage.leaf }
  throw refused(
    'STAGE-KNOWN',
    'no new shares are staged',
    apart(keyrite('quorum', 'stage', '--help'), 'or in one sitting, with everyone there: --group, --add, --remove'),
  )
}

/** REPLACE-BACKUP, LAST-TRY. */
export function planReplacement(
  set: NewSet,
  backup: Backup | undefined,
  history: History,
  inputs: PlanInputs,
): QuorumReplacePlan {
  const { group } = set
  const { lost, lastTry } = 'lost' in set ? set : {}
  checkNoneOpen(history, lost && group)
  if (history.untouchedPin(lastTry))
    throw refused('LAST-TRY', 'no replacement of those who hold so is open', 'leave out --last-try')
  const stage = 'stage' in set ? set.stage : undefined
  const atRisk = keysAtRisk(backup && history.backupStartedBy(backup.seq), history.keys)
  const words = [...noSpare(group), ...checkHeld(atRisk, backup, inputs, lost && group.roles)]
  const behind = appsBehind(group.name, history.applications)
  return {
    ...accepting(words, planHeader('quorum.replace', history, inputs, { group, stage, lost })),
    group,
    ...(lost ? { lost } : {}),
    ...(lastTry ? { lastTry } : {}),
    ...('stage' in set ? { stage: set.stage } : { issued: [...set.issued] }),
    ...(backup ? { backup } : {}),
    ...(atRisk.length > 0 ? { atRisk: atRisk.map(({ name, version }) => label(name, version)) } : {}),
    ...(behind.length > 0 ? { behind } : {}),
  }
}

/** REPLACE-BACKUP: asked before new shares are made. */
export const checkBacked = (
  backup: Backup | undefined,
  history: History,
  inputs: Pick<PlanInputs, 'accepted'>,
  lost?: readonly GroupRole[],
) => checkHeld(keysAtRisk(backup && history.backupStartedBy(backup.seq), history.keys), backup, inputs, lost)

/** REPLACE-BACKUP: a token that is cut off while it takes a PIN may be lost whole. `lost`: the roles of shares that are lost. */
function checkHeld(
  atRisk: readonly KeyEntry[],
  backup: Backup | undefined,
  { accepted = [] }: Pick<PlanInputs, 'accepted'>,
  lost?: readonly GroupRole[],
): 'unbacked'[] {
  const missing = atRisk.filter(({ attributes }) => isExtractable(attributes))
  if (missing.length === 0) return []
  if (accepted.includes('unbacked')) return ['unbacked']
  const names = listed(missing.map(({ name, version }) => label(name, version)))
  // Of those of before none opens, and nobody can make one before the user PIN is another.
  if (lost?.includes('recovery'))
    throw refused(
      'REPLACE-BACKUP',
      `no backup opens without the lost shares, and so none holds ${names}: a token that breaks meanwhile takes them along`,
      to('where that is known', add('--accept', 'unbacked')),
    )
  throw refused(
    'REPLACE-BACKUP',
    `${backup ? 'the backup lacks' : 'no backup is at hand that holds'} ${names}: a token that breaks while its PINs change takes them along`,
    apart(
      ...(lost ? [] : [keyrite('backup', 'create', 'FILE')]),
      to('where the newest one has been moved', add('--in', 'FILE')),
      to('or, where that is known', add('--accept', 'unbacked')),
    ),
  )
}
