// What can't be undone wants its name typed.
import { refused } from '../domain/errors.ts'
import type { Terminal } from '../terminal/port.ts'

/** CONFIRMED: the name, by --confirm or typed. It is asked for before the shares. */
export async function confirm(name: string, given: string | undefined, terminal: Terminal): Promise<void> {
  const answer = given ?? (await terminal.ask(`this can't be undone; type ${name} to go on:`, `--confirm ${name}`))
  if (answer.trim() !== name)
    throw refused('CONFIRMED', `${JSON.stringify(answer)} is not ${name}`, `--confirm ${name}`)
}
