// A token that somebody filled with another program becomes a partition: its keys work before and after, its PINs go.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { type Result, runProgram } from '../support/keyrite.ts'
import { type Cell, cellOf, fault, isThere, none, works } from './cells.ts'
import type { Cells } from './life.ts'
import type { TokenModule } from './modules.ts'
import { accepting } from './newcomer.ts'
import { Workplace } from './workplace.ts'

export const ADOPTED = [
  'token and keys made',
  'its pair signs, before',
  'partition adopt',
  'its PINs of before open nothing',
  'its pair signs, after',
  'partition check: every key is proved',
  'key rotate',
  'backup create',
  'audit verify, offline',
] as const

const SO = '31415926'
const USER = '27182818'
const LABEL = 'filled'
/** The pair that signs. */
const PAIR = 'tls'
const CONTENT = 'what is signed'
/** Programs that fill tokens. `keys`: what one is told to make; what the token refuses is not there. */
interface Filler {
  name: string
  keys: readonly { what: string; words: readonly string[] }[]
  words(library: string): { program: string; words: string[]; env: Record<string, string> }
}

const pkcs11Tool = (library: string) => ({ program: 'pkcs11-tool', words: ['--module', library], env: {} })
const p11tool = (library: string) => ({
  program: 'p11tool',
  words: ['--provider', library, '--batch', '--login'],
  env: { GNUTLS_PIN: USER },
})
const asUser = ['--token-label', LABEL, '--login', '--pin', USER]
const secret = ['--private', '--sensitive', '--extractable']

export const FILLERS: readonly Filler[] = [
  {
    name: 'pkcs11-tool',
    words: pkcs11Tool,
    keys: [
      { what: 'rsa-2048', words: [...asUser, '--keypairgen', '--key-type', 'rsa:2048', '--label', PAIR, '--id', '01'] },
      {
        what: 'ec-p256',
        words: [...asUser, '--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'ec', '--id', '02'],
      },
      {
        what: 'aes-256',
        words: [...asUser, '--keygen', '--key-type', 'aes:32', ...secret, '--label', 'dek', '--id', '03'],
      },
    ],
  },
  {
    name: 'p11tool',
    words: p11tool,
    keys: [
      { what: 'rsa-2048', words: ['--generate-privkey=rsa', '--bits=2048', `--label=${PAIR}`, '--id=01'] },
      { what: 'ec-p256', words: ['--generate-privkey=ecdsa', '--curve=secp256r1', '--label=ec', '--id=02'] },
      { what: 'a secret of 32 bytes', words: ['--write', `--secret-key=${'5a'.repeat(32)}`, '--label=dek', '--id=03'] },
    ].map(({ what, words }) => ({ what, words: [...words, `pkcs11:token=${LABEL}`] })),
  },
]

export async function tryAdoption(module: TokenModule, filler: Filler, trail: string[]): Promise<Cells> {
  await using place = new Workplace(module, trail)
  await place.newToken()
  place.clear()
  const cells = await new Adoption(place, filler).go()
  return new Map(ADOPTED.map((line) => [line, cells.get(line) ?? none('what it needs was refused')]))
}

class Adoption {
  readonly #cells: Cells = new Map()
  #key: KeyObject | undefined

  constructor(
    private readonly place: Workplace,
    private readonly filler: Filler,
  ) {}

  async go(): Promise<Cells> {
    const cells = this.#cells
    cells.set('token and keys made', await this.#fill())
    cells.set('its pair signs, before', await this.#signsBefore())
    const adopted = await this.#adopt()
    cells.set('partition adopt', adopted)
    if (!isThere(adopted)) return cells
    cells.set('its PINs of before open nothing', await this.#locked())
    cells.set('its pair signs, after', await this.#signsAfter())
    const commands: [string, string[]][] = [
      ['partition check: every key is proved', ['partition', 'check']],
      ['key rotate', ['key', 'rotate', PAIR]],
      ['backup create', ['backup', 'create', this.place.path('out', 'backup')]],
    ]
    for (const [line, words] of commands) {
      const [result, accepted] = await accepting((...more) => this.place.approved(...words, ...more))
      cells.set(line, cellOf(result, accepted))
    }
    return cells.set('audit verify, offline', cellOf(await this.place.keyrite('audit', 'verify')))
  }

  async #run({ program, words, env }: ReturnType<Filler['words']>, more: readonly string[]): Promise<Result> {
    const { started, trail } = this.place
    const all = [...words, ...more]
    const result = await runProgram(program, all, { env: { ...started.env, ...env }, cwd: this.place.path() })
    trail.push(`$ ${program} ${all.join(' ')}\nexit ${result.code ?? result.signal}\n${result.stdout}${result.stderr}`)
    return result
  }

  /** As whoever keeps PINs does it. */
  #tool = (...words: string[]): Promise<Result> => this.#run(pkcs11Tool(this.place.library), words)

  async #fill(): Promise<Cell> {
    const { place, filler } = this
    const preset = place.module.soPin
    const first = preset ?? SO
    const asSo = ['--token-label', LABEL, '--login', '--login-type', 'so', '--so-pin']
    const begun = [
      await this.#tool('--init-token', '--slot-index', '0', '--label', LABEL, '--so-pin', first),
      ...(preset === undefined ? [] : [await this.#tool(...asSo, preset, '--change-pin', '--new-pin', SO)]),
      await this.#tool(...asSo, SO, '--init-pin', '--new-pin', USER),
    ].find(({ code }) => code !== 0)
    if (begun) return fault(`the token was not made: ${begun.stderr.trim().split('\n').at(-1)}`)
    const made: string[] = []
    for (const { what, words } of filler.keys)
      if ((await this.#run(filler.words(place.library), words)).code === 0) made.push(what)
    return works(`${made.length} keys`)
  }

  /** pkcs11-tool fails or crashes at it with SoftHSM, whose OpenSSL it has too; p11tool signs, and verifies what it got. */
  async #signsBefore(): Promise<Cell> {
    const { place } = this
    const der = place.path('out', 'spki')
    await this.#tool(...asUser, '--label', PAIR, '--read-object', '--type', 'pubkey', '--output-file', der)
    this.#key = createPublicKey({ key: readFileSync(der), format: 'der', type: 'spki' })
    const object = `pkcs11:token=${LABEL};object=${PAIR};type=private`
    const { code, stderr } = await this.#run(p11tool(place.library), ['--test-sign', object])
    return code === 0 ? works() : fault(`${stderr.trim().split('\n').at(-1)}`)
  }

  async #signsAfter(): Promise<Cell> {
    const [out, content] = [this.place.path('out', 'after'), this.place.path('content')]
    writeFileSync(content, CONTENT)
    const result = await this.place.approved('key', 'sign', PAIR, '--in', content, '--out', out, '--hash', 'sha256')
    if (result.code !== 0) return cellOf(result)
    return this.#key && verify('sha256', Buffer.from(CONTENT), this.#key, readFileSync(out))
      ? works()
      : fault('the signature is not of the public key')
  }

  /** Goes by what refusals say: accepts what they name, and leaves where they are the keys that can't be taken. */
  async #adopt(): Promise<Cell> {
    const { place } = this
    const [so, user] = [place.path('present-so'), place.path('present-user')]
    writeFileSync(so, `${SO}\n`, { mode: 0o600 })
    writeFileSync(user, `${USER}\n`, { mode: 0o600 })
    const pins = ['--so-pin-file', so, '--user-pin-file', user]
    const once = (...more: string[]) => accepting((...words) => place.adopt([...pins, ...more, ...words]))
    const [first, weak] = await once()
    const left = [...`${first.json?.error?.hint}`.matchAll(/--leave ('[^']*'|\S+)/g)].map(([, word]) =>
      word!.replaceAll("'", ''),
    )
    if (left.length === 0) return cellOf(first, weak)
    const [second, accepted] = await once(...left.flatMap((object) => ['--leave', object]))
    const cell = cellOf(second, accepted)
    if (!isThere(cell)) return cell
    const why = /: (?:secret|private) object .*? id [0-9a-f]+: (.*)$/.exec(first.json.error.message)?.[1]
    return { is: 'weak', why: [`without a key: ${why}`, ...accepted.map((word) => `--accept ${word}`)].join('; ') }
  }

  async #locked(): Promise<Cell> {
    const asSo = ['--token-label', LABEL, '--login', '--login-type', 'so', '--so-pin', SO]
    const user = await this.#tool('--login', '--pin', USER, '--list-objects')
    const so = await this.#tool(...asSo, '--init-pin', '--new-pin', USER)
    const opened = [...(user.code === 0 ? ['user'] : []), ...(so.code === 0 ? ['SO'] : [])]
    return opened.length === 0 ? works() : fault(`the ${opened.join(' and the ')} of before`)
  }
}
