// What a refusal must be like, whatever it is about: its exit code and name, one clear line, a hint, and nothing changed.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { bracketed } from '../../../src/domain/errors.ts'
import { assertShown } from '../../support/hints.ts'
import type { Result, RunOptions } from '../../support/keyrite.ts'
import { type Kind, partition, type TestPartition } from '../../support/partition.ts'
import { changes, snapshot } from '../../support/snapshot.ts'

type Args = string[] | ((place: TestPartition) => string[] | Promise<string[]>)

interface More {
  kind?: Kind
  /** Brings the partition into the state that is to be refused. */
  spoil?: (place: TestPartition) => unknown
  options?: (place: TestPartition) => RunOptions
  /** The ledger remembers it: somebody's share was refused. */
  denied?: true
  /** What a program is told beyond the message. */
  data?: unknown
  /** It is refused by what only a login to the token shows. */
  login?: true
}

export interface Row extends More {
  name: string
  args: Args
  exit: number
  code: string
  says: RegExp
  hint: RegExp
}

/** `ending`: exit code and name, such as `3 KEY-NEW`. */
export function row(name: string, args: Args, ending: string, says: RegExp, hint: RegExp, more: More = {}): Row {
  const [exit, code] = ending.split(' ')
  return { name, args, exit: Number(exit), code: code!, says, hint, ...more }
}

export async function checkRow(row: Row): Promise<void> {
  using place = await partition(row.kind)
  await row.spoil?.(place)
  const args = typeof row.args === 'function' ? await row.args(place) : row.args
  const before = { files: snapshot(place.folder.dir), ledger: ledgerOf(place) }
  const result = await place.keyrite(args, row.options?.(place))
  checkAnswer(row, result)
  checkNothingChanged(row, before, place)
}

function checkAnswer(
  { exit, code, says, hint, data, denied }: Row,
  { code: ended, stdout, stderr, json }: Result,
): void {
  const whole = `${stdout}${stderr}`
  assert.equal(ended, exit, whole)
  assert.match(stdout, /^\{.*\}\n$/, 'one object on one line')
  const { message, hint: given } = json.error
  assert.deepEqual(
    json,
    {
      ok: false,
      ...(data !== undefined && { data }),
      error: { code, message, hint: given, changed: false, ...(denied && { recorded: true }) },
    },
    whole,
  )
  assert.match(message, says)
  checkManners(message)
  assert.match(given, hint)
  const told = denied ? 'left nothing but a record of what was refused' : 'changed nothing'
  const changedNothing = exit === 2 || exit === 6 ? '' : `  this command ${told}\n`
  const head = `keyrite: ${message} ${bracketed(code)}\n${changedNothing}`
  const at = stderr.lastIndexOf(head)
  assert.ok(at >= 0, stderr)
  assertShown(given, stderr.slice(at + head.length))
}

/** One line in lower case without a full stop; the name of a function of PKCS#11 may begin it. */
function checkManners(message: string): void {
  assert.match(message, /^(C_|CKR_|[^A-Z\s])/)
  assert.doesNotMatch(message, /[\p{C}\u2028\u2029]|\.$|^undefined|\n/u)
  assert.ok(message.length < 250, message)
}

const ledgerOf = ({ ledger }: TestPartition): string => (existsSync(ledger) ? readFileSync(ledger, 'utf8') : '')

interface Before {
  files: ReturnType<typeof snapshot>
  ledger: string
}

const LEDGER = /^home\/pay\/ledger\.jsonl: /
/** At each login SoftHSM writes anew whether the last PIN was right; keys and audit record lie in files of their own. */
const TOKEN_FLAGS = /^tokens\/[^/]+\/token\.object: file 600 /

/** Byte for byte, but for the record that somebody was turned away. */
function checkNothingChanged({ code, denied, login }: Row, before: Before, place: TestPartition): void {
  const ledger = ledgerOf(place)
  assert.ok(ledger.startsWith(before.ledger), 'the ledger was only added to')
  const added = ledger.slice(before.ledger.length).split('\n').filter(Boolean)
  const reasons = added.map((line) => JSON.parse(line).record).map(({ type, reason }) => `${type} ${reason}`)
  assert.deepEqual(reasons, denied ? [`denied ${code}`] : [])
  const expected = [...(denied ? [LEDGER] : []), ...(login ? [TOKEN_FLAGS] : [])]
  const different = changes(before.files, snapshot(place.folder.dir))
  assert.deepEqual(
    different.filter((line) => !expected.some((path) => path.test(line))),
    [],
  )
}

/** A key that would be made if nothing were wrong: two custodians approve it. */
export const generate = (place: TestPartition, ...more: string[]): string[] => [
  ...['key', 'generate', 'new', ...(more.includes('--type') ? [] : ['--type', 'aes-256']), ...more],
  ...place.approvedBy('alice', 'bob'),
]
