// Starting the host process: alone with what it needs, and out of reach of the terminal.
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isDropped } from '../domain/environment.ts'
import { beUnhurried } from '../host/unhurried.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** NODE_OPTIONS and OPENSSL_CONF run code before ours does, and there the PINs are. */
const cleaned = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !isDropped(name)))

/** As in bin/keyrite: a debugger that SIGUSR1 asks for can't listen at a multicast address. */
const NO_DEBUGGER = '--inspect-port=[ff02::1]:9229'

/** Its own process group, so that Ctrl-C reaches us alone; no stdout, so that a library can't print into our answers. */
export function startProcess(program: URL, env: Environment): ChildProcess {
  beUnhurried()
  return fork(fileURLToPath(program), [], {
    execArgv: [NO_DEBUGGER],
    env: cleaned(env),
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}
