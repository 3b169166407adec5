// The wait for contributions: each is taken in, or refused by name, as it comes; the question stays open meanwhile.
import type { ShareIntake } from '../change/share-intake.ts'
import type { Context, Globals } from '../cli/context.ts'
import { typedPath } from '../cli/paths.ts'
import { endOf, isOver } from '../domain/clock.ts'
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { EXIT, type KeyriteError, refused } from '../domain/errors.ts'
import { mostFromAfar } from '../domain/from-afar.ts'
import { add } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { quoted } from '../domain/names.ts'
import type { IntentPlan } from '../domain/plan.ts'
import type { Contribution } from '../domain/proposal-files.ts'
import type { Seat } from '../domain/roster.ts'
import type { Approval } from '../domain/shapes.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { listed } from '../domain/words.ts'
import type { Inbox, Sent } from '../ledger/port.ts'
import type { SealingKey, Share } from '../quorum/port.ts'
import type { ConsentPorts } from './consent.ts'
import { agrees } from './init-prompts.ts'
import { warnOfCustody } from './known-shares.ts'

export interface AfarPorts extends ConsentPorts {
  context: Context
  globals: Globals
  history: History
}

/** Whoever sends more than that is not answered any more. */
const MOST_REFUSALS = 32

const HALF_A_SECOND = 500

export class Waiting {
  readonly #intake: ShareIntake<IntentPlan>
  readonly #signed: readonly Approval[]
  readonly #ports: AfarPorts
  readonly #sealing: SealingKey
  readonly #inbox: Inbox
  readonly #sent: Seat[] = []
  /** The files that were taken in. */
  readonly taken: string[] = []
  #arrived: { name: string; sent: Sent }[] = []
  /** What was said of the folder. */
  #trouble = ''
  #refusals = 0

  constructor(
    intake: ShareIntake<IntentPlan>,
    signed: readonly Approval[],
    folder: string,
    ports: AfarPorts,
    sealing: SealingKey,
  ) {
    this.#intake = intake
    this.#signed = signed
    this.#ports = ports
    this.#sealing = sealing
    this.#inbox = ports.context.ledgers.inboxOf(folder)
  }

  /** Until as many have sent their shares as are missing here, or somebody here says that it is enough. PLAN-EXPIRED, INTERRUPTED. */
  async wait(): Promise<void> {
    this.#tell()
    for (;;) {
      this.#look()
      await this.#takeAll()
      if (this.#isEnough) return
      await this.#checkDeadline()
      const typed = await this.#pause()
      if (typed === '' && (await this.#goesOn())) return
      if (typed) await this.#takeNamed(typed)
    }
  }

  /** True where there is something to say. What is wrong with the folder may pass. */
  #look(): boolean {
    try {
      this.#arrived.push(...this.#inbox.next())
      this.#trouble = ''
    } catch (error) {
      const { message, hint } = failureFrom(error)
      if (message !== this.#trouble) this.#ports.terminal.warn(message, hint)
      this.#trouble = message
    }
    return this.#arrived.length > 0 || this.#isLate
  }

  async #pause(): Promise<string | undefined> {
    const { terminal } = this.#ports
    if (!terminal.interactive) return new Promise((resolve) => setTimeout(() => resolve(undefined), HALF_A_SECOND))
    const question = 'the name of a contribution, or enter alone to go on with those who are here:'
    return (await terminal.askUnless(question, add('--remote', 'DIR'), () => this.#look()))?.trim()
  }

  /** Enter is pressed soon; those who are missing then have to be here. */
  #goesOn(): Promise<boolean> {
    const missing = this.#intake.needs.flatMap(({ group, threshold }) => {
      const count = this.#missing(group, threshold)
      return count > 0 ? [`${count} more of ${group}`] : []
    })
    const question = `then ${listed(missing)} must be here to approve; go on without those elsewhere?`
    return agrees(question, add('--remote', 'DIR'), this.#ports.terminal)
  }

  async #takeAll(): Promise<void> {
    for (const { name, sent } of this.#arrived.splice(0)) {
      if (this.#isEnough) return
      if ('passed' in sent) this.#ports.terminal.say(`  ${quoted(name)} is passed over: ${sent.passed}`)
      else if ('failure' in sent) await this.#turnAway(name, sent.failure)
      else await this.#take(name, () => sent.contribution)
    }
  }

  async #takeNamed(typed: string): Promise<void> {
    const { context, env } = this.#ports
    await this.#take(typed, () => context.ledgers.readContribution(typedPath(typed, env)))
  }

  async #take(name: string, read: () => Contribution): Promise<void> {
    try {
      const seat = await this.#open(read())
      const { custodian } = seat
      warnOfCustody(seat, this.#intake, this.#ports.terminal)
      this.taken.push(name)
      this.#ports.terminal.say(`  ${custodian.name} approves from afar, by ${quoted(name)}`)
      this.#tell()
    } catch (error) {
      const failure = failureFrom(error)
      if (failure.exit === EXIT.bug || failure.exit === EXIT.interrupted) throw error
      await this.#turnAway(name, failure)
    }
  }

  /** CONTRIBUTION-PLAN, SHARE-..., PLAN-EXPIRED, REMOTE-QUORUM, APPROVAL-SIGNED, CONTRIBUTION-SHARE. */
  async #open({ partition, plan, key, value, sealed }: Contribution): Promise<Seat> {
    const { proposal } = this.#intake
    if (partition !== proposal.plan.partition || plan !== proposal.digest)
      throw refused('CONTRIBUTION-PLAN', 'it belongs to another plan, or to one that nobody is waiting with any more')
    const seat = this.#intake.seatFor(key)
    const { custodian, group } = seat
    const approval = { custodian: custodian.name, group: group.name, epoch: group.epoch, key, value }
    // Whoever can write into the folder can put a custodian's public key there: the ledger names nobody for what they did not sign.
    this.#ports.context.ledgers.checkApproved(proposal.message, [approval])
    try {
      this.#checkMay(seat)
      this.#intake.present(await this.#shareOf(sealed, key), 'contribution')
    } catch (error) {
      throw about(seat, failureFrom(error))
    }
    this.#sent.push(seat)
    return seat
  }

  #checkMay({ custodian, group: { name, threshold } }: Seat): void {
    if (this.#isLate) throw this.#tooLate('it came too late')
    if (this.#signed.some(({ key }) => key === custodian.key))
      throw refused('SHARE-REPEATED', `${custodian.name} has signed at this terminal, and approves here`)
    if (this.#from(name) >= mostFromAfar(threshold))
      throw refused(
        'REMOTE-QUORUM',
        `of ${name} at most ${mostFromAfar(threshold)} may approve from afar, with a threshold of ${threshold}`,
      )
  }

  /** CONTRIBUTION-SHARE: the one that signed. */
  async #shareOf(sealed: string, key: string): Promise<Share> {
    const share = await this.#sealing.open(fromBase64url(sealed))
    if (toBase64url(share.key) === key) return share
    share[Symbol.dispose]()
    throw refused('CONTRIBUTION-SHARE', 'the share in it is not the one that signed')
  }

  /** Said by its file, and recorded. */
  async #turnAway(name: string, failure: KeyriteError): Promise<void> {
    const { terminal, denied } = this.#ports
    terminal.show(`  ${quoted(name)}: ${failure.message}`)
    if (failure.code === 'FILE-MISSING') return
    await denied(failure, this.#approvers)
    if (++this.#refusals < MOST_REFUSALS) return
    throw refused('REMOTE-FOLDER', `${MOST_REFUSALS} contributions were refused, and no more are read`)
  }

  get #approvers() {
    return [...this.#signed.map(({ custodian, group }) => ({ custodian, group })), ...this.#intake.approvers()]
  }

  async #checkDeadline(): Promise<void> {
    if (!this.#isLate) return
    const failure = this.#tooLate('too few have approved')
    await this.#ports.denied(failure, this.#approvers)
    throw failure
  }

  get #isLate(): boolean {
    const { history, context } = this.#ports
    return isOver(this.#intake.proposal.plan, history.time, context.sources.clock())
  }

  #tooLate(why: string): KeyriteError {
    const hint = 'run it again, or give it longer: --expires 2h'
    return refused('PLAN-EXPIRED', `the plan expired at ${endOf(this.#intake.proposal.plan)}: ${why}`, hint)
  }

  get #isEnough(): boolean {
    return this.#intake.needs.every(({ group, threshold }) => this.#missing(group, threshold) === 0)
  }

  #missing(group: string, threshold: number): number {
    return Math.max(0, threshold - this.#here(group) - this.#from(group))
  }

  #here = (group: string): number => this.#signed.filter((one) => one.group === group).length
  #from = (name: string): number => this.#sent.filter(({ group }) => group.name === name).length

  /** `2 of 3 at this terminal, 1 from afar still missing`. */
  #tell(): void {
    const { needs } = this.#intake
    const told = needs.map(({ group, threshold }) => {
      const [from, missing] = [this.#from(group), this.#missing(group, threshold)]
      const parts = [
        `${needs.length > 1 ? `${group}: ` : ''}${this.#here(group)} of ${threshold} at this terminal`,
        ...(from > 0 ? [`${from} from afar`] : []),
        ...(missing > 0 ? [`${missing} from afar still missing`] : []),
      ]
      return `  ${parts.join(', ')}`
    })
    this.#ports.terminal.say(told)
  }
}

/** The ledger names whose share it was. */
const about = ({ custodian, group }: Seat, failure: KeyriteError): KeyriteError =>
  failure.with({ data: { custodian: custodian.name, group: group.name } })
