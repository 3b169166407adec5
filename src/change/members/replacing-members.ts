// The members of a partition while its custodians are replaced: the PINs of each, and a session with each. Of all the SO's change first, then the users'.
import { add, keyrite } from '../../domain/hints.ts'
import type { KnownMember } from '../../domain/known-member.ts'
import { PIN_NOTE_FORMAT, type PinNote, type PinNotes } from '../../domain/pin-note.ts'
import type { RecoverPlan } from '../../domain/plan.ts'
import type { QuorumReplacePlan } from '../../domain/quorum-plans.ts'
import { addressIn } from '../../domain/token-address.ts'
import type { Hsm, Role, UserSession } from '../../hsm/port.ts'
import type { Credentials } from '../credentials.ts'
import { loginAsUser } from '../login-wrapping.ts'
import type { OpenMember } from '../operation.ts'
import type { Ports } from '../ports.ts'
import { ReplacingPins } from '../replacing-pins.ts'
import { type HeldToken, heldBy } from '../write-ahead-log.ts'
import { asMember } from './on-members.ts'

interface Replacing {
  /** The replacement. */
  plan: QuorumReplacePlan
  /** What is carried out: that, or its recovery. */
  by: QuorumReplacePlan | RecoverPlan
  credentials: Credentials
  ports: Ports & { notes: PinNotes }
}

/** A member that it is carried out on, at its library. */
interface Reached {
  member: KnownMember
  hsm: Hsm
  pins: ReplacingPins
}

/** With the first of them, and what the ledger's writer has to know of the others. */
interface Opened extends AsyncDisposable {
  session: UserSession
  held: HeldToken[]
}

export class ReplacingMembers {
  readonly #work: Replacing
  readonly #each: readonly Reached[]

  private constructor(work: Replacing, each: readonly Reached[]) {
    this.#work = work
    this.#each = each
  }

  /** MEMBER-PRESENT, MEMBER-TOKEN, MODULE-CHANGED. */
  static async of(work: Replacing): Promise<ReplacingMembers> {
    const { by, ports } = work
    const each: Reached[] = []
    for (const member of ports.ledger.history.members.of(by)) {
      const hsm = each.length === 0 ? ports.hsm : await ports.members!.open(member)
      each.push({ member, hsm, pins: pinsOf(member, hsm, work) })
    }
    return new ReplacingMembers(work, each)
  }

  /** SO-PIN, PIN-TRIES: afterwards there is no way back, so it is asked before. */
  async checkSo(): Promise<void> {
    await this.#onEach(({ pins }) => pins.checkSo())
  }

  begin(): void {
    for (const { pins } of this.#each) pins.begin()
  }

  async change(): Promise<void> {
    for (const role of this.#roles) await this.#onEach(({ pins }) => pins.change(role))
  }

  /** USER-PIN: each can be opened, by whichever PIN it has now. */
  async openingUsers(): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    await this.#onEach(async ({ member, pins }) => {
      found.set(member.name, await pins.openingUser())
    })
    return found
  }

  async finishAll(): Promise<void> {
    for (const role of this.#roles) await this.#onEach(({ pins }) => pins.finish(role))
  }

  get #roles(): Role[] {
    return this.#each[0]!.pins.roles
  }

  get epochs() {
    return this.#each.flatMap(({ pins }) => pins.epochs)
  }

  get kept(): Role[] {
    return [...new Set(this.#each.flatMap(({ pins }) => pins.kept))]
  }

  /** In their turn, each as the one that acts. */
  async #onEach(work: (reached: Reached) => Promise<void>): Promise<void> {
    const { history } = this.#work.ports.ledger
    for (const reached of this.#each) await asMember(reached.member, history, () => work(reached))
  }

  /** `epochs`: of the user PINs that they have now, by name; without it as the ledger has them. */
  async logIn(epochs: ReadonlyMap<string, number> = new Map()): Promise<Opened> {
    const open: OpenMember[] = []
    const close = async () => {
      for (const { session } of open.splice(0)) await session[Symbol.asyncDispose]()
    }
    try {
      await this.#onEach(async ({ member, hsm }) => {
        const session = await loginAsUser(this.#work.credentials, { hsm }, addressIn(member), epochs.get(member.name))
        open.push({ member, session })
      })
    } catch (error) {
      await close()
      throw error
    }
    const [first, ...others] = open
    return { session: first!.session, held: others.map(heldBy), [Symbol.asyncDispose]: close }
  }

  /** With the PINs that they have at the end. */
  logInAtEnd(): Promise<Opened> {
    return this.logIn(new Map(this.#each.map(({ member, pins }) => [member.name, pins.userEpoch])))
  }
}

function pinsOf(member: KnownMember, hsm: Hsm, { plan, by, credentials, ports }: Replacing): ReplacingPins {
  const { rosters } = ports.ledger.history
  const what = {
    before: rosters.pinsOf(member.token.serial)!,
    member,
    credentials,
    hsm,
    notes: member.id === undefined ? ofFirst(ports.notes) : notesOf(member.name, ports.notes),
    // What is not announced yet is only given once more.
    trying: plan.lost && rosters.replacing?.plan.nonce !== plan.nonce ? add : recovering,
    lastTry: by.lastTry,
  }
  const changingSo = plan.lost ? rosters.changingSo?.plan : undefined
  const so = changingSo && new ReplacingPins({ ...what, plan: changingSo, over: plan.nonce })
  return new ReplacingPins({ ...what, plan, so })
}

const recovering = (...words: string[]) => keyrite('partition', 'recover', ...words)

/** What is noted of the others stays. */
const ofFirst = (notes: PinNotes): PinNotes => ({
  ...notes,
  write(note) {
    const before = notes.read()
    const members = before?.nonce === note.nonce ? before.members : undefined
    notes.write({ ...note, ...(members ? { members } : {}) })
  },
})

/** Its own steps, in the one note of the home. */
const notesOf = (name: string, notes: PinNotes): PinNotes => ({
  ...notes,
  read() {
    const note = notes.read()
    const own = note?.members?.[name]
    return note && own && { format: PIN_NOTE_FORMAT, nonce: note.nonce, ...own }
  },
  write({ nonce, so, user }) {
    const before = notes.read()
    const known: PinNote =
      before?.nonce === nonce ? before : { format: PIN_NOTE_FORMAT, nonce, so: 'sending', user: 'sending' }
    notes.write({ ...known, members: { ...known.members, [name]: { so, user } } })
  },
})
