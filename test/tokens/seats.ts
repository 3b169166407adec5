// The token of an application on another module than the partition's, which is SoftHSM: what becomes of it, and whether a refusal came in time.
import { KEY_TYPES } from '../../src/domain/keys.ts'
import type { Result } from '../support/keyrite.ts'
import { beginBeside, taking, tryTwo } from './beside.ts'
import { type Cell, cellOf, isThere, whyOf, works } from './cells.ts'
import type { Cells } from './life.ts'
import type { TokenModule } from './modules.ts'
import { accepting } from './newcomer.ts'
import type { Workplace } from './workplace.ts'

export const SEATS = [
  'app init',
  'refused before the token is touched',
  'keys that come to it',
  'app check',
  'key publish, key promote: the next version too',
  'app retire: the token is erased',
] as const

export function trySeat(module: TokenModule, own: TokenModule, trail: string[]): Promise<Cells> {
  return tryTwo(SEATS, [own, module], trail, async (two) => {
    await beginBeside(two)
    await new Seat(two.place, two.other, two.cells).go()
  })
}

class Seat {
  constructor(
    private readonly place: Workplace,
    private readonly other: Workplace,
    private readonly cells: Cells,
  ) {}

  async go(): Promise<void> {
    const { place, other, cells } = this
    const pin = ['--pin-out', place.path('out', 'web.pin')]
    const [result, accepted] = await taking({ place, other }, 'app', 'init', 'web', ...pin, '--confirm', 'web')
    cells.set('app init', asRefused(result, accepted))
    if (result.code !== 0) cells.set('refused before the token is touched', inTime(result))
    if (!isThere(cells.get('app init'))) return
    cells.set('keys that come to it', await this.#bringKeys())
    await this.#step('app check', 'app', 'check', 'web')
    const next = 'key publish, key promote: the next version too'
    await this.#step(next, 'key', 'publish', 'aes-256')
    if (isThere(cells.get(next))) await this.#step(next, 'key', 'promote', 'aes-256')
    await this.#step(
      'app retire: the token is erased',
      'app',
      'retire',
      'web',
      '--confirm',
      'web',
      '--reason',
      'a trial',
    )
  }

  async #step(line: string, ...words: string[]): Promise<void> {
    const [result] = await accepting((...more) => this.place.approved(...words, ...more))
    this.cells.set(line, cellOf(result))
  }

  /** One of each type. */
  async #bringKeys(): Promise<Cell> {
    const lacking: string[] = []
    for (const type of KEY_TYPES) {
      const [made] = await accepting((...more) => this.place.approved('key', 'generate', type, '--type', type, ...more))
      if (made.code !== 0) continue
      const brought = await this.place.approved('key', 'deliver', type, '--app', 'web', '--accept', 'unbacked')
      if (brought.code === 0) continue
      lacking.push(type)
      await this.place.approved('key', 'withdraw', type, '--app', 'web')
    }
    return lacking.length === 0 ? works() : { is: 'weak', why: `without ${lacking.join(', ')}` }
  }
}

/** One that is found out after C_InitToken says so, and how it goes on. */
const asRefused = (result: Result, accepted: readonly string[]): Cell =>
  result.code === 6 && result.json?.error?.hint ? { is: 'refused', why: whyOf(result) } : cellOf(result, accepted)

const inTime = ({ json }: Result): Cell =>
  json?.error?.changed === false ? works() : { is: 'refused', why: 'only a login can tell' }
