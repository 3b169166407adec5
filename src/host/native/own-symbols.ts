// A module finds the symbols of its own libraries first. node exports its OpenSSL's, and a module that links another version would be bound
// to those: it crashes then, or does something else than it was tested to do.
import { constants } from 'node:os'
import { config, dlopen, env, platform } from 'node:process'

/** glibc's. Without it node would take the module out of memory again, for it is no addon. */
const RTLD_NODELETE = 0x1000

/**
 * Whoever loads it next gets the same library, bound as it is now; where this fails, that call says why, and fails too: a function that
 * the library lacks is no reason as long as nobody calls it. Not where node takes the system's OpenSSL: then there is one. Not under
 * LD_PRELOAD: what somebody put before every library, such as another malloc, is before this one too. musl and macOS have no such flag.
 */
export function bindToOwnLibraries(path: string): void {
  const { RTLD_LAZY, RTLD_DEEPBIND } = constants.dlopen
  const { node_shared_openssl } = config.variables as { node_shared_openssl?: boolean }
  if (platform !== 'linux' || RTLD_DEEPBIND === undefined || node_shared_openssl) return
  if (env.LD_PRELOAD) return
  try {
    dlopen({ exports: {} }, path, RTLD_LAZY | RTLD_DEEPBIND | RTLD_NODELETE)
  } catch {}
}
