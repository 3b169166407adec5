// A home, shares and files for one partition on one module, and the program run there as people run it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../support/folders.ts'
import { type Result, run } from '../support/keyrite.ts'
import { Daemons } from './daemons.ts'
import { libraryOf, type Started, type TokenModule } from './modules.ts'

const PEOPLE = ['alice', 'bob', 'carol'] as const
const LIMIT_MS = 180_000
/** For one call: a pair may take long to make where many work. */
const CALL_SECONDS = '150'

export class Workplace implements AsyncDisposable {
  readonly #folder = makeFolder('token')
  readonly #daemons = new Daemons()
  readonly library: string
  #turn = 0
  started: Started = { env: {} }

  constructor(
    readonly module: TokenModule,
    /** Everything that was typed, and what came of it. */
    readonly trail: string[],
  ) {
    this.library = libraryOf(module)!
  }

  /** The flags by which a command finds the library. */
  get behind(): string[] {
    const { profile } = this.module
    return ['--module', this.library, ...(profile === undefined ? [] : ['--profile', profile])]
  }

  /** A new, empty token in place of the one that was there. */
  async newToken(): Promise<void> {
    await this.#daemons.stop()
    this.#turn++
    const folder = this.path(`token-${this.#turn}`)
    mkdirSync(folder, { mode: 0o700 })
    this.started = await this.module.start(folder, this.#daemons)
  }

  path = (...names: string[]): string => join(this.#folder, ...names)

  /** Nothing is here but the token. */
  clear(): void {
    for (const name of ['home', 'shares', 'out']) rmSync(this.path(name), { recursive: true, force: true })
    for (const name of ['shares', 'out']) mkdirSync(this.path(name), { mode: 0o700 })
  }

  /** What says the PIN that a new token has, where it has one. */
  presentPin(): string[] {
    if (!this.module.soPin) return []
    const file = this.path('so-pin')
    writeFileSync(file, `${this.module.soPin}\n`, { mode: 0o600 })
    return ['--so-pin-file', file]
  }

  async keyrite(...args: string[]): Promise<Result> {
    const home = this.path('home')
    const options = { home, env: this.started.env, cwd: this.#folder, timeoutMs: LIMIT_MS }
    const result = await run([...args, '--timeout', CALL_SECONDS, '--json', '--no-input'], options).catch(lateAsResult)
    this.trail.push(
      `$ keyrite ${args.join(' ')}\nexit ${result.code ?? result.signal}\n${result.stdout}${result.stderr}`,
    )
    return result
  }

  /** With the shares of two of three. */
  approved = (...args: string[]): Promise<Result> =>
    this.keyrite(
      ...args,
      ...PEOPLE.slice(0, 2).flatMap((name) => ['--share', this.path('shares', `${name}.share.txt`)]),
    )

  init = (more: readonly string[]): Promise<Result> => this.#bring('init', more)

  adopt = (more: readonly string[]): Promise<Result> => this.#bring('adopt', more)

  #bring = (verb: string, more: readonly string[]): Promise<Result> =>
    this.keyrite(
      ...['partition', verb, 'pay', ...this.behind, '--threshold', '2', '--unsafe-plain-shares'],
      ...['--shares-dir', this.path('shares'), ...PEOPLE.flatMap((name) => ['--custodian', name]), ...more],
    )

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemons.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** A command without an end was ended. */
const lateAsResult = (error: Error): Result => ({
  ...{ code: null, signal: 'SIGKILL', stdout: '', stderr: error.message.split('\n')[0]!, json: undefined },
})
