// Runs session scripts, which read like what a person does at a terminal and sees there. See test/script/README.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { launcher, type Result, run, runProgram } from './keyrite.ts'
import { inRepo } from './paths.ts'
import { copyFolder, makeTokenFolder, type TokenFolder } from './softhsm.ts'
import { type Key, spawnTerminal, type Terminal } from './terminal.ts'

interface Step {
  line: number
  negated: boolean
  verb: string
  rest: string
  /** The lines of a `file NAME <<EOF`. */
  body: string
}

interface Answer {
  prompt: RegExp
  text: string
}

/** What a script has at hand: a token folder with a work folder in it, its variables, and what the last run gave. */
interface Session {
  folder: TokenFolder
  env: Record<string, string>
  kept: Record<string, string>
  answers: Answer[]
  last: Result | undefined
}

type Verb = (session: Session, step: Step) => void | Promise<void>

export function parseScript(text: string): Step[] {
  const lines = text.split('\n')
  const steps: Step[] = []
  for (let i = 0; i < lines.length; i++) {
    const [, bang, verb, rest = ''] = /^\s*(!\s*)?([a-z]+)\s*(.*?)\s*$/.exec(lines[i]!) ?? []
    if (verb === undefined) {
      if (!/^\s*(#.*)?$/.test(lines[i]!)) throw new Error(`line ${i + 1} is not a step: ${lines[i]}`)
      continue
    }
    const step = { line: i + 1, negated: bang !== undefined, verb, rest, body: '' }
    const end = /\s*<<(\w+)$/.exec(rest)
    if (verb === 'file' && end) {
      step.rest = rest.slice(0, end.index)
      while (++i < lines.length && lines[i] !== end[1]) step.body += `${lines[i]}\n`
    }
    steps.push(step)
  }
  return steps
}

// --- words and variables -------------------------------------------------------------------------------------------

const work = (session: Session) => join(session.folder.dir, 'work')
const home = (session: Session) => join(work(session), 'home')

function variable(session: Session, name: string): string {
  const { folder, env, kept } = session
  const own: Record<string, string> = { WORK: work(session), HOME_DIR: home(session), MODULE: folder.module }
  const value = kept[name] ?? env[name] ?? own[name]
  if (value === undefined) throw new Error(`no variable is called $${name}`)
  return value
}

/** `$NAME` and `${NAME}`; a `$` before anything else stays what it is, in a pattern the end of the line. */
function expand(session: Session, text: string, quote = (value: string) => value): string {
  return text.replace(/\$(?:([A-Z][A-Z0-9_]*)|\{([A-Z][A-Z0-9_]*)\})/g, (_, bare, braced) =>
    quote(variable(session, bare ?? braced)),
  )
}

/** Words as the shell has them: blanks part them, quotes hold them together, single quotes keep a `$`. */
function words(session: Session, text: string): string[] {
  return (text.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"|[^'"]+/g, (bare, single, double) => single ?? expand(session, double ?? bare)),
  )
}

const escapePattern = (value: string) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const pattern = (session: Session, text: string) => new RegExp(expand(session, text, escapePattern), 'm')

// --- running ---------------------------------------------------------------------------------------------------------

const options = (session: Session) => ({
  home: home(session),
  env: { ...session.folder.env, ...session.env },
  cwd: work(session),
})

async function give(terminal: Terminal, { prompt, text }: Answer) {
  await terminal.waitFor(prompt)
  if (text === '<hangup>') return terminal.close()
  const key = /^<(.+)>$/.exec(text)?.[1]
  if (key) return terminal.press(key as Key)
  terminal.type(text)
  terminal.press('enter')
}

async function within<T>(promise: Promise<T>, ms: number, why: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(why())), ms)
  })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** On a terminal, because there are answers to type. Only stdout goes elsewhere, as in `keyrite ... >file`. */
async function runAtTerminal(session: Session, args: string[], answers: Answer[]): Promise<Result> {
  const file = join(session.folder.dir, 'stdout')
  const redirected = ['-c', 'file=$1; shift; exec "$0" "$@" >"$file"', launcher, file, ...args]
  using terminal = spawnTerminal(redirected, { ...options(session), program: 'sh' })
  for (const answer of answers) await give(terminal, answer)
  const ending = await within(
    terminal.exit,
    60_000,
    () => `no end after the answers; the screen:\n${terminal.screen()}`,
  )
  const stdout = readFileSync(file, 'utf8')
  const signal = ending.signal === undefined ? null : (`signal ${ending.signal}` as NodeJS.Signals)
  const json = stdout.startsWith('{') ? JSON.parse(stdout) : undefined
  return { code: ending.code ?? null, signal, stdout, stderr: terminal.screen(), json }
}

function judge({ negated }: Step, { code, signal }: Result) {
  if (signal !== null) throw new Error(`it was ended by ${signal}`)
  if (negated && code === 0) throw new Error('exit 0, and it was to fail')
  if (!negated && code !== 0) throw new Error(`exit ${code}`)
}

// --- the verbs -------------------------------------------------------------------------------------------------------

const runStep: Verb = async (session, step) => {
  const [program, ...args] = words(session, step.rest)
  if (program !== 'keyrite') throw new Error(`run is for keyrite; for ${program} there is exec`)
  const answers = session.answers.splice(0)
  session.last = undefined
  session.last = answers.length ? await runAtTerminal(session, args, answers) : await run(args, options(session))
  judge(step, session.last)
}

const execStep: Verb = async (session, step) => {
  session.last = await runProgram('sh', ['-c', expand(session, step.rest)], options(session))
  judge(step, session.last)
}

const answerStep: Verb = (session, { rest }) => {
  const [, prompt, text] = /^(.*?)\s*=>\s?(.*)$/.exec(rest) ?? []
  if (prompt === undefined) throw new Error('an answer is written: answer PROMPT => TEXT')
  session.answers.push({ prompt: pattern(session, prompt), text: expand(session, text!) })
}

function last(session: Session): Result {
  if (session.last === undefined) throw new Error('nothing has run yet')
  return session.last
}

const exitStep: Verb = (session, { rest }) => {
  if (String(last(session).code) !== rest) throw new Error(`exit ${last(session).code}, not ${rest}`)
}

const streamStep =
  (stream: 'stdout' | 'stderr'): Verb =>
  (session, { rest, negated }) => {
    const matches = pattern(session, rest).test(last(session)[stream])
    if (matches === negated) throw new Error(`${stream} ${negated ? 'matches' : "doesn't match"} ${rest}`)
  }

/** The value at `data.keys.0.name`, as text; undefined where there is none. */
function valueAt(session: Session, path: string): string | undefined {
  const { json } = last(session)
  if (json === undefined) throw new Error('stdout is not JSON')
  const value = path.split('.').reduce((inner, name) => inner?.[name], json)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const jsonStep: Verb = (session, { rest, negated }) => {
  const [, path = '', text = ''] = /^(\S+)\s*(.*)$/.exec(rest) ?? []
  const value = valueAt(session, path)
  const matches = value !== undefined && pattern(session, text).test(value)
  if (matches === negated) throw new Error(`${path} is ${value}`)
}

const keepStep: Verb = (session, { rest }) => {
  const [, name, from, text = ''] = /^([A-Z][A-Z0-9_]*) (json|stdout|stderr) (.*)$/.exec(rest) ?? []
  if (name === undefined) throw new Error('kept is: keep NAME json PATH, or keep NAME stdout|stderr PATTERN')
  const found = from === 'json' ? valueAt(session, text) : matchIn(session, from as 'stdout' | 'stderr', text)
  if (found === undefined) throw new Error(`${from} has nothing for ${text}`)
  session.kept[name] = found
}

function matchIn(session: Session, stream: 'stdout' | 'stderr', text: string): string | undefined {
  const found = pattern(session, text).exec(last(session)[stream])
  return found?.[1] ?? found?.[0]
}

// Mode 0600, because passphrases and shares are refused when others can read them.
const fileStep: Verb = (session, { rest, body }) => {
  const path = join(work(session), ...words(session, rest))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, expand(session, body), { mode: 0o600 })
}

const envStep: Verb = (session, { rest }) => {
  const [, name, value] = /^([A-Z_][A-Z0-9_]*)=(.*)$/.exec(words(session, rest).join(' ')) ?? []
  if (name === undefined) throw new Error('a variable is set with: env NAME=VALUE')
  session.env[name] = value!
}

const startStep: Verb = async (session, { rest }) => {
  const { folder, env, kept } = await prepared(rest)
  session.folder.dispose()
  Object.assign(session, { folder: copyFolder(folder.dir), env: { ...env }, kept: { ...kept }, last: undefined })
}

const verbs: Record<string, Verb> = {
  run: runStep,
  exec: execStep,
  answer: answerStep,
  exit: exitStep,
  stdout: streamStep('stdout'),
  stderr: streamStep('stderr'),
  json: jsonStep,
  keep: keepStep,
  file: fileStep,
  env: envStep,
  start: startStep,
}

const negatable = new Set(['run', 'exec', 'stdout', 'stderr', 'json'])

// --- whole scripts ---------------------------------------------------------------------------------------------------

function newSession(): Session {
  const session: Session = { folder: makeTokenFolder(), env: {}, kept: {}, answers: [], last: undefined }
  mkdirSync(work(session), { mode: 0o700 })
  return session
}

const outputOf = ({ code, signal, stdout, stderr }: Result) =>
  `\n--- exit ${code ?? signal}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`

async function perform(session: Session, name: string, text: string) {
  for (const step of parseScript(text)) {
    const verb = verbs[step.verb]
    try {
      if (verb === undefined) throw new Error(`no step is called ${step.verb}`)
      if (step.negated && !negatable.has(step.verb)) throw new Error(`${step.verb} has no negation`)
      await verb(session, step)
    } catch (error) {
      const said = `${step.negated ? '! ' : ''}${step.verb} ${step.rest}`
      const output = session.last ? outputOf(session.last) : ''
      throw new Error(`${name}:${step.line}: ${said}\n${(error as Error).message}${output}`)
    }
  }
  if (session.answers.length) throw new Error(`${name}: an answer that no run took`)
}

/** Runs a script in a work folder and a token folder of its own; throws with the script, the line and the output. */
export async function runScript(name: string, text: string): Promise<void> {
  const session = newSession()
  try {
    await perform(session, name, text)
  } finally {
    session.folder.dispose()
  }
}

const starts = new Map<string, Promise<Session>>()

/** What `start NAME` copies: made once per process from test/script/start/NAME.txt, and gone with it. */
function prepared(name: string): Promise<Session> {
  const known = starts.get(name) ?? prepare(name)
  starts.set(name, known)
  return known
}

async function prepare(name: string): Promise<Session> {
  const session = newSession()
  const file = join('test', 'script', 'start', `${name}.txt`)
  await perform(session, file, readFileSync(inRepo(file), 'utf8'))
  return session
}
