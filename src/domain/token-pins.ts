// Of which epochs the PINs of a partition's tokens are, as its records tell.
import { notVerified } from './errors.ts'
import type { QuorumReplaced } from './record.ts'
import { pinEpochs, pinRolesOf } from './roster.ts'
import type { Group, GroupRole } from './shapes.ts'

type PinRole = Exclude<GroupRole, 'recovery'>
type Epochs = { [role in PinRole]: number }

export class TokenPins {
  /** By serial. */
  readonly #pins = new Map<string, Epochs>()
  /** Serials of tokens whose PINs were about to change when they were left out. */
  readonly #doubtful = new Set<string>()

  get saved() {
    return { pins: [...this.#pins], ...(this.#doubtful.size > 0 ? { doubtful: [...this.#doubtful] } : {}) }
  }

  restore({ pins, doubtful = [] }: Pick<TokenPins['saved'], 'pins' | 'doubtful'>): void {
    for (const [token, epochs] of pins) this.#pins.set(token, epochs)
    for (const token of doubtful) this.#doubtful.add(token)
  }

  of(serial: string): Epochs | undefined {
    return this.#pins.get(serial)
  }

  isDoubtful = (serial: string): boolean => this.#doubtful.has(serial)

  /** A token comes: its PINs are of these groups. */
  take(serial: string, groups: readonly Group[]): void {
    this.#pins.set(serial, pinEpochs(groups))
    this.#doubtful.delete(serial)
  }

  /** PIN-EPOCHS. `tokens`: serials of those that it ends on; `begun`: of those that it began on. */
  replace(
    { group, pins }: Pick<QuorumReplaced, 'group' | 'pins'>,
    { tokens, begun, lost }: { tokens: readonly string[]; begun: readonly string[]; lost: boolean },
  ): void {
    const roles = pinRolesOf(group)
    const wanted = tokens.flatMap((token) => roles.map((role) => `${role} of ${token}`))
    const told = pins.map(({ token, role }) => `${role} of ${token}`)
    if (told.join() !== wanted.join())
      throw notVerified('PIN-EPOCHS', `it has to tell of which epoch the PINs are: ${wanted.join(', ') || 'none'}`)
    for (const { token, role, epoch } of pins) {
      const now = this.#pins.get(token)!
      if (epoch !== group.epoch && (epoch !== now[role] || lost))
        throw notVerified('PIN-EPOCHS', `the ${role} PIN of epoch ${epoch} was never on the token ${token}`)
      now[role] = epoch
    }
    for (const token of begun) if (roles.length > 0 && !tokens.includes(token)) this.#doubtful.add(token)
  }
}
