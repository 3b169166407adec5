// What is asked of a restore, and the same as a line that can be pasted: a restore that was interrupted is started again.

import { resolve } from 'node:path'
import type { Globals } from '../cli/context.ts'
import { absoluteProfile } from '../cli/module-settings.ts'
import type { ChangeOptions } from '../cli/options.ts'
import { absolute } from '../cli/paths.ts'
import { saidFlags } from '../cli/said-options.ts'
import type { KeyriteError } from '../domain/errors.ts'
import { apart, type Hint, isTold, keyrite, type Run, to, waysOf } from '../domain/hints.ts'
import { type KeyVersion, labelOf } from '../domain/names.ts'
import type { RestoreAccepted } from '../domain/plan-shapes.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { TargetOptions } from './choose-token.ts'
import { tokenTaken } from './interrupted-init.ts'
import { again, shareFlags } from './resume-command.ts'

export interface RestoreOptions extends ChangeOptions, TargetOptions {
  module: string
  profile?: string
  ledger?: string
  /** False for --no-checkpoint. */
  checkpoint?: string | false
  confirm?: string
  soPinFile?: string
  without: Required<KeyVersion>[]
  station?: string
  accept: RestoreAccepted[]
}

/** `labels`: of keys that are left out besides. The library is named as it was given: behind a link an upgrade puts another file. */
export function restoreAgain(
  file: string,
  { checkpoint, ...options }: RestoreOptions,
  { partition }: Globals,
  labels: readonly string[],
): Run {
  return again(['backup', 'restore', resolve(file)], {
    '--partition': partition,
    '--module': resolve(options.module),
    '--profile': absoluteProfile(options.profile),
    '--slot': options.slot,
    '--ledger': absolute(options.ledger),
    '--checkpoint': checkpoint ? resolve(checkpoint) : undefined,
    '--no-checkpoint': checkpoint === false,
    '--erase-token': options.eraseToken,
    '--so-pin-file': absolute(options.soPinFile),
    '--without': [...options.without.map(labelOf), ...labels],
    '--station': options.station,
    '--accept': options.accept,
    '--confirm': options.confirm,
    ...saidFlags(options),
    ...shareFlags(options),
  })
}

/** The same shares would be refused again, or be too few again. */
const OF_SHARES: readonly string[] = ['APPROVER-SUSPENDED', 'QUORUM-MET']

/** A blank token was initialised, and nothing is in the ledger yet. Where a share was refused, the same command would be refused too. */
export function restoreTaken(error: unknown, file: string, options: RestoreOptions, globals: Globals): KeyriteError {
  const failure = failureFrom(error)
  const taken = tokenTaken(failure, restoreAgain(file, options, globals, []), true)
  const { code, hint } = failure
  if (hint === undefined || !(code.startsWith('SHARE-') || OF_SHARES.includes(code))) return taken
  const on = withOtherShares(failure, file, options, globals)
  return taken.with({ hint: addsFlag(hint) ? hint : apart(hint, to('then', on)) })
}

/** The shares before the refused one were accepted; in the place of it and of those after it others are to be named. */
function withOtherShares({ message }: KeyriteError, file: string, options: RestoreOptions, globals: Globals): Run {
  const at = options.share.findIndex((path) => message.includes(path))
  const accepted = at < 0 ? options.share : options.share.slice(0, at)
  const others = options.share.slice(accepted.length).flatMap(() => ['--share', 'FILE'])
  const { run } = restoreAgain(file, { ...options, share: accepted }, globals, [])
  return keyrite(...run, ...(at < 0 ? ['--share', 'FILE'] : others))
}

/** It leads on by itself: the command that was typed, with another flag. */
const addsFlag = (hint: Hint): boolean =>
  waysOf(hint)
    .flatMap((way) => (typeof way === 'string' ? [] : isTold(way) ? way.lines : [way]))
    .some((line) => 'add' in line)
