// A partition with two members on modules of two makers: each holds every key, other programs use it there, and either goes on without the other.
import { readFileSync, writeFileSync } from 'node:fs'
import { KEY_TYPES, type KeyType } from '../../src/domain/keys.ts'
import { type Result, runProgram } from '../support/keyrite.ts'
import { inRepo } from '../support/paths.ts'
import { beginBeside, taking, tryTwo } from './beside.ts'
import { type Cell, cellOf, fault, isThere, whyOf, works } from './cells.ts'
import type { Cells } from './life.ts'
import type { TokenModule } from './modules.ts'
import { accepting } from './newcomer.ts'
import type { Workplace } from './workplace.ts'

export const TOGETHER = [
  'partition init',
  'member add of the other',
  'refused before the token is touched',
  ...KEY_TYPES.map((type) => `${type}: made on both`),
  'key rotate',
  'key suspend, resume, deactivate, destroy',
  'member check --all',
  'pkcs11-tool: what one encrypts the other decrypts',
  'pkcs11-tool: both sign alike',
  'without the other: key generate, member sync',
  'without the first: key rotate, member sync',
  'member retire: the first is erased, the other goes on',
  'audit verify, offline',
] as const

const SECOND = 'second'
const WHY = ['--reason', 'a trial']
const nameOf = (type: KeyType): string => `of/${type}`

export function tryTogether(first: TokenModule, second: TokenModule, trail: string[]): Promise<Cells> {
  return tryTwo(TOGETHER, [first, second], trail, async (two) => {
    const { place, other, cells } = two
    cells.set('partition init', await beginBeside(two))
    if (isThere(cells.get('partition init'))) await new Together(place, other, cells).go()
  })
}

class Together {
  constructor(
    private readonly place: Workplace,
    private readonly other: Workplace,
    private readonly cells: Cells,
  ) {}

  async go(): Promise<void> {
    const { place, cells } = this
    await accepting((...more) => place.approved('key', 'generate', 'before', '--type', 'aes-256', ...more))
    if (!(await this.#add())) return
    for (const type of KEY_TYPES) cells.set(`${type}: made on both`, await this.#make(type))
    await this.#go('key rotate', ['key', 'rotate', 'before'])
    await this.#states()
    await this.#go('member check --all', ['member', 'check', '--all'])
    cells.set('pkcs11-tool: what one encrypts the other decrypts', await this.#crossing())
    cells.set('pkcs11-tool: both sign alike', await this.#signing())
    const away = (name: string) => ['--absent', name, '--no-checkpoint']
    await this.#go(
      'without the other: key generate, member sync',
      ['key', 'generate', 'meanwhile', '--type', 'aes-256', ...away(SECOND)],
      ['member', 'sync', SECOND],
    )
    await this.#go(
      'without the first: key rotate, member sync',
      ['key', 'rotate', 'meanwhile', ...away('first')],
      ['member', 'sync', 'first'],
      ['member', 'check', '--all'],
    )
    await this.#go(
      'member retire: the first is erased, the other goes on',
      ['member', 'retire', 'first', '--confirm', 'first'],
      ['partition', 'check'],
      ['key', 'rotate', 'meanwhile'],
    )
    cells.set('audit verify, offline', cellOf(await place.keyrite('audit', 'verify')))
  }

  async #add(): Promise<boolean> {
    const { place, other, cells } = this
    const [result, accepted] = await taking({ place, other }, 'member', 'add', SECOND)
    const cell = cellOf(result, accepted)
    cells.set('member add of the other', cell)
    if (result.code !== 0)
      cells.set(
        'refused before the token is touched',
        result.json?.error?.changed === false ? works() : { is: 'refused', why: whyOf(result) },
      )
    return isThere(cell)
  }

  async #make(type: KeyType): Promise<Cell> {
    const [result, accepted] = await accepting((...more) =>
      this.place.approved('key', 'generate', nameOf(type), '--type', type, ...more),
    )
    return cellOf(result, accepted)
  }

  /** Commands in a row, until one of them is refused. */
  async #go(line: string, ...commands: string[][]): Promise<boolean> {
    const all: string[] = []
    for (const command of commands) {
      const [result, accepted] = await accepting((...more) => this.place.approved(...command, ...more))
      all.push(...accepted)
      this.cells.set(line, cellOf(result, [...new Set(all)]))
      if (result.code !== 0) return false
    }
    return true
  }

  #states(): Promise<boolean> {
    const states = ['suspend', 'resume', 'deactivate'].map((verb) => ['key', verb, 'before#2', ...WHY])
    const destroy = ['key', 'destroy', 'before#1', '--confirm', 'before#1']
    return this.#go('key suspend, resume, deactivate, destroy', ...states, destroy)
  }

  async #crossing(): Promise<Cell> {
    const [data, iv] = ['a sentence of two blocks, of 32 by', '00112233445566778899aabbccddeeff']
    const how = ['--mechanism', 'AES-CBC-PAD', '--iv', iv]
    for (const [from, to] of [
      ['first', SECOND],
      [SECOND, 'first'],
    ] as const) {
      const sealed = await this.#used(from, 'aes-256', ['--encrypt', ...how], Buffer.from(data))
      if ('is' in sealed) return sealed
      const opened = await this.#used(to, 'aes-256', ['--decrypt', ...how], sealed)
      if ('is' in opened) return opened
      if (opened.toString() !== data) return fault(`what ${from} encrypted ${to} decrypts to something else`)
    }
    return works()
  }

  async #signing(): Promise<Cell> {
    const sign = (member: string) =>
      this.#used(member, 'rsa-2048', ['--sign', '--mechanism', 'SHA256-RSA-PKCS'], Buffer.from('a sentence'))
    const [one, two] = [await sign('first'), await sign(SECOND)]
    if ('is' in one) return one
    if ('is' in two) return two
    return one.equals(two) ? works() : fault('the signatures differ')
  }

  /** pkcs11-tool knows a key by its CKA_ID alone. */
  #idOf = async (type: KeyType): Promise<string> => (await this.place.keyrite('key', 'show', nameOf(type))).json.data.id

  /** What pkcs11-tool makes of data on the token of a member, as its user, or why it makes nothing of them. */
  async #used(member: string, type: KeyType, how: readonly string[], data: Uint8Array): Promise<Buffer | Cell> {
    const { place, other } = this
    const { token } = (await place.keyrite('member', 'show', member)).json.data
    const { library } = member === SECOND ? other : place
    const [from, to] = [place.path('data.in'), place.path('data.out')]
    writeFileSync(from, data)
    const result = await this.#run(
      'pkcs11-tool',
      ...['--module', library, '--token-label', token.label, '--login', '--pin', await this.#pinOf(member)],
      ...['--id', await this.#idOf(type), ...how, '--input-file', from, '--output-file', to],
    )
    return result.code === 0 ? readFileSync(to) : fault(`on ${member}: ${result.stderr.trim().split('\n').at(-1)}`)
  }

  /** By a program that shares no line with ours. */
  async #pinOf(member: string): Promise<string> {
    const shares = ['alice', 'bob'].map((name) => this.place.path('shares', `${name}.share.txt`))
    const of = member === SECOND ? ['--member', SECOND] : []
    const ledger = this.place.path('home', 'pay', 'ledger.jsonl')
    const reader = inRepo('test/independent/reader.py')
    const { json, stdout } = await this.#run('python3', reader, 'pin', ...shares, '--ledger', ledger, ...of)
    if (!json?.ok) throw new Error(`the reader tells no PIN: ${stdout}`)
    return json.pin
  }

  async #run(program: string, ...args: string[]): Promise<Result> {
    const { started, trail } = this.place
    const result = await runProgram(program, args, { env: started.env, cwd: this.place.path() })
    trail.push(`$ ${program} ${args.join(' ')}\nexit ${result.code ?? result.signal}\n${result.stdout}${result.stderr}`)
    return result
  }
}
