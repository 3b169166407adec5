// How soon V8 optimises, in the program and in the process beside the module.
import { versions } from 'node:process'
import { setFlagsFromString } from 'node:v8'

/**
 * Node 20 optimises what has run for some milliseconds: a command of a few seconds spends more on that than it gets back. Later ones wait by
 * themselves, and don't know this. V8 passes over the code that was kept of what is read after it, node's own too.
 */
export function beUnhurried(): void {
  if (versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=500000')
}
