// A partition with two applications, as the runbooks have them: a TLS server with its pair, and tills with a key that encrypts.
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync } from 'node:fs'
import { ok } from '../support/keyrite.ts'
import { blank, initArgs, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'

const SUBJECT = ['--subject', 'CN=localhost', '--san', 'DNS:localhost']

export class ApplicationPlace implements Disposable {
  readonly #place: TestPartition = blank()

  path = (...names: string[]): string => this.#place.path(...names)

  /** Of a client: the tokens, and the library. */
  get env(): Record<string, string> {
    return { ...this.#place.folder.env, PKCS11_MODULE_PATH: softhsm, PATH: process.env.PATH ?? '' }
  }

  /** A ceremony of its own process, as clients meet it. Gives `data`. */
  // biome-ignore lint/suspicious/noExplicitAny: whoever asks says what is in it
  async keyrite(...args: string[]): Promise<any> {
    const { home, folder } = this.#place
    const words = [...args, ...this.#place.approvedBy('alice', 'bob'), '--json', '--no-input']
    return (await ok(words, { home, env: folder.env, cwd: folder.dir })).json.data
  }

  async prepare(): Promise<void> {
    await ok([...initArgs(this.#place), '--json', '--no-input'], {
      home: this.#place.home,
      env: this.#place.folder.env,
    })
    await this.keyrite('key', 'generate', 'tls', '--type', 'ec-p256')
    for (const name of ['dek', 'other']) await this.keyrite('key', 'generate', name, '--type', 'aes-256')
    await this.keyrite('backup', 'create', this.path('first.backup'))
    for (const app of ['web', 'tills'])
      await this.keyrite('app', 'init', app, '--module', softhsm, '--pin-out', this.path(`${app}.pin`))
    this.#openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=ca',
    )
    await this.certify('tls#1')
    await this.keyrite('key', 'deliver', 'tls', '--app', 'web', '--cert', this.path('tls.pem'))
    await this.keyrite('key', 'deliver', 'dek', '--app', 'tills')
  }

  /** A certificate for this version, in `tls.pem`, which a server finds when it loads anew. */
  async certify(key: string): Promise<void> {
    const request = this.path(`${key.replace('#', '-')}.csr`)
    await this.keyrite('cert', 'request', key, ...SUBJECT, '--out', request)
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy']
    this.#openssl('x509', '-req', '-in', request, ...by, '-out', 'tls.pem')
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.path(), stdio: ['ignore', 'ignore', 'pipe'] })
  }

  pin = (app: string): string => readFileSync(this.path(`${app}.pin`), 'utf8')

  /** As a configuration names the key: by its label, which stays, and not by the id of a version. */
  async uri(app: string, object: string, type: string): Promise<string> {
    const label = await this.tokenLabel(app)
    return `pkcs11:token=${label};object=${object};type=${type};pin-source=${this.path(`${app}.pin`)}`
  }

  tokenLabel = async (app: string): Promise<string> => (await this.#shown(app)).token.label

  /** CKA_ID of the version that has this label. */
  async idOf(app: string, object: string): Promise<string> {
    const { copies } = await this.#shown(app)
    return copies.find(({ label }: { label: string }) => label === object).id
  }

  /** As its administrator does: the new file takes the place of the old one. */
  async renewPin(app: string): Promise<void> {
    const file = this.path(`${app}.next.pin`)
    await this.keyrite('app', 'pin', app, '--new', '--pin-out', file)
    renameSync(file, this.path(`${app}.pin`))
  }

  async #shown(app: string) {
    const { home, folder } = this.#place
    return (await ok(['app', 'show', app, '--json'], { home, env: folder.env })).json.data
  }

  [Symbol.dispose](): void {
    this.#place[Symbol.dispose]()
  }
}
