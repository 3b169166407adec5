// The program within the test's own process, by the door that main.ts opens: all of it but main.ts and bin/keyrite, with its host
// process and a real token. It saves a start of node, which is most of what a short command costs.
import { Writable } from 'node:stream'
import { Run } from '../../src/run.ts'
import { environment, parse, type Result, type RunOptions } from './keyrite.ts'

// As bin/keyrite has it.
process.umask(0o077)

/** What is written there, as text. */
class Text extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }
}

export type InProcessOptions = Pick<RunOptions, 'home' | 'env' | 'cwd'>

const { pid, platform, arch, versions, cwd, geteuid } = process
const FACTS = { pid, platform, arch, versions, cwd, ...(geteuid && { geteuid }) }

let turn: Promise<unknown> = Promise.resolve()

/** `keyrite ARGS` without a terminal and without standard input. A folder is that of the whole process: one run at a time. */
export function perform(args: readonly string[], options: InProcessOptions = {}): Promise<Result> {
  const run = turn.then(() => performNow(args, options))
  turn = run.catch(() => undefined)
  return run
}

async function performNow(args: readonly string[], options: InProcessOptions): Promise<Result> {
  const [stdout, stderr, before] = [new Text(), new Text(), process.cwd()]
  if (options.cwd !== undefined) process.chdir(options.cwd)
  try {
    const around = { ...FACTS, env: environment(options), stdout, stderr }
    const code = (await new Run(args, around, () => undefined).carryOut()) ?? 0
    return { code, signal: null, stdout: stdout.text, stderr: stderr.text, json: parse(stdout.text) }
  } finally {
    process.chdir(before)
  }
}
