// Examples of a command, as data: its help shows them, its man page too, and a test runs each on a real partition.
import type { Command } from 'commander'

/** SoftHSM's library where Debian has it: an HSM's own goes in its place. */
export const MODULE_PATH = '/usr/lib/softhsm/libsofthsm2.so'
export const MODULE = `--module ${MODULE_PATH}`
export const SHARES = '--share shares/alice.share.age --share shares/bob.share.age'

const WIDTH = 68
const known = new WeakMap<Command, readonly string[]>()

/** Command lines that run as they stand, in the order in which somebody could type them. */
export function withExamples(command: Command, ...lines: string[]): Command {
  known.set(command, lines)
  const text = lines.map((line) => folded(line).replaceAll(/^/gm, '  ')).join('\n')
  return command.addHelpText('after', `\nExamples:\n${text}`)
}

export const examplesOf = (command: Command): readonly string[] => known.get(command) ?? []

/** A command line broken before its flags, the way a shell still takes it. */
export function folded(line: string): string {
  const rows: string[] = []
  for (const part of line.split(/ (?=--)/)) {
    const row = `${rows.at(-1)} ${part}`
    if (rows.length > 0 && row.length <= WIDTH) rows[rows.length - 1] = row
    else rows.push(rows.length === 0 ? part : `    ${part}`)
  }
  return rows.join(' \\\n')
}
