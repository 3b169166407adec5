// Starting the host process: alone with what it needs, and out of reach of the terminal.
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export type Environment = Readonly<Record<string, string | undefined>>

/** NODE_OPTIONS runs code before ours does, and there the PINs are. */
const withoutNode = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('NODE_')))

/** Its own process group, so that Ctrl-C reaches us alone; no stdout, so that a library can't print into our answers. */
export const startHost = (program: URL, env: Environment): ChildProcess =>
  fork(fileURLToPath(program), [], {
    execArgv: [],
    env: withoutNode(env),
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
