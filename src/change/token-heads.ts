// The ledger's heads on one token: a new one is made beside the old one, looked for again, and then the old one goes.
import { deviceFailed, type KeyriteError, refused } from '../domain/errors.ts'
import { formatHead, type Head, newestHead, packHead, parseHead } from '../domain/head.ts'
import type { HeadKind } from '../domain/profile.ts'
import type { UserSession } from '../hsm/port.ts'

export class TokenHeads {
  /** Those that the token has, as they are written there. */
  #heads: string[] = []

  constructor(
    readonly session: UserSession,
    /** How it keeps them. */
    readonly kind: () => HeadKind,
  ) {}

  async read(): Promise<void> {
    this.#heads = await this.session.heads()
  }

  get areThere(): boolean {
    return this.#heads.length > 0
  }

  newest = (partition: string): Head => newestHead(this.#heads, partition)

  /** TOKEN-FULL: one more has room, which goes again. */
  async checkRoom(room: Head): Promise<void> {
    const text = this.#text(room)
    await this.session.createHead(text).catch((error) => {
      throw FULL.includes(error.code) ? full(error) : error
    })
    await this.session.dropHeads([text])
  }

  /** Beside the old ones, which go by `settle`. TOKEN-FULL, OTHER-HOST: then it is not there. */
  async announce(head: Head): Promise<void> {
    const mine = this.#text(head)
    await this.session.createHead(mine).catch((error) => this.#inLessRoom(error, mine))
    await this.#yieldToOthers(mine)
  }

  /** HEAD-DROPPED. */
  async retract(head: Head): Promise<void> {
    await this.#drop(this.#text(head))
  }

  async settle(head: Head): Promise<void> {
    await this.session.dropHeads(this.#heads)
    this.#heads = [this.#text(head)]
  }

  /** The new head first: at no moment is the token without one. */
  async move(head: Head): Promise<void> {
    const text = this.#text(head)
    const older = this.#heads.filter((one) => one !== text)
    if (older.length === this.#heads.length) await this.session.createHead(text)
    if (older.length > 0) await this.session.dropHeads(older)
    this.#heads = [text]
  }

  /**
   * TOKEN-FULL: heads that a crash left give the new one room. Where that is not enough and the list shows that none was made, nothing was
   * announced.
   */
  async #inLessRoom(error: KeyriteError, mine: string): Promise<void> {
    if (!FULL.includes(error.code)) throw error
    const [newest, ...older] = this.#heads.toSorted((a, b) => parseHead(b).seq - parseHead(a).seq)
    if (older.length > 0) {
      await this.session.dropHeads(older)
      this.#heads = [newest!]
      return this.session.createHead(mine).catch((again) => this.#inLessRoom(again, mine))
    }
    const values = await this.session.heads()
    if (values.length !== 1 || values[0] !== newest) throw error
    throw full(error)
  }

  /** OTHER-HOST: a head that nobody had a moment ago means that another host is at work with this token. */
  async #yieldToOthers(mine: string): Promise<void> {
    const known = [mine, ...this.#heads]
    const values = await this.#listWith(mine)
    if (values.length === known.length && values.every((value) => known.includes(value))) return
    await this.#drop(mine)
    throw refused('OTHER-HOST', 'another host is at work with this token', 'take its ledger.jsonl, then try again')
  }

  /** Once the intent is withdrawn nothing would tell of a head that stayed. */
  async #drop(mine: string): Promise<void> {
    await this.session.dropHeads([mine])
    if ((await this.session.heads()).includes(mine))
      throw deviceFailed('HEAD-DROPPED', 'the token still holds the ledger head that was dropped')
  }

  /** SEARCH-WHOLE: a list that lacks even what was just made tells nothing of others. */
  async #listWith(mine: string): Promise<string[]> {
    const values = await this.session.heads()
    if (values.includes(mine)) return values
    throw deviceFailed('SEARCH-WHOLE', "the token's list of its objects lacks the ledger head that was just made")
  }

  #text = (head: Head): string => (this.kind() === 'data' ? formatHead(head) : packHead(head))
}

/** CKR_TOKEN_RESOURCE_EXCEEDED is PKCS#11 3.1's. */
const FULL: readonly string[] = ['CKR_DEVICE_MEMORY', 'CKR_TOKEN_RESOURCE_EXCEEDED']

const full = ({ message }: KeyriteError): KeyriteError =>
  deviceFailed('TOKEN-FULL', `the token is full, and takes not even the head of a new record: ${message}`)
