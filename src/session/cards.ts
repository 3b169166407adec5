// The cards that custodians bring. Each library is loaded in a process of its own, which ends with the share that it opened; a PIN is tried once when it was given.

import { basename } from 'node:path'
import { faultsIn, slotWith } from '../change/slots.ts'
import type { Context, Globals } from '../cli/context.ts'
import { settingsFor } from '../cli/module-settings.ts'
import type { CardOptions } from '../cli/options.ts'
import { sameBytes } from '../domain/encoding.ts'
import { deviceFailed, KeyriteError, refused } from '../domain/errors.ts'
import { add, keyrite, to } from '../domain/hints.ts'
import { escaped, unsteered } from '../domain/names.ts'
import { Secret } from '../domain/secret.ts'
import { addressNamed, addressOf, isAt, tokenName } from '../domain/token-address.ts'
import type { Cards, Hsm, SlotFacts, TokenFacts } from '../hsm/port.ts'
import type { CardKeys, OpenedShare, Quorum } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { cardNamed, pinFileNamed } from './card-names.ts'
import { hsmOptions } from './hsm-options.ts'

/** Loads the library of a card. */
export type OpenLibrary = (module: string) => Promise<Hsm>

/** Cards change in nothing: what the command has changed is told of its own token alone. */
export function libraries(globals: Globals, context: Context): OpenLibrary {
  return (module) => {
    const { changes: _, ...options } = hsmOptions(settingsFor(module, {}, globals, context), globals, context)
    return context.openHsm(options)
  }
}

interface CardPorts {
  quorum: Pick<Quorum, 'openShareFile' | 'readPinFile'>
  terminal: Terminal
  openLibrary: OpenLibrary
}

/** Says what was wrong with a try, which is made again. */
type TurnAway = (failure: KeyriteError) => Promise<void>

/** SHARE-CARD, CARD-PRESENT, CARD-KEY, CARD-PIN, PIN-TRIES: opens a share file by the cards that were named. At a terminal the next card may be put in. */
export async function openByCard(
  path: string,
  bytes: Uint8Array,
  options: CardOptions,
  ports: CardPorts,
  turnAway: TurnAway,
): Promise<OpenedShare> {
  const { quorum, terminal } = ports
  if (options.card.length === 0) return await quorum.openShareFile(bytes, NOTHING)
  // A function of its own: lowered for node 20, a `using` in a loop throws again what it threw in the round before.
  const open = async () => {
    await using cards = new CardReader(path, options, ports, turnAway)
    return await quorum.openShareFile(bytes, { ...NOTHING, cards })
  }
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!terminal.interactive || !(error instanceof KeyriteError) || !ANOTHER.includes(error.code)) throw error
      await turnAway(error)
      await untilPutIn(path, error, terminal)
    }
  }
}

const NOTHING = { passphrases: [], identities: [] }
/** Another card may be the right one. */
const ANOTHER = ['CARD-PRESENT', 'CARD-KEY']

async function untilPutIn(path: string, error: KeyriteError, terminal: Terminal): Promise<void> {
  const question = `put in the card for ${basename(path)} and press enter (n: not at hand):`
  using answer = await terminal.askSecret(question, add('--card', 'MODULE'))
  if (answer.reveal().length > 0) throw error
}

/** A key that a card shows, and where. */
interface Seen {
  spki: Uint8Array
  library: Cards & Pick<Hsm, 'slots'>
  token: TokenFacts
}

class CardReader implements CardKeys, AsyncDisposable {
  readonly #libraries: Hsm[] = []
  #seen: Seen[] = []

  constructor(
    private readonly path: string,
    private readonly options: CardOptions,
    private readonly ports: CardPorts,
    private readonly turnAway: TurnAway,
  ) {}

  async publicKeys(): Promise<Uint8Array[]> {
    const absent: KeyriteError[] = []
    for (const text of this.options.card) {
      const { module, serial } = cardNamed(text)
      const library = await this.ports.openLibrary(module)
      this.#libraries.push(library)
      const slots = await library.slots()
      const cards = slots.flatMap(({ slot, token }) => (token && isMeant(token, serial) ? [{ slot, token }] : []))
      if (cards.length === 0) absent.push(notThere(module, serial, slots))
      for (const { slot, token } of cards)
        for (const { spki } of await library.cardKeys(slot)) this.#seen.push({ spki, library, token })
    }
    if (this.#seen.length === 0 && absent[0]) throw absent[0]
    return this.#seen.map(({ spki }) => spki)
  }

  /** One try for each time that a PIN is given, and none where it would be the last. */
  async agree(spki: Uint8Array, point: Uint8Array): Promise<Secret> {
    const { library, token } = this.#seen.find((seen) => sameBytes(seen.spki, spki))!
    for (;;) {
      checkTries(slotWith(addressOf(token), await library.slots())?.token, token)
      const { bytes, file } = await this.#pinOf(token)
      using pin = bytes
      try {
        return new Secret(await library.agreeOnCard(addressOf(token), { bytes: pin, form: 'text' }, { spki, point }))
      } catch (error) {
        const failure = aboutPin(error, token, file)
        if (file !== undefined || !(failure instanceof KeyriteError) || failure.code !== 'CARD-PIN') throw failure
        await this.turnAway(failure.with({ hint: 'try again, or press enter alone to give it up' }))
      }
    }
  }

  async #pinOf(token: TokenFacts): Promise<{ bytes: Secret; file?: string }> {
    const { quorum, terminal } = this.ports
    const given = this.options.cardPinFile.map(pinFileNamed)
    const found =
      given.find(({ serial }) => serial === token.serial) ?? given.find(({ serial }) => serial === undefined)
    if (found) return { bytes: quorum.readPinFile(found.file, 'card PIN file'), file: found.file }
    const question = `PIN of the card ${inWords(token)}, for ${basename(this.path)}:`
    const bytes = await terminal.askSecret(question, add('--card-pin-file', 'FILE'))
    if (bytes.reveal().length > 0) return { bytes }
    throw refused('CARD-PIN', 'no PIN was given')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const library of this.#libraries) await library[Symbol.asyncDispose]()
  }
}

const inWords = (token: TokenFacts): string => `${escaped(token.label)}, serial ${escaped(tokenName(token))}`

const isMeant = (token: TokenFacts, serial: string | undefined): boolean =>
  token.initialised && (serial === undefined || isAt(addressNamed(serial), token))

/** CARD-PRESENT. */
function notThere(module: string, serial: string | undefined, slots: readonly SlotFacts[]): KeyriteError {
  const message = serial === undefined ? 'there is no card' : `the card ${escaped(serial)} is not there,`
  const look = to('put it in; what is there', keyrite('token', 'list', '--module', module))
  return refused('CARD-PRESENT', `${message} at ${unsteered(module)}${faultsIn(slots)}`, look)
}

/** CARD-PRESENT, PIN-TRIES, PIN-PAD: as it is now, before each try. */
function checkTries(now: TokenFacts | undefined, { label }: TokenFacts): void {
  if (now === undefined) throw refused('CARD-PRESENT', `the card ${escaped(label)} was taken away`, 'put it in again')
  if (now.pinPad) throw deviceFailed('PIN-PAD', `the card ${inWords(now)} takes its PIN at a key pad of its own`)
  const { user } = now.tries
  if (user === 'final' || user === 'locked') throw noTries(now, user === 'locked')
}

/** PIN-TRIES: the card is not to be locked by us. */
const noTries = (token: TokenFacts, locked: boolean): KeyriteError =>
  refused(
    'PIN-TRIES',
    `the PIN of the card ${inWords(token)} ${locked ? 'is locked' : 'has one try left, and none is made'}`,
    "have its tries reset by the means of the card's maker, or bring the share of another custodian",
  )

const WRONG = ['CKR_PIN_INCORRECT', 'CKR_PIN_LEN_RANGE', 'CKR_PIN_INVALID']

/** CARD-PIN, PIN-TRIES. */
function aboutPin(error: unknown, token: TokenFacts, file: string | undefined): unknown {
  if (!(error instanceof KeyriteError)) return error
  if (error.code === 'CKR_PIN_LOCKED') return noTries(token, true)
  if (!WRONG.includes(error.code)) return error
  const what = file === undefined ? 'that is not' : `${unsteered(file)} does not hold`
  return refused(
    'CARD-PIN',
    `${what} the PIN of the card ${inWords(token)}`,
    'a wrong PIN costs a try: look it up first',
  )
}
