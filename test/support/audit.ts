// Audits a ledger's text: by the reader alone for the many, by a whole command for the few.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { EXIT, KeyriteError } from '../../src/domain/errors.ts'
import { signCheckpoint } from '../../src/ledger/checkpoint.ts'
import { LedgerFile } from '../../src/ledger/file.ts'
import { ledgersOf } from '../../src/ledger/ledgers.ts'
import type { Audit } from '../../src/ledger/port.ts'
import { asPort, type TestSigner } from './custody.ts'
import { perform } from './in-process.ts'
import { install, textOf } from './ledger.ts'
import { makeFolder } from './softhsm.ts'

const { copyAt } = ledgersOf({
  pid: process.pid,
  clock: () => new Date(),
  tool: { name: 'keyrite', version: '0.1.0' },
  host: { user: 'ops', name: 'host' },
})
const home = join(makeFolder('audit'), 'home')

export interface Proofs {
  anchor?: string
  checkpoints?: string[]
}

/** Against every rule, signatures and all. */
export const auditText = (text: string | Uint8Array, { anchor, checkpoints = [] }: Proofs = {}): Audit =>
  copyAt(install(text, home)).audit({ ...(anchor === undefined ? {} : { anchor }), checkpoints })

/** The rule that what is read breaks first; `none` when it holds. */
export function ruleOf(read: () => unknown): string {
  try {
    read()
    return 'none'
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    assert.equal(error.exit, EXIT.verification, `${error.code}: ${error.message}`)
    return error.code
  }
}

/** As a command reads it before anybody logs in: without the signatures. */
export const openText = (text: string): LedgerFile => LedgerFile.open(install(text, home))

/** `keyrite audit verify --json ARGS`, on a home of its own. */
export async function verifyByCommand(text: string, args: readonly string[] = []) {
  const own = join(makeFolder('verify'), 'home')
  install(text, own)
  return perform(['audit', 'verify', '--json', ...args], { home: own })
}

/** A checkpoint of the first records, as somebody may have carried it away. */
export function checkpointOf(lines: readonly string[], partition: string, signer: TestSigner): Promise<string> {
  const ledger = openText(textOf(lines))
  const { size } = ledger.tree
  return signCheckpoint(partition, { size, root: ledger.tree.root(), state: ledger.state() }, asPort(signer))
}
