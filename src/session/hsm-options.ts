// How the process beside a library is started for a command: with the settings of the library, and what the command line says.
import type { Context, Globals, PartitionSettings } from '../cli/context.ts'
import type { ModuleProfile } from '../domain/module-profile.ts'
import type { HsmOptions } from '../hsm/port.ts'
import type { PartitionLock } from '../ledger/port.ts'

/** `approved`: SHA-256 of the library that people are shown. */
export const hsmOptions = (
  settings: PartitionSettings & { approved?: string },
  globals: Globals,
  context: Context,
  lock?: PartitionLock,
): HsmOptions => ({
  changes: context.changes,
  env: { ...context.moduleEnv, ...settings.env },
  module: settings.module,
  timeout: globals.timeout,
  ...(globals.trace === undefined ? {} : { trace: globals.trace }),
  ...(settings.approved === undefined ? {} : { approved: settings.approved }),
  ...spokenTo(settings),
  ...(lock ? { started: (pid: number) => lock.adopt(pid) } : {}),
})

function spokenTo({ pinPrefix, soType: so, userType: user, libraryParameters }: ModuleProfile) {
  const types = { ...(so === undefined ? {} : { so }), ...(user === undefined ? {} : { user }) }
  return {
    userTypes: types,
    ...(pinPrefix === undefined ? {} : { pinPrefix }),
    ...(libraryParameters === undefined ? {} : { libraryParameters }),
  }
}
