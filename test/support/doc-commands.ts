// Commands that stand in our pages, run as a person types them: at a terminal that answers each question for a passphrase.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { TestContext } from 'node:test'
import { FULL } from './full.ts'
import { perform } from './in-process.ts'
import { sealLightly } from './light-seal.ts'
import { copyOf, TestPartition } from './partition.ts'
import { inRepo } from './paths.ts'
import { makeFolder, makeTokenFolder, type TokenFolder } from './softhsm.ts'
import { spawnTerminal } from './terminal.ts'

/** They make a clone ready, or are what runs this test. */
const SET_UP = /^(npm|export) /

interface Line {
  at: string
  command: string
}

/** The lines of the ```sh blocks. */
export function commandsOf(page: string): Line[] {
  let inside = false
  return readFileSync(inRepo(page), 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (line.startsWith('```')) inside = line === '```sh'
      else if (inside && !SET_UP.test(line)) return [{ at: `${page}:${index + 1}`, command: line }]
      return []
    })
}

/** The lines of README.md that match. */
export const readmeLines = (wanted: RegExp): Line[] =>
  commandsOf('README.md').filter(({ command }) => wanted.test(command))

/** The partition and its shares, as README.md begins them: once in a run, and each page has a copy. */
export const begunByReadme = (t: TestContext): Promise<TestPartition> =>
  copyOf('begun-by-readme', 'sealed', async () => {
    const place = new TestPartition(makeTokenFolder(), 'sealed')
    await runLines(readmeLines(/^mkdir|partition init/), { folder: place.folder, least: 1 }, t)
    return place
  })

interface Run {
  folder: TokenFolder
  /** Fewer than that, and a page was not read. */
  least: number
  env?: Record<string, string>
  /** Every line at a terminal, and not only those that a shell or a person has to do something for; so it is in the full run. */
  typed?: boolean
  before?(command: string): unknown
  after?(command: string, screen: string): void
}

/** Every line in order; each has to end well. */
export async function runLines(lines: readonly Line[], run: Run, t: TestContext): Promise<void> {
  const { folder, least, typed = FULL, before, after } = run
  const env = environmentOf(folder, run.env)
  assert.ok(lines.length > least, `only ${lines.length} commands were found`)
  for (const { at, command } of lines) {
    await before?.(command)
    const told = typed ? undefined : await performLine(command, env, folder.dir)
    const { code, screen } = told ?? (await runLine(command, env, folder.dir))
    assert.equal(code, 0, `${at}: ${command}\n${screen}`)
    after?.(command, screen)
    t.diagnostic(`${at} ${command.slice(0, 60)}`)
  }
}

/** What a page has left, as keyrite tells it: `data`. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into it and says what it expects
export async function left(folder: TokenFolder, ...args: string[]): Promise<any> {
  const { code, json, stderr } = await perform([...args, '--json'], { home: join(folder.dir, 'home'), env: folder.env })
  assert.equal(code, 0, stderr)
  return json.data
}

export const environmentOf = (folder: TokenFolder, more: Record<string, string> = {}): Record<string, string> => ({
  ...folder.env,
  ...more,
  MODULE: folder.module,
  KEYRITE_HOME: join(folder.dir, 'home'),
})

/** Words for keyrite alone. */
const PLAIN = /^keyrite [^|;&<>()`#]+$/

/** The same line in the test's own process; nothing where it takes more than that: a shell, or somebody who is asked for something. */
async function performLine(line: string, env: Record<string, string>, cwd: string) {
  if (!PLAIN.test(line) || MAKES_SHARES.test(line)) return undefined
  const script = `keyrite() { printf '%s\\n' "$@"; }; ${line}`
  const words = execFileSync('sh', ['-c', script], { cwd, env, encoding: 'utf8' }).split('\n').slice(0, -1)
  const shares = words.filter((_, i) => words[i - 1] === '--share')
  const opened = shares.flatMap((path) => ['--passphrase-file', `${basename(path).split('.')[0]}=${passphraseFile()}`])
  const { code, stdout, stderr } = await perform([...words, ...opened, '--no-input'], { cwd, env })
  return code === 2 && stderr.includes('INPUT-MISSING') ? undefined : { code, screen: stdout + stderr }
}

let written: string | undefined

function passphraseFile(): string {
  if (written === undefined)
    writeFileSync((written = join(makeFolder('passphrase'), 'file')), `${PASSPHRASE}\n`, { mode: 0o600 })
  return written
}

/** Runs a line as a shell does, and answers each question for a passphrase. */
export async function runLine(line: string, env: Record<string, string>, cwd: string) {
  const makes = MAKES_SHARES.test(line)
  const command = makes ? `${line} --passphrase-cost 14` : line
  using terminal = spawnTerminal(['-c', command], { program: 'sh', cwd, env, cols: 120 })
  let ended = false
  const ending = terminal.exit.finally(() => {
    ended = true
  })
  for (;;) {
    const asked = await Promise.race([
      terminal.waitFor(/passphrase[^\n]*:|the same once more:|press enter[^\n]*:/).catch(() => undefined),
      ending,
    ])
    if (ended) break
    if (asked === undefined) throw new Error(`a question that nobody answers:\n${terminal.screen()}`)
    terminal.type(PASSPHRASE)
    terminal.press('enter')
  }
  if (makes) for (const path of sharesIn(cwd)) await sealLightly(path, PASSPHRASE)
  return { ...(await ending), screen: terminal.screen() }
}

/** New shares are made, under passphrases. */
const MAKES_SHARES = /partition init|quorum stage|quorum replace .*--add/

const PASSPHRASE = 'correct horse battery'

const sharesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.share.age'))
    .map((name) => join(folder, name))
