// How a library is spoken to by a command that has no partition, or not yet: as --profile says, else as the partitions here do that use it.
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { ModuleProfile } from '../domain/module-profile.ts'
import type { Context, Globals, PartitionSettings } from './context.ts'

export interface ModuleOptions {
  module?: string
  profile?: string
}

/** `--module` and `--profile`. `what`: such as `the PKCS#11 library (KEYRITE_MODULE)`. */
export const withModule = (command: Command, what: string): Command =>
  command
    .option('--module <path>', what)
    .addOption(
      new Option(
        '--profile <profile>',
        'how that library wants to be spoken to: a name of keyrite help profiles, or a JSON file',
      ),
    )

/** CONFIG. `partition`: whose settings go first, where the library is the one that it has. */
export function settingsFor(
  module: string,
  { profile }: ModuleOptions,
  { home, partition }: Pick<Globals, 'home' | 'partition'>,
  { settings, moduleEnv }: Pick<Context, 'settings' | 'moduleEnv'>,
): PartitionSettings {
  if (profile !== undefined) return { ...settings.profile(profile, moduleEnv), module }
  const all = settings.all(home)
  const own = partition === undefined ? undefined : all[partition]
  if (own?.module === module) return own
  const alike = Object.values(all).filter((one) => one.module === module)
  const [first] = alike
  // Those that differ tell nothing of one more.
  return first && alike.every((one) => isSame(one, first)) ? first : { module }
}

/** A file is found from any folder. */
export const absoluteProfile = (word: string | undefined): string | undefined =>
  word !== undefined && /[/.]/.test(word) ? resolve(word) : word

const isSame = (one: ModuleProfile, other: ModuleProfile): boolean =>
  JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort())
