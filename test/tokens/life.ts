// The whole life of a partition on one module, as custodians type it; each step gives a cell. What is refused is left out of what follows.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkValueOf } from '../../src/domain/check-values.ts'
import { KEY_TYPES, type KeyType } from '../../src/domain/keys.ts'
import type { Result } from '../support/keyrite.ts'
import { sealedFor } from '../support/sent-keys.ts'
import { type Cell, cellOf, fault, isThere, none, whyOf, works } from './cells.ts'
import { accepting, begin } from './newcomer.ts'
import type { Workplace } from './workplace.ts'

export type Cells = Map<string, Cell>

/** Of the types that openssl alone verifies besides us. */
const SIGNER = 'ml-dsa-65' satisfies KeyType

/** The lines of the matrix that a life gives, in its order. */
export const LIFE = [
  'token list',
  'partition init',
  ...KEY_TYPES.flatMap((type) => ['made', 'backed up', 'restored'].map((what) => `${type}: ${what}`)),
  'key rotate',
  'key suspend, resume, deactivate',
  'key compromise',
  'key destroy',
  'key generate, 15 at once',
  'key import: a file',
  'key import: a request',
  'manifest apply',
  `${SIGNER}: rotated, signs what openssl verifies`,
  `${SIGNER}: cert request, which openssl verifies`,
  'head: an older ledger is found out',
  'partition check',
  'audit checkpoint',
  'backup create',
  'backup verify',
  'backup test',
  'backup restore',
  'after the restore: check, a new key',
  'quorum replace, check',
  'audit verify, offline',
] as const

const WHY = ['--reason', 'a trial']
/** The key that goes through the states. */
const TURNED = 'turned'
const nameOf = (type: KeyType): string => `of/${type}`

const MANIFEST = `format = "keyrite.manifest/1"
[policies.kept]
type = "TYPE"
backup = BACKUP
[keys."kept/key"]
policy = "kept"
count = 2
`

interface Named {
  name: string
  version: number
  /** How a backup holds it. */
  wrap?: string
}

const versionOf = ({ name, version }: Named): string => `${name}#${version}`

export class Life {
  readonly cells: Cells = new Map()
  /** How keys are made here: the first type that can be, and its flags. */
  #first: string[] | undefined

  constructor(private readonly place: Workplace) {}

  async live(): Promise<Cells> {
    const { place, cells } = this
    await place.newToken()
    place.clear()
    cells.set('token list', cellOf(await place.keyrite('token', 'list', ...place.behind)))
    cells.set('partition init', await begin(place))
    if (!this.#has('partition init')) return this.#rest('no partition')
    for (const type of KEY_TYPES) await this.#make(type)
    if (this.#first) await this.#useKey()
    await this.#bringKeys()
    if (this.#has(`${SIGNER}: made`)) await this.#sign()
    await this.#go('partition check', ['partition', 'check'])
    await this.#go('audit checkpoint', ['audit', 'checkpoint'])
    await this.#backUp()
    await this.#restore()
    await this.#replace()
    cells.set('audit verify, offline', cellOf(await place.keyrite('audit', 'verify')))
    return this.#rest('what it needs was refused')
  }

  #has = (line: string): boolean => isThere(this.cells.get(line))

  #rest(why: string): Cells {
    return new Map(LIFE.map((line) => [line, this.cells.get(line) ?? none(why)]))
  }

  /** Commands in a row, until one of them is refused. */
  async #go(line: string, ...commands: string[][]): Promise<boolean> {
    for (const command of commands) {
      const result = await this.place.approved(...command)
      this.cells.set(line, cellOf(result))
      if (result.code !== 0) return false
    }
    return true
  }

  /** With a backup where the token can, else without. */
  async #make(type: KeyType): Promise<void> {
    const [made, backedUp, restored] = ['made', 'backed up', 'restored'].map((what) => `${type}: ${what}`) as [
      string,
      string,
      string,
    ]
    const [result, flags] = await this.#generate(type)
    this.cells.set(made, cellOf(result, flags))
    if (result.code === 0) return
    const [unbacked, more] = await this.#generate(type, '--no-backup')
    this.cells.set(made, cellOf(unbacked, more))
    if (unbacked.code !== 0) return
    this.cells.set(backedUp, { is: 'refused', why: whyOf(result) })
    this.cells.set(restored, none('it is in no backup'))
  }

  async #generate(type: KeyType, ...how: string[]): Promise<[Result, string[]]> {
    const [result, accepted] = await accepting((...more) =>
      this.place.approved('key', 'generate', nameOf(type), '--type', type, ...how, ...more),
    )
    if (result.code === 0) this.#first ??= ['--type', type, ...how, ...accepted.flatMap((word) => ['--accept', word])]
    return [result, accepted]
  }

  async #useKey(): Promise<void> {
    if (!(await this.#go('key rotate', ['key', 'generate', TURNED, ...this.#first!]))) return
    await this.#head()
    const [first, second] = [`${TURNED}#1`, `${TURNED}#2`]
    const line = 'key suspend, resume, deactivate'
    await this.#go(
      line,
      ['key', 'suspend', second, ...WHY],
      ['key', 'resume', second, ...WHY],
      ['key', 'deactivate', second, ...WHY],
    )
    await this.#go('key compromise', ['key', 'compromise', second, ...WHY])
    const certificate = ['--certificate', this.place.path('out', 'certificate')]
    await this.#go('key destroy', ['key', 'destroy', first, '--confirm', first, ...certificate])
  }

  /** Many at once, some of others, and some by a manifest. */
  async #bringKeys(): Promise<void> {
    const { place } = this
    const go = async (line: string, ...command: string[]): Promise<boolean> => {
      const [result, accepted] = await accepting((...more) => place.approved(...command, ...more))
      this.cells.set(
        line,
        cellOf(
          result,
          accepted.filter((word) => word !== 'clear-on-host'),
        ),
      )
      return result.code === 0
    }
    if (this.#first)
      await this.#go('key generate, 15 at once', ['key', 'generate', 'many', '--count', '15', ...this.#first])
    const [jwk, request, blob] = ['jwk', 'request', 'blob'].map((name) => place.path('out', name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(jwk, JSON.stringify({ kty: 'oct', k: randomBytes(32).toString('base64url') }), { mode: 0o600 })
    const clear = ['--accept', 'clear-on-host']
    await go('key import: a file', 'key', 'import', 'filed', '--type', 'aes-256', '--in', jwk, ...clear)
    const line = 'key import: a request'
    const asking = ['--type', 'aes-256', '--bits', '2048', '--out', request]
    if (await go(line, 'key', 'import-request', 'asked', ...asking)) {
      const value = randomBytes(32)
      writeFileSync(blob, sealedFor(request, value))
      const sent = ['--request', request, '--in', blob, '--kcv', await checkValueOf('aes-256', value)]
      await go(line, 'key', 'import', 'asked', ...sent)
    }
    if (!this.#first) return
    const [manifest, backup] = [place.path('out', 'manifest.toml'), !this.#first.includes('--no-backup')]
    writeFileSync(manifest, MANIFEST.replace('TYPE', this.#first[1]!).replace('BACKUP', `${backup}`))
    await go('manifest apply', 'manifest', 'apply', manifest)
  }

  /** Others hold the shares: the PINs of the token, wherever it is by now, become those of the new ones. */
  async #replace(): Promise<void> {
    const { place } = this
    const [line, folder] = ['quorum replace, check', place.path('others')]
    mkdirSync(folder, { mode: 0o700 })
    const shares = [
      '--unsafe-plain-shares',
      '--shares-dir',
      folder,
      '--copy',
      place.path('out'),
      '--accept',
      'unbacked',
    ]
    if (!(await this.#go(line, ['quorum', 'replace', '--add', 'dave', ...shares, '--confirm', 'custodians']))) return
    const newer = ['bob', 'dave'].flatMap((name) => ['--share', join(folder, `${name}.e2.share.txt`)])
    this.cells.set(line, cellOf(await place.keyrite('partition', 'check', ...newer)))
  }

  /** The key is rotated; then the ledger from before lies there again, and something is to be changed by it. */
  async #head(): Promise<void> {
    const { place } = this
    const [ledger, older, newer] = [place.path('home', 'pay', 'ledger.jsonl'), place.path('older'), place.path('newer')]
    copyFileSync(ledger, older)
    if (!(await this.#go('key rotate', ['key', 'rotate', TURNED]))) return
    copyFileSync(ledger, newer)
    copyFileSync(older, ledger)
    const result = await place.approved('partition', 'check')
    copyFileSync(newer, ledger)
    const found = result.code === 3 || result.code === 5
    const shown = await place.keyrite('partition', 'show')
    const cell = found ? works(shown.json?.data?.profile?.head) : fault(`it was taken: ${whyOf(result)}`)
    this.cells.set('head: an older ledger is found out', cell)
  }

  /** What the next version gives is read by another program than ours. */
  async #sign(): Promise<void> {
    const { place } = this
    const name = nameOf(SIGNER)
    const [signed, requested] = [
      `${SIGNER}: rotated, signs what openssl verifies`,
      `${SIGNER}: cert request, which openssl verifies`,
    ]
    const [text, signature, pem, csr] = ['text', 'sig', 'pem', 'csr'].map((file) => place.path('out', file)) as [
      string,
      string,
      string,
      string,
    ]
    writeFileSync(text, 'a statement\n')
    const made = await this.#go(
      signed,
      ['key', 'rotate', name],
      ['key', 'sign', name, '--in', text, '--out', signature],
    )
    if (made) {
      await place.keyrite('key', 'public', name, '--out', pem)
      const how = ['-verify', '-pubin', '-inkey', pem, '-sigfile', signature, '-rawin', '-in', text]
      this.cells.set(signed, this.#openssl('pkeyutl', ...how))
    }
    if (await this.#go(requested, ['cert', 'request', name, '--subject', 'CN=pay.example', '--out', csr]))
      this.cells.set(requested, this.#openssl('req', '-verify', '-noout', '-in', csr))
  }

  #openssl(...args: string[]): Cell {
    const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
    this.place.trail.push(`$ openssl ${args.join(' ')}\nexit ${status}\n${stdout}${stderr}`)
    return status === 0 ? works() : fault(`openssl ${args[0]}: ${stderr.trim()}`)
  }

  async #backUp(): Promise<void> {
    const file = this.place.path('out', 'backup')
    if (!(await this.#go('backup create', ['backup', 'create', file]))) return
    const verified = await this.place.keyrite('backup', 'verify', file)
    this.cells.set('backup verify', cellOf(verified))
    this.#tell('backed up', 'made', verified.json?.data?.keys)
    await this.#go('backup test', ['backup', 'test', file, ...this.place.behind])
  }

  /** Of each type that was `before`, whether its key is among these now. */
  #tell(what: string, before: string, keys: readonly Named[] = []): void {
    for (const type of KEY_TYPES) {
      const line = `${type}: ${what}`
      if (this.cells.has(line) || !this.#has(`${type}: ${before}`)) continue
      const key = keys.find((one) => versionOf(one) === `${nameOf(type)}#1`)
      this.cells.set(line, key ? works(key.wrap) : fault('its key is missing'))
    }
  }

  /** The token is lost. A key that was in no backup is missed, by name; nothing else may be. */
  async #restore(): Promise<void> {
    const { place } = this
    if (!this.#has('backup create') || place.module.isSingle) return
    const checkpoint = place.path('out', 'checkpoint')
    copyFileSync(place.path('home', 'pay', 'checkpoint'), checkpoint)
    await place.newToken()
    const how = [...place.behind, '--checkpoint', checkpoint, '--confirm', 'pay', ...place.presentPin()]
    const file = place.path('out', 'backup')
    const [result] = await accepting((...more) => place.approved('backup', 'restore', file, ...how, ...more))
    const whole = result.code === 0 || result.json?.error?.code === 'RESTORE-COMPLETE'
    this.cells.set('backup restore', whole ? works() : cellOf(result))
    if (!whole) return
    this.#tell('restored', 'backed up', result.json.data.keys)
    // A key that is in no backup is gone: the ledger is told so.
    const lost = (result.json.data.missing ?? []).map((key: Named) => ['key', 'compromise', versionOf(key), ...WHY])
    const made = ['key', 'generate', 'new', ...this.#first!]
    await this.#go('after the restore: check, a new key', ...lost, ['partition', 'check'], made)
  }
}
