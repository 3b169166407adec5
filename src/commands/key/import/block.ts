// keyrite key import --in FILE --under NAME: a key that came in a key block, under a key of the token.

import { resolve } from 'node:path'
import { checkCanTake } from '../../../change/import-ability.ts'
import { importBlock, planBlockImport, typesInBlock } from '../../../change/operations/import-block.ts'
import { askFor, chooseWord } from '../../../cli/ask.ts'
import type { ChangeOptions } from '../../../cli/options.ts'
import { parseCheckValue } from '../../../domain/check-values.ts'
import { add } from '../../../domain/hints.ts'
import type { KeyType } from '../../../domain/keys.ts'
import { type KeyName, type KeyVersion, label } from '../../../domain/names.ts'
import { ACCEPTS_PARITY } from '../../../domain/odd-parity.ts'
import { isOfKeys } from '../../../domain/plan-shapes.ts'
import type { ChangeSession } from '../../../session/change-session.ts'
import type { Terminal } from '../../../terminal/port.ts'
import { changeReport } from '../../../views/report.ts'
import { checkAccepted } from './file.ts'

export interface Options extends ChangeOptions {
  in?: string
  under?: KeyVersion
  type?: KeyType
  backup: boolean
  sender?: string
  kcv?: string
}

/** CLEAR-ON-HOST, and what planBlockImport throws. */
export async function run(name: KeyName, file: string, under: KeyVersion, options: Options, work: ChangeSession) {
  checkAccepted(file, options)
  const { context, history, terminal } = work
  const { backup, sender, accept } = options
  const path = resolve(file)
  const bytes = context.ledgers.readBytes(path)
  const { type, kcv } = terminal.interactive ? await asked(options, { bytes, path }, terminal) : options
  const accepted = accept.filter(isOfKeys)
  const wanted = {
    name,
    under,
    path,
    bytes,
    type,
    kcv,
    backup,
    sender,
    accepted,
    anyParity: accept.includes(ACCEPTS_PARITY),
  }
  const plan = planBlockImport(wanted, history, await work.planInputs(options))
  const [target] = plan.keys
  using approved = await work.approve(plan, options, async (opened) =>
    checkCanTake({ type: target.type, backup, accepted: accept }, await work.abilities(opened, [target.type])),
  )
  if (!approved) return
  const result = await approved.carryOut(importBlock(plan, bytes, history, context.sources))
  const [key] = result.keys
  terminal.answer(changeReport(`imported ${label(name, 1)} from ${file}: ${key!.state}, ${key!.fingerprint}`, result))
}

/** KEY-BLOCK, BLOCK-TAKEN. What its header doesn't say. */
async function asked(
  { type, kcv }: Options,
  { bytes, path }: { bytes: Uint8Array; path: string },
  terminal: Terminal,
): Promise<Pick<Options, 'type' | 'kcv'>> {
  const types = typesInBlock(bytes, path)
  const askType = type === undefined && types.length > 1
  const length = 'the header does not say how long its key is; its type:'
  const question = 'its check value, as its owner says, such as cmac5:08793e25ab:'
  return {
    ...(type ? { type } : askType ? { type: await chooseWord(length, add('--type', 'TYPE'), types, terminal) } : {}),
    kcv: kcv ?? (await askFor(question, add('--kcv', 'METHOD:HEX'), parseCheckValue, terminal)),
  }
}
