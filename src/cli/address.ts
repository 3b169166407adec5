// A command in a hint finds the same home and partition as the command that gave the hint.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Address } from '../domain/hints.ts'

/** What the command line says, wherever in the tree the command stands. */
export function addressOf(command: Command): Address {
  const { home, partition, ledger } = command.optsWithGlobals<Address>()
  return {
    ...(home === undefined ? {} : { home: resolve(home) }),
    ...(partition === undefined ? {} : { partition }),
    ...(ledger === undefined ? {} : { ledger }),
  }
}
