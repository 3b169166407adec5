// The commands that help shows, each with the words that call it.
import type { Command } from 'commander'

export interface Named {
  words: string[]
  command: Command
  isLeaf: boolean
}

export function commandsOf(command: Command, before: readonly string[] = []): Named[] {
  const words = [...before, command.name()]
  const below = command.createHelp().visibleCommands(command)
  return [{ words, command, isLeaf: below.length === 0 }, ...below.flatMap((child) => commandsOf(child, words))]
}
