// The independent reader's verdict on many ledgers, notes and backups: the rule that each breaks, or `none`.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FULL } from './full.ts'
import { runProgram } from './keyrite.ts'
import type { Loose } from './ledger.ts'
import { inRepo } from './paths.ts'
import { makeFolder } from './softhsm.ts'

/**
 * Many in one process: python's start would cost more than the reading. Of ledgers that begin alike the beginning is read once, and what it says is
 * copied where they part; in the full run each is read from its first line.
 */
const READ_ALL = `
import copy, functools, json, os, sys
sys.dont_write_bytecode = sys.pycache_prefix is None
sys.path.insert(0, sys.argv[1])
from formats import backup, ed25519, ledger, p256, rsapss
from formats.refusal import Refused
# What comes of a signature hangs on the arguments alone.
for maths in (ed25519, p256, rsapss):
    maths.verify = functools.cache(maths.verify)
def rule(action):
    try:
        action()
        return 'none'
    except Refused as refusal:
        return refusal.rule
def read(path):
    note = path + '.note'
    ledger.read(path, None, open(note, 'rb').read() if os.path.exists(note) else None)
    if os.path.exists(path + '.backup'):
        backup.read(path + '.backup', path)
def read_on(book, line, paths, at):
    told = rule(lambda: book.take(line) if line else book.finish())
    return read_together(book, paths, at + 1) if line and told == 'none' else dict.fromkeys(paths, told)
def read_together(book, paths, at=0):
    ways = {}
    for path in paths:
        ways.setdefault(lines[path][at] if at < len(lines[path]) else None, []).append(path)
    (line, most), *others = sorted(ways.items(), key=lambda way: -len(way[1]))
    apart = [read_on(copy.deepcopy(book), *way, at) for way in others]
    return functools.reduce(dict.__or__, apart, read_on(book, line, most, at))
alone = [path for path in sys.argv[2:] if 'FULL' in os.environ or os.path.exists(path + '.note') or os.path.exists(path + '.backup')]
lines = {path: list(open(path, 'rb')) for path in sys.argv[2:] if path not in alone}
rules = {path: rule(lambda: read(path)) for path in alone}
if lines:
    rules |= read_together(ledger.Ledger(), list(lines))
print(json.dumps([rules[path] for path in sys.argv[2:]]))
`

const DESCRIBE = `
import json, sys
sys.dont_write_bytecode = sys.pycache_prefix is None
sys.path.insert(0, sys.argv[1])
from formats import ledger
found, told = ledger.Ledger(), []
with open(sys.argv[2], 'rb') as file:
    for number, line in enumerate(file):
        found.take(line)
        if str(number) in sys.argv[3:]:
            told.append(ledger.describe(found, False, False))
print(json.dumps(told))
`

/** What it says of a ledger after each of these records. */
export async function describeAfter(text: string, records: readonly number[]): Promise<Loose[]> {
  const path = join(makeFolder('described'), 'ledger')
  writeFileSync(path, text)
  const args = ['-c', DESCRIBE, inRepo('test/independent'), path, ...records.map(String)]
  const { code, json, stderr } = await runProgram('python3', args)
  assert.equal(code, 0, stderr)
  return json
}

/** What it says of all of it. */
export const describeWhole = async (text: string): Promise<Loose> =>
  (await describeAfter(text, [text.trimEnd().split('\n').length - 1]))[0]!

/** A ledger, and what is held against it. */
export interface Case {
  ledger: string
  note?: Uint8Array
  backup?: Uint8Array
}

export const readAll = (texts: readonly string[]): Promise<string[]> => readCases(texts.map((ledger) => ({ ledger })))

export async function readCases(cases: readonly Case[]): Promise<string[]> {
  const folder = makeFolder('agreement')
  const paths = cases.map((_, i) => join(folder, `${i}`))
  for (const [i, { ledger, note, backup }] of cases.entries()) {
    writeFileSync(paths[i]!, ledger)
    if (note) writeFileSync(`${paths[i]}.note`, note)
    if (backup) writeFileSync(`${paths[i]}.backup`, backup)
  }
  const args = ['-c', READ_ALL, inRepo('test/independent'), ...paths]
  const options = { env: FULL ? { FULL: '1' } : {} }
  const { code, json, stderr } = await runProgram('python3', args, options)
  assert.equal(code, 0, stderr)
  return json
}
