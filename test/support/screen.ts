// A partition whose custodians sit at a terminal: keyrite beneath a shell that tells how the terminal was left.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { quorum } from '../../src/quorum/quorum.ts'
import { launcher } from './keyrite.ts'
import { CUSTODIANS, type TestPartition } from './partition.ts'
import { changes, type Snapshot, snapshot } from './snapshot.ts'
import { spawnTerminal, type Terminal, type TerminalOptions } from './terminal.ts'

// The shell outlives Ctrl-C, and asks the terminal itself whether it echoes. It stays until that was read: what a program says as
// it ends can be lost with the terminal.
const script = (command: string) => `trap : INT; ${command}; echo "left $? $(stty | grep -c -e -echo) "; sleep 1`

/** `keyrite ARGS` at a terminal. */
export const sit = (place: TestPartition, args: readonly string[], options: TerminalOptions = {}): Terminal =>
  shell(place, [script('"$0" "$@"'), launcher, ...args], options)

/** A command line as somebody pastes it, in another folder than the one before. */
export const paste = (place: TestPartition, line: string): Terminal => shell(place, [script(line)], { cwd: '/' })

function shell(place: TestPartition, args: readonly string[], options: TerminalOptions): Terminal {
  const env = { ...place.folder.env, ...options.env }
  const common = { home: place.home, cwd: place.folder.dir, ...options, env }
  return spawnTerminal(['-c', ...args], { ...common, program: 'bash' })
}

/** The hint of the failure that the terminal shows last. */
export const hintOn = (terminal: Terminal): string =>
  /\n {2}(keyrite (?:.*\\\n)*.*)\n(?: .*\n)*left /.exec(terminal.screen())![1]!.replaceAll(/ \\\n +/g, ' ')

/** A custodian's share, or where it is. */
export const ASKS = /custodian \d of \d.*,\s+the\s+name\s+of\s+your\s+share\s+file,\s+or\s+your\s+share:/

/** Types a line where the question is asked. */
export async function reply(terminal: Terminal, question: RegExp, line: string): Promise<void> {
  await terminal.waitFor(question)
  terminal.type(`${line}\r`)
}

/** The passphrase of a custodian of the test partition. */
export const likes = (custodian: string): string => `${custodian} likes tea`

/** The exit code, once the terminal is seen to echo again. */
export async function left(terminal: Terminal): Promise<number> {
  const [, code, silent] = await terminal.waitFor(/left (\d+) (\d) /)
  assert.equal(silent, '0', 'the terminal was left without an echo')
  return Number(code)
}

/** Nothing is held, and no file is another than before, the token's included; the ledger may have come to know of refusals. */
export function assertUntouched(place: TestPartition, before: Snapshot, records: unknown[]): void {
  assert.equal(existsSync(place.path('home', 'pay', 'lock')), false)
  const different = changes(before, snapshot(place.folder.dir))
  assert.deepEqual(
    different.filter((line) => !line.startsWith('home/pay/ledger.jsonl: ')),
    [],
  )
  assert.deepEqual(
    place.records().filter(({ type }) => type !== 'denied'),
    records,
  )
}

/** None of the words was ever on the screen, in whatever pieces, nor what a program makes of them. */
export function assertUnseen(terminal: Terminal, secrets: readonly string[]): void {
  const seen = terminal.screen().replace(/\s/g, '')
  const hasSeen = (text: string) => seen.includes(text.replace(/\s/g, '').replace(/=+$/, ''))
  for (const secret of secrets) {
    assert.ok(secret.length >= 6)
    const bytes = Buffer.from(secret)
    const forms = [secret, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')]
    assert.equal(forms.some(hasSeen), false, `${secret.slice(0, 3)}... was on the screen`)
  }
}

/** What sealed share files hold and what the shares come to: three groups of a share at a time, and the PINs. */
export async function secretsOf(place: TestPartition, folder: string): Promise<string[]> {
  const opened = CUSTODIANS.map(async (name) => {
    const bytes = quorum.readShareFile(place.path(folder, `${name}.share.age`))
    const passphrases = [quorum.readSecretFile(place.passphraseFile(name))]
    return quorum.openShareFile(bytes, { passphrases, identities: [] })
  })
  const shares = await Promise.all(opened)
  const partition = shares[0]!.hints.partition!
  const secret = await quorum.combineShares(shares.slice(0, 2).map(({ share }) => share))
  const pins = (['so', 'user'] as const).map((role) => quorum.derivedPin(secret, partition, role).reveal())
  const groups = shares.flatMap(({ share, hints }) => {
    const text = quorum.formatShareFile(share, hints).trim().split('\n').at(-1)!
    return Array.from({ length: 20 }, (_, i) => text.slice(4 * i + 4, 4 * i + 16))
  })
  return [...groups, ...pins.flatMap((pin) => [Buffer.from(pin).toString('hex'), Buffer.from(pin).toString('base64')])]
}
