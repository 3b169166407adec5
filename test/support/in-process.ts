// The program within the test's own process, by the door that main.ts opens: all of it but main.ts, bin/keyrite and, mostly, the process
// beside the library, on a real token. It saves two starts of node, which are most of what a short command costs.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { Writable } from 'node:stream'
import { Run } from '../../src/run.ts'
import { startHostHere } from './host-here.ts'
import { environment, parse, type Result, type RunOptions, run } from './keyrite.ts'
import { inRepo } from './paths.ts'
import { changes, snapshot } from './snapshot.ts'

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

const { pid, platform, arch, versions, cwd, geteuid } = process
const FACTS = {
  pid,
  platform,
  arch,
  versions,
  cwd,
  ...(geteuid && { geteuid }),
  folder: inRepo(),
}

let turn: Promise<unknown> = Promise.resolve()

/**
 * `keyrite ARGS` without a terminal; in a process of its own where the options give what only that can have. The working folder is the
 * whole process's: of the runs that name one there is one at a time.
 */
export function perform(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { input, watch, timeoutMs, env } = options
  if (input !== undefined || watch || timeoutMs !== undefined || env?.LD_PRELOAD !== undefined)
    return run(args, options)
  if (options.cwd === undefined) return performHere(args, options)
  const performed = turn.then(() => performHere(args, options))
  turn = performed.catch(() => undefined)
  return performed
}

/** A dry run prints a plan and stops: whatever it says, it leaves a home byte for byte as it found it. */
function keptBy(args: readonly string[], home: string | undefined): () => void {
  if (home === undefined || !args.includes('--dry-run')) return () => undefined
  const isThere = existsSync(home)
  const before = isThere ? snapshot(home) : undefined
  return () => {
    assert.equal(existsSync(home), isThere, `--dry-run made ${home}: ${args.join(' ')}`)
    if (before) assert.deepEqual(changes(before, snapshot(home)), [], `--dry-run changed the home: ${args.join(' ')}`)
  }
}

async function performHere(args: readonly string[], options: RunOptions): Promise<Result> {
  const [stdout, stderr, before] = [new Text(), new Text(), process.cwd()]
  if (options.cwd !== undefined) process.chdir(options.cwd)
  try {
    const around = {
      ...FACTS,
      startHost: startHostHere,
      env: environment(options),
      stdout,
      stderr,
    }
    const asItWas = keptBy(args, options.home)
    const code = (await new Run(args, around, () => undefined).carryOut()) ?? 0
    asItWas()
    return { code, signal: null, stdout: stdout.text, stderr: stderr.text, json: parse(stdout.text) }
  } finally {
    process.chdir(before)
  }
}
