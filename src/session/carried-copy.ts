// A copy of the ledger and of its newest checkpoint elsewhere: with it alone the new shares open what the old ones did, where the home is lost.
import { resolve } from 'node:path'
import { askNewFile } from '../cli/ask.ts'
import type { Context } from '../cli/context.ts'
import { EXIT, incomplete, notVerified } from '../domain/errors.ts'
import { add, apart, keyrite, sh, to } from '../domain/hints.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { Ledgers, Partition } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { readNote } from './checkpoint-file.ts'

export interface CarriedCopy {
  ledger: string
  checkpoint: string
}

interface Place {
  context: Context
  home: string
  terminal: Terminal
}

/** INPUT-MISSING, FILE-EXISTS, FILE-FOLDER, FILE-HOME: both files can be made in that folder. They are called after the new set. */
export async function chooseCopy(
  given: string | undefined,
  { name, group }: { name: string; group: { name: string; epoch: number } },
  { context, home, terminal }: Place,
): Promise<CarriedCopy> {
  const question = 'a folder elsewhere, such as that of a stick, for a copy of the ledger:'
  const folder = given ?? (await askNewFile(question, add('--copy', 'DIR'), context, terminal))
  const stem = resolve(folder, `${name}.${group.name}.e${group.epoch}`)
  const copy = { ledger: `${stem}.ledger`, checkpoint: `${stem}.checkpoint` }
  context.ledgers.checkFree([copy.ledger, copy.checkpoint], home)
  return copy
}

/** FILE-WRITE: both are written, and what can be read there again is the ledger as it is, and vouched for. */
export function carryAway(copy: CarriedCopy, partition: Partition, ledgers: Ledgers): void {
  try {
    partition.ledger.copyTo(copy.ledger)
    ledgers.createFiles([{ path: copy.checkpoint, content: partition.checkpoint()! }])
    const { history } = ledgers.copyAt(copy.ledger).audit({ checkpoints: [readNote(copy.checkpoint, ledgers)] })
    if (history.leaf !== partition.openLedger().history.leaf)
      throw notVerified('LEDGER-CHANGED', `${copy.ledger} is not what was written there`)
  } catch (error) {
    const { exit, message: why } = failureFrom(error)
    const message = `the custodians are replaced, but no copy of the ledger is elsewhere: ${why}; burn nothing before there is one`
    const copied = sh('cp', partition.ledger.source, partition.checkpointFile, 'ELSEWHERE/')
    // What is wrong with a copy may be wrong with the ledger.
    const hint =
      exit === EXIT.verification ? apart(keyrite('audit', 'verify'), to('where it is valid', copied)) : copied
    throw incomplete('FILE-WRITE', message, hint)
  }
}
