// What is asked of a restore, and the same as a line that can be pasted: a restore that was interrupted is started again.

import { resolve } from 'node:path'
import type { Globals } from '../cli/context.ts'
import { absoluteProfile } from '../cli/module-settings.ts'
import type { ChangeOptions } from '../cli/options.ts'
import { absolute } from '../cli/paths.ts'
import type { Run } from '../domain/hints.ts'
import { type KeyVersion, label } from '../domain/names.ts'
import type { RestoreAccepted } from '../domain/plan-shapes.ts'
import type { TargetOptions } from './choose-token.ts'
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

export const labelOf = ({ name, version }: Required<KeyVersion>): string => label(name, version)

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
    '--reason': options.reason,
    ...shareFlags(options),
  })
}
