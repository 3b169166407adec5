// The independent reader's verdict on many ledgers: the rule that each breaks, or `none`.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './keyrite.ts'
import { inRepo } from './paths.ts'
import { makeFolder } from './softhsm.ts'

/** Many ledgers in one process: python's start would cost more than the reading. */
const READ_ALL = `
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from formats import ledger
from formats.refusal import Refused
def rule(path):
    try:
        ledger.read(path, None, None)
        return 'none'
    except Refused as refusal:
        return refusal.rule
print(json.dumps([rule(path) for path in sys.argv[2:]]))
`

export async function readAll(texts: readonly string[]): Promise<string[]> {
  const folder = makeFolder('agreement')
  const paths = texts.map((_, i) => join(folder, `${i}`))
  for (const [i, path] of paths.entries()) writeFileSync(path, texts[i]!)
  const args = ['-c', READ_ALL, inRepo('test/independent'), ...paths]
  const { code, json, stderr } = await runProgram('python3', args, { timeoutMs: 120_000 })
  assert.equal(code, 0, stderr)
  return json
}
