// Shares are asked for as long as there is time for them: when it is over that is said at once, and nobody waits for what comes too late.
import { KeyriteError } from '../domain/errors.ts'
import type { Terminal } from '../terminal/port.ts'

/** Seconds without a key: whoever was about to type has seen it by then. */
const QUIET = 3

/** PLAN-EXPIRED, thrown by `check`: ends the question that is open. What somebody is typing then may be a passphrase, and goes to no shell. */
export async function inTime<T>(check: () => void, terminal: Terminal, ask: () => Promise<T>): Promise<T> {
  try {
    using _ = terminal.watch(check)
    return await ask()
  } catch (error) {
    if (terminal.interactive && error instanceof KeyriteError && error.code === 'PLAN-EXPIRED') {
      terminal.show(`  ${error.message}; what is typed now is dropped`)
      // Ctrl-C has it end at once.
      await terminal.settle(QUIET).catch(() => {})
    }
    throw error
  }
}
