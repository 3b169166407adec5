// The token that becomes a member's: blank, or one that is erased, behind a process of its own.
import type { NewMemberPorts } from '../change/operations/add-member.ts'
import { deviceFailed } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { MemberAddPlan } from '../domain/member-plans.ts'
import type { ReachedModule } from '../domain/module-profile.ts'
import { escaped } from '../domain/names.ts'
import { derivedLength } from '../domain/pins.ts'
import type { Secret } from '../domain/secret.ts'
import { addressName, addressNamed } from '../domain/token-address.ts'
import type { Hsm, Pin } from '../hsm/port.ts'
import type { Terminal } from '../terminal/port.ts'
import type { ApprovedWork, ChangeSession } from './change-session.ts'
import { chooseTarget, type TargetOptions } from './choose-token.ts'
import { hsmOptions } from './hsm-options.ts'
import { checkNobodys } from './other-partitions.ts'
import { pinOf } from './present-pin.ts'

export interface NewMemberOptions extends TargetOptions {
  soPinFile?: string
  accept: readonly string[]
}

interface ChosenMember extends AsyncDisposable {
  slot: number
  module: { path: string; sha256: string }
  erases?: string
  hsm: Hsm
  /** SO-PIN: of a token that has one which the shares don't give. */
  present(): Promise<Secret | undefined>
}

type Work = Pick<ChangeSession, 'context' | 'globals' | 'lock' | 'partition' | 'history' | 'terminal'>

/** MODULE-MISSING, TOKEN-BLANK, TOKEN-PRESENT, TOKEN-THERE, MECHANISM, SHORT-PIN: whatever rules a token out before it is touched. */
export async function chooseMember(
  reached: ReachedModule,
  options: NewMemberOptions,
  work: Work,
): Promise<ChosenMember> {
  const { context, globals, lock, history, terminal } = work
  const module = await context.inspectModule(reached.module)
  const hsm = await context.openHsm(hsmOptions({ ...reached, approved: module.sha256 }, globals, context, lock))
  try {
    const rules = { prefix: reached.pinPrefix, accepted: options.accept }
    const slots = await hsm.slots()
    const target = chooseTarget(slots, options, undefined, '', rules)
    if (target.kind !== 'blank') checkNobodys(addressName(target.token), work)
    const { unfit } = await hsm.foresee(target.slot)
    if (unfit !== undefined)
      throw deviceFailed(
        'MECHANISM',
        `the token in slot ${target.slot} can hold no partition: ${escaped(unfit)}`,
        keyrite('token', 'list'),
      )
    const token = slots.find(({ slot }) => slot === target.slot)!.token!
    derivedLength(token.pinLength, rules)
    const own = target.kind === 'blank' ? undefined : triedOn(token.label, history)
    return {
      slot: target.slot,
      module,
      hsm,
      ...(target.kind === 'blank' ? {} : { erases: addressName(target.token) }),
      present: async () =>
        own && options.soPinFile === undefined
          ? undefined
          : pinOf(target, options, { hsm, quorum: context.quorum, terminal }),
      [Symbol.asyncDispose]: () => hsm[Symbol.asyncDispose](),
    }
  } catch (error) {
    await hsm[Symbol.asyncDispose]()
    throw error
  }
}

/** The id of a member that came to nothing, or is none any more: the SO PIN of its token follows from the shares. Never that of one that lives. */
const triedOn = (label: string, { members }: History): string | undefined =>
  members.tried.find((one) => one.label === label)?.id ?? members.retired.find(({ token }) => token.label === label)?.id

/** `given`: the SO PIN that it has now, from a person. */
export function newMemberPorts(
  plan: MemberAddPlan,
  { hsm, given, reached }: { hsm: Hsm; given: Secret | undefined; reached: ReachedModule },
  { credentials }: ApprovedWork,
  work: Work,
): NewMemberPorts {
  const { context, globals, partition, history } = work
  return {
    sources: context.sources,
    credentials,
    open: async () => hsm,
    present: async (): Promise<Pin | undefined> => {
      if (given) return { bytes: given.clone(), form: 'text' }
      if (plan.erases === undefined) return undefined
      const token = await hsm.token(addressNamed(plan.erases))
      const id = token && triedOn(token.label, history)
      return id === undefined ? undefined : credentials.memberPin('so', id)
    },
    settings: () => context.settings.writeMember(globals.home, partition.name, plan.member.name, reached),
  }
}

/** Its keys come before its record: a token that became no member may hold them. */
export function warnOfBegun({ member }: MemberAddPlan, { members }: History, terminal: Terminal): void {
  if (!members.tried.some(({ id }) => id === member.id)) return
  terminal.warn(
    `a token labelled ${member.label} may hold every key, under PINs of these shares: certificates of destruction name it`,
    to(
      'erase it by taking it again',
      keyrite('member', 'add', member.name, '--erase-token', 'SERIAL', '--module', 'PATH'),
    ),
  )
}
