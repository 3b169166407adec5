// A token that an application or a member is to get: blank, or one that is erased, behind a process of its own.
import type { ReachedModule } from '../domain/module-profile.ts'
import type { PinRules } from '../domain/pins.ts'
import type { Secret } from '../domain/secret.ts'
import { tokenName } from '../domain/token-address.ts'
import type { Hsm, TokenFacts } from '../hsm/port.ts'
import type { ChangeSession } from './change-session.ts'
import { chooseTarget, type TargetOptions } from './choose-token.ts'
import { hsmOptions } from './hsm-options.ts'
import { checkNobodys } from './other-partitions.ts'
import { pinOf } from './present-pin.ts'

export type TokenWork = Pick<ChangeSession, 'context' | 'globals' | 'lock' | 'partition' | 'history' | 'terminal'>

export interface NewTokenOptions extends TargetOptions {
  soPinFile?: string
  accept: readonly string[]
}

interface ChosenToken extends AsyncDisposable {
  slot: number
  module: { path: string; sha256: string }
  erases?: string
  /** SO-PIN: its present SO PIN, where it has one that the shares don't give: from whoever has it, and proved where it can be. */
  present(): Promise<Secret | undefined>
  open(): Promise<Hsm>
}

/** A token that may be taken. */
interface Candidate {
  slot: number
  token: TokenFacts
  rules: PinRules
  hsm: Hsm
}

/** What a token is chosen for. */
interface Purpose<T> {
  /** The application whose token of before may be taken again. */
  application?: string | undefined
  /** Throws whatever else rules it out before it is touched; gives what else is to be known of it. */
  fits(candidate: Candidate): Promise<T>
  /** Whether the SO PIN of one that is initialised follows from the shares. */
  isOurs(token: TokenFacts): boolean
}

/** A process beside a library, started when it is first asked for, and anew where that one failed. */
export class LibraryProcess implements AsyncDisposable {
  #hsm: Hsm | undefined

  constructor(readonly start: () => Promise<Hsm>) {}

  async open(): Promise<Hsm> {
    try {
      await this.#hsm?.slots()
    } catch {
      await this[Symbol.asyncDispose]()
    }
    this.#hsm ??= await this.start()
    return this.#hsm
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const hsm = this.#hsm
    this.#hsm = undefined
    await hsm?.[Symbol.asyncDispose]()
  }
}

/** MODULE-MISSING, TOKEN-BLANK, TOKEN-PRESENT, TOKEN-THERE, SHORT-PIN, and what `fits` throws. */
export async function chooseTokenFor<T extends object>(
  reached: ReachedModule,
  options: NewTokenOptions,
  work: TokenWork,
  { application, fits, isOurs }: Purpose<T>,
): Promise<ChosenToken & T> {
  const { context, globals, lock, terminal } = work
  const module = await context.inspectModule(reached.module)
  const start = () => context.openHsm(hsmOptions({ ...reached, approved: module.sha256 }, globals, context, lock))
  const hosts = new LibraryProcess(start)
  try {
    const hsm = await hosts.open()
    const rules = { prefix: reached.pinPrefix, accepted: options.accept }
    const slots = await hsm.slots()
    const target = chooseTarget(slots, options, undefined, '', rules)
    const token = slots.find(({ slot }) => slot === target.slot)!.token!
    const isErased = target.kind !== 'blank'
    if (isErased) checkNobodys(tokenName(token), work, application)
    return {
      ...(await fits({ slot: target.slot, token, rules, hsm })),
      slot: target.slot,
      module,
      ...(isErased ? { erases: tokenName(token) } : {}),
      present: async () =>
        isErased && options.soPinFile === undefined && isOurs(token)
          ? undefined
          : pinOf(target, options, { hsm, quorum: context.quorum, terminal }),
      open: () => hosts.open(),
      [Symbol.asyncDispose]: () => hosts[Symbol.asyncDispose](),
    }
  } catch (error) {
    await hosts[Symbol.asyncDispose]()
    throw error
  }
}
