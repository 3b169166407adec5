// A home as a change leaves it: a ledger, and its index beside it.
import { dirname } from 'node:path'
import { LedgerFile } from '../../src/ledger/file.ts'
import { indexIn } from '../../src/ledger/index-file.ts'
import { asPort } from './custody.ts'
import { install } from './ledger.ts'
import type { Story } from './story.ts'

export async function installIndexed({ text, audit }: Story, home: string): Promise<void> {
  const ledger = install(text, home)
  const file = LedgerFile.open(ledger, { index: indexIn(dirname(ledger)) })
  file.keepIndex(await file.signCheckpoint(asPort(audit)))
}
