// Starting the host process: alone with what it needs, and out of reach of the terminal.
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { versions } from 'node:process'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { isDropped } from '../domain/environment.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** NODE_OPTIONS and OPENSSL_CONF run code before ours does, and there the PINs are. */
const cleaned = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !isDropped(name)))

/** As in bin/keyrite: a debugger that SIGUSR1 asks for can't listen at a multicast address. */
const NO_DEBUGGER = '--inspect-port=[ff02::1]:9229'

/** Node 20 optimises what has run for some milliseconds: a command of a few seconds spends more on that than it gets back. Later ones wait by themselves, and don't know this. */
const UNHURRIED = versions.node.startsWith('20.') ? ['--interrupt-budget=500000'] : []

/** Its own process group, so that Ctrl-C reaches us alone; no stdout, so that a library can't print into our answers. */
export function startProcess(program: URL, env: Environment): ChildProcess {
  for (const flag of UNHURRIED) setFlagsFromString(flag)
  return fork(fileURLToPath(program), [], {
    execArgv: [NO_DEBUGGER, ...UNHURRIED],
    env: cleaned(env),
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}
