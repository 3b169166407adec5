// A process beside the library that a plan names.
import { checkModule } from '../change/execute.ts'
import type { Context, Globals } from '../cli/context.ts'
import type { ReachedModule } from '../domain/module-profile.ts'
import type { Hsm } from '../hsm/port.ts'
import type { PartitionLock } from '../ledger/port.ts'
import { hsmOptions } from './hsm-options.ts'

interface Work {
  context: Context
  globals: Globals
  lock?: PartitionLock
}

/** MODULE-CHANGED. */
export async function openApproved(
  reached: ReachedModule,
  module: { path: string; sha256: string },
  { context, globals, lock }: Work,
): Promise<Hsm> {
  const hsm = await context.openHsm(hsmOptions({ ...reached, approved: module.sha256 }, globals, context, lock))
  try {
    await checkModule({ module }, { hsm })
    return hsm
  } catch (error) {
    await hsm[Symbol.asyncDispose]()
    throw error
  }
}
