// What an operator does after a crash: types the next ordinary command, and where it refuses, what its hint says.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Result } from '../support/keyrite.ts'
import { untilGone } from '../support/probe.ts'
import type { Operation } from './operation.ts'
import type { Place } from './place.ts'

/** Commands that a hint may name, and how shares and flags come to them. */
const COMMANDS: { said: RegExp; typed(place: Place, operation: Operation, said: string): string[] }[] = [
  {
    said: /: keyrite partition recover --last-try (so|user)=(old|new)$/,
    typed: (place, _, said) => [...place.recover(), '--last-try', said.split(' ').at(-1)!],
  },
  // What was cut off in the making of a token can be read by nobody any more.
  {
    said: /^try again; where it stays so, take the blank token that is there: .*--slot \d+/,
    typed: (place, operation, said) => [...operation.args(place), '--slot', /--slot (\d+)/.exec(said)![1]!],
  },
  { said: /keyrite backup restore /, typed: (place, { restores, args }) => (restores ?? args)(place) },
  { said: /keyrite partition init( |$)/, typed: (place) => place.init() },
  { said: /keyrite partition adopt /, typed: (place, operation) => operation.args(place) },
  { said: /^keyrite( --partition pay)? partition recover( *#.*)?$/, typed: (place) => place.recover() },
  {
    said: /^where it is gone: keyrite partition recover --lost-token$/,
    typed: (place) => [...place.recover(), '--lost-token', '--confirm', 'pay'],
  },
  {
    said: /^try again; .*: keyrite partition recover --abandon$/,
    typed: (place) => (staysSo(place) ? [...place.recover(), '--abandon', '--confirm', 'pay'] : place.recover()),
  },
  {
    said: /(^|# then: )keyrite audit checkpoint$|run the same command again$/,
    typed: (place) => place.changing('audit', 'checkpoint'),
  },
  // A person copies the file; what is to be shown is that everything else goes on.
  { said: /^cp .+ledger\.jsonl (.+backup\.ledger|ELSEWHERE\/)( *#.*)?$/, typed: () => ['key', 'list'] },
  { said: /^cp .+ledger\.jsonl .+checkpoint ELSEWHERE\/$/, typed: () => ['key', 'list'] },
  { said: /^keyrite member sync (first|site-b)( |;|$)/, typed: (place) => place.changing('member', 'sync', '--all') },
  { said: /^keyrite app sync till$/, typed: (place) => place.changing('app', 'sync', 'till') },
  {
    said: /^keyrite app pin till --new --pin-out FILE$/,
    typed: (place) => place.changing('app', 'pin', 'till', '--new', '--pin-out', join(place.out, 'till-3.pin')),
  },
  { said: /^keyrite audit show$/, typed: () => ['audit', 'show'] },
  // The last line stands in the ledger, though its disk would not say so.
  { said: /^keyrite audit verify$/, typed: () => ['audit', 'verify'] },
  { said: /^keyrite key list$/, typed: () => ['key', 'list'] },
  // The token is lost, and a restore has not begun yet.
  { said: /^keyrite token list --module /, typed: (place, operation) => operation.args(place) },
]

/** A token that was killed in the making can be read by nobody any more: what came of trying again is what came of it before. */
const staysSo = ({ trail }: Place): boolean => trail.slice(-2).every((run) => run.includes('"hint":"try again; '))

/** Goes on until an ordinary command is through. `hint`: what the interrupted command itself could still say. */
export async function goOn(place: Place, operation: Operation, hint?: string): Promise<void> {
  // Whose shares count may have changed meanwhile.
  const ordinary = () => place.generate('other')
  let next = hint === undefined ? ordinary : () => commandIn(hint, place, operation)
  for (let runs = 0; runs < 8; runs++) {
    const result = await place.keyrite(next())
    if (result.code === 0 && next === ordinary) return
    // Nothing follows on the end of a partition.
    if (result.json?.error?.code === 'PARTITION-LIVES') return
    const other = lockedBy(result)
    if (result.code === 0) next = ordinary
    else if (other !== undefined) await untilGone(Number(other))
    else next = () => whatNext(result, place, operation)
  }
  throw new Error('the recovery has no end')
}

/** What was left in part: applications get what they missed, and a key that was to come back does. */
export async function makeRight(place: Place, { back, afterwards }: Operation): Promise<void> {
  back?.(place)
  const done = async (args: readonly string[]) => {
    const { code, stderr } = await place.keyrite(args)
    assert.equal(code, 0, stderr)
  }
  const again = await afterwards?.(place)
  if (again) await done(again)
  if (place.history!.members.live.some(({ standing }) => standing !== 'current'))
    await done(place.changing('member', 'sync', '--all'))
  if (place.history!.applications.live.some(({ copies }) => copies.size > 0))
    await done(place.changing('app', 'sync', '--all'))
}

/** Another process is still at work, and the hint shows it: its number. */
const lockedBy = ({ code, json }: Result): string | undefined =>
  code === 3 && json?.error.code === 'LOCKED'
    ? /^ps -o pid,user,tty,lstart -p (\d+)$/.exec(json.error.hint)?.[1]
    : undefined

/** A refusal after a crash changes nothing or says what is unfinished, and names the command to type. */
function whatNext({ code, json }: Result, place: Place, operation: Operation): string[] {
  assert.ok(json, `exit ${code} without an answer`)
  const { code: rule, hint } = json.error
  const nothingBegun = code === 2 && rule === 'PARTITION-KNOWN'
  const command = nothingBegun ? operation.args(place) : commandIn(hint ?? '', place, operation)
  const tokenLost = code === 4 && rule === 'TOKEN-PRESENT'
  assert.ok(code === 3 || code === 6 || nothingBegun || tokenLost, `exit ${code} is not how unfinished work is told`)
  return command
}

function commandIn(hint: string, place: Place, operation: Operation): string[] {
  const command = COMMANDS.find(({ said }) => said.test(hint))
  assert.ok(command, `a hint that leads nowhere: ${hint}`)
  return command.typed(place, operation, hint)
}
