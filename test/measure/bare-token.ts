// A token without Keyrite, for the bare calls and for pkcs11-tool.
import { openHsm } from '../../src/client/client.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { ExportRequest, UserSession } from '../../src/hsm/port.ts'
import { environment } from '../support/keyrite.ts'
import { inRepo } from '../support/paths.ts'
import { copyFolder, makeTokenFolder, softhsm, type TokenFolder } from '../support/softhsm.ts'
import { LABEL, PIN, SO_PIN } from './bare-pins.ts'
import { childrenTook, type Timed, timed } from './timed.ts'

const program = inRepo('build/measure/bare.mjs')
const LOGIN = ['--module', softhsm, '--token-label', LABEL, '--login', '--pin', PIN]

export class BareToken implements Disposable {
  private constructor(private readonly folder: TokenFolder) {}

  static async make(): Promise<BareToken> {
    const token = new BareToken(makeTokenFolder())
    await token.run('init')
    return token
  }

  copy = (): BareToken => new BareToken(copyFolder(this.folder.dir))

  /** One of the bare calls' programs (see bare.ts). `evidence`: and the calls by which Keyrite proves what it did. */
  run(what: string, { count = 0, blobs = '', evidence = false } = {}): Promise<Timed> {
    const args = [program, what, softhsm, blobs, String(count), ...(evidence ? ['evidence'] : [])]
    return timed(process.execPath, args, environment({ env: this.folder.env }))
  }

  /** Through the port, as Keyrite does it. */
  async through(use: (session: UserSession) => Promise<unknown>, way?: ExportRequest): Promise<Timed> {
    const [start, before] = [performance.now(), childrenTook()]
    await this.#loggedIn(use, way)
    return { ms: performance.now() - start, cpu: childrenTook() - before, peak: 0, stdout: '' }
  }

  async #loggedIn(use: (session: UserSession) => Promise<unknown>, way?: ExportRequest): Promise<void> {
    await using hsm = await openHsm({ module: softhsm, timeout: 60, env: environment({ env: this.folder.env }) })
    const { token } = (await hsm.slots()).find((slot) => slot.token?.label === LABEL)!
    const pin = (text: string) => ({ bytes: new Secret(Buffer.from(text)), form: 'text' as const })
    await using session = way
      ? await hsm.loginToExport(token!, pin(SO_PIN), pin(PIN), way)
      : await hsm.login(token!, pin(PIN))
    await use(session)
  }

  pkcs11Tool = (...args: string[]): Promise<Timed> =>
    timed('pkcs11-tool', [...LOGIN, ...args], environment({ env: this.folder.env }))

  /** So many processes, one after the other, told as what `all` of them would take: those between differ little. */
  async loop({ sample, all }: { sample: number; all: number }, args: (i: number) => string[]): Promise<Timed> {
    const whole = { ms: 0, cpu: 0, peak: 0, stdout: '' }
    for (let i = 0; i < sample; i++) {
      const { ms, cpu } = await this.pkcs11Tool(...args(i))
      whole.ms += ms
      whole.cpu += cpu
    }
    return { ...whole, ms: (whole.ms / sample) * all, cpu: (whole.cpu / sample) * all }
  }

  [Symbol.dispose](): void {
    this.folder.dispose()
  }
}
