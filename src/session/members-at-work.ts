// The members of a partition that has several, as this host reaches them: each behind its library, of which those that are alike share a process.
import { type MemberInputs, presentMembers } from '../change/members/planned-members.ts'
import { recordedModule } from '../change/plan-header.ts'
import type { MemberTokens } from '../change/ports.ts'
import { faultsIn, slotWith } from '../change/slots.ts'
import { askCheckpoint } from '../cli/ask.ts'
import type { Context, Globals } from '../cli/context.ts'
import type { AbsentOptions } from '../cli/member-options.ts'
import { checkpointSize } from '../domain/checkpoint-size.ts'
import { deviceFailed, type KeyriteError, notVerified, usage } from '../domain/errors.ts'
import { add, apart, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KnownMember } from '../domain/known-member.ts'
import { endedLabel } from '../domain/member-id.ts'
import type { ReachedModule } from '../domain/module-profile.ts'
import { escaped } from '../domain/names.ts'
import { addressOf, tokenName } from '../domain/token-address.ts'
import type { Hsm, TokenFacts } from '../hsm/port.ts'
import type { Partition, PartitionLock } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { openApproved } from './approved-library.ts'
import { readCarried } from './checkpoint-file.ts'
import { hsmOptions } from './hsm-options.ts'
import { named } from './ledger-source.ts'

interface Work {
  context: Context
  globals: Globals
  partition: Partition
  lock: PartitionLock
  history: History
  /** How the token is reached that the partition began on, or that a restore brought. */
  settings: ReachedModule
  terminal: Terminal
}

/** CONFIG: how this host reaches a member. */
export function reachedMember(
  { name, id }: KnownMember,
  {
    context,
    home,
    partition,
    settings,
  }: Pick<Work, 'context' | 'settings'> & Pick<Globals, 'home'> & { partition: string },
): ReachedModule {
  if (id === undefined) return settings
  const found = context.settings.members(home, partition)
  if (Object.hasOwn(found, name)) return found[name]!
  const hint = keyrite('config', 'set', 'module', 'PATH', '--member', name)
  throw usage(`the settings of this host name no PKCS#11 library for the member ${name}`, hint, 'CONFIG')
}

/** `targets`: those that are to be made right. `acting`: who has what the change needs, and acts where it is there. */
export interface MemberChoice extends Partial<AbsentOptions> {
  targets?: readonly string[]
  acting?: string | undefined
}

export class MembersAtWork implements AsyncDisposable, MemberTokens {
  readonly #work: Work
  readonly #hosts = new Map<string, Promise<Hsm>>()
  #inputs: MemberInputs | undefined

  constructor(work: Work) {
    this.#work = work
  }

  /** CONFIG. */
  reached(member: KnownMember): ReachedModule {
    const { context, globals, partition, settings } = this.#work
    return reachedMember(member, { context, home: globals.home, partition: partition.name, settings })
  }

  /** Those of a plan, of which the first acts from now on; asked for once. MEMBER-KNOWN, INPUT-MISSING, CHECKPOINT-..., CONFIG, MODULE-MISSING. */
  async inputs({ targets, acting, ...options }: MemberChoice): Promise<MemberInputs | undefined> {
    const { history, context } = this.#work
    const { absent = [] } = options
    if (this.#inputs) return this.#inputs
    if (!history.members.areSeveral) {
      if (absent.length > 0) throw usage('the partition has one member', 'leave out --absent')
      return undefined
    }
    const [first, ...others] = presentMembers(history, absent, targets, acting)
    history.members.actAs(first!.name)
    const checkpoint = absent.length === 0 ? undefined : await this.#vouched(options)
    const modules = new Map<string, { path: string; sha256: string }>()
    for (const member of others)
      modules.set(member.name, recordedModule(await context.inspectModule(this.reached(member).module)))
    this.#inputs = { absent, checkpoint, modules, acting }
    return this.#inputs
  }

  /** INPUT-MISSING, CHECKPOINT-CARRIED, CHECKPOINT-...: the absent one may know more than this ledger says; whoever carries a checkpoint can tell. */
  async #vouched({ checkpoint: given }: Partial<AbsentOptions>): Promise<number | undefined> {
    const { context, globals, partition, terminal } = this.#work
    if (given === undefined && !terminal.interactive) throw unvouched()
    if (given === undefined) terminal.say('  a member is absent, and it alone could say that this ledger is old')
    const checkpoint = given ?? (await askCheckpoint(context, terminal))
    if (checkpoint === false) return undefined
    const text = readCarried(checkpoint, globals.home, context.ledgers)
    named([{ file: checkpoint, text }], (checkpoints) => partition.ledger.audit({ checkpoints, mayBeTorn: true }))
    return checkpointSize(text)
  }

  /** MEMBER-PRESENT, MEMBER-TOKEN: every other member of the plan is there, before anybody is asked. */
  async look(): Promise<void> {
    const { members } = this.#work.history
    const away = this.#inputs?.absent ?? []
    for (const member of members.live)
      if (member.name !== members.acting.name && !away.includes(member.name)) await this.open(member)
  }

  async open(member: KnownMember): Promise<Hsm> {
    const reached = this.reached(member)
    const key = JSON.stringify(reached)
    const hosts = this.#hosts.get(key) ?? this.#start(member, reached)
    this.#hosts.set(key, hosts)
    const hsm = await hosts
    const slots = await hsm.slots()
    const found = slotWith(addressOf(member.token), slots)?.token
    if (!found?.initialised) throw isMissing(member, faultsIn(slots), this.#work.history)
    if (found.label !== member.token.label && !this.#isEnded(member, found))
      throw notVerified(
        'MEMBER-TOKEN',
        `the token ${escaped(found.serial)} is called ${escaped(found.label)}, and that of the member ${member.name} ${escaped(member.token.label)}: somebody initialised it`,
        keyrite('member', 'retire', member.name, '--lost'),
      )
    return hsm
  }

  /** The partition was coming to its end, and its token was erased by then. */
  #isEnded(member: KnownMember, { label }: TokenFacts): boolean {
    const ending = this.#work.history.open?.plan
    return ending?.op === 'partition.retire' && label === endedLabel(member, ending)
  }

  /** The process beside the library of whoever acts is there already. */
  share(member: KnownMember, hsm: Hsm): void {
    this.#hosts.set(JSON.stringify(this.reached(member)), Promise.resolve(hsm))
    this.#shared = hsm
  }
  #shared: Hsm | undefined

  /** MODULE-CHANGED. */
  #start({ name }: KnownMember, reached: ReachedModule): Promise<Hsm> {
    const { context, globals, lock } = this.#work
    const module = this.#inputs?.modules.get(name)
    if (module) return openApproved(reached, module, this.#work)
    return context.openHsm(hsmOptions(reached, globals, context, lock))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const hosts = await Promise.all([...this.#hosts.values()].map((one) => one.catch(() => undefined)))
    this.#hosts.clear()
    await Promise.all(hosts.map((hsm) => (hsm === this.#shared ? undefined : hsm?.[Symbol.asyncDispose]())))
  }
}

/** INPUT-MISSING. */
const unvouched = (): KeyriteError =>
  usage(
    'a member is absent, and it alone could say that this ledger is old: a checkpoint that somebody has kept is wanted',
    apart(add('--checkpoint', 'FILE'), to('or, where nobody has one', add('--no-checkpoint'))),
    'INPUT-MISSING',
  )

/** MEMBER-PRESENT. */
const isMissing = ({ name, token }: KnownMember, faults: string, { unfinished }: History): KeyriteError =>
  deviceFailed(
    'MEMBER-PRESENT',
    `the token ${escaped(tokenName(token))} of the member ${name} is not there${faults}`,
    apart(
      to('to go on without it', add('--absent', name)),
      // While something is unfinished no other change begins.
      ...(unfinished ? [] : [to('where it is gone for good', keyrite('member', 'retire', name, '--lost'))]),
    ),
  )
