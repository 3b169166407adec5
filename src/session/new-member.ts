// The token that becomes a member's: blank, or one that is erased, behind a process of its own.
import { checkForeseenMember } from '../change/members/crossing.ts'
import type { NewMemberPorts } from '../change/operations/add-member.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { MemberAddPlan } from '../domain/member-plans.ts'
import type { ReachedModule } from '../domain/module-profile.ts'
import type { Secret } from '../domain/secret.ts'
import { addressNamed } from '../domain/token-address.ts'
import { checkPromising } from '../domain/token-fit.ts'
import { listed } from '../domain/words.ts'
import type { Hsm, Pin } from '../hsm/port.ts'
import type { Terminal } from '../terminal/port.ts'
import type { ApprovedWork } from './change-session.ts'
import { chooseTokenFor, type NewTokenOptions, type TokenWork } from './chosen-token.ts'

/** MODULE-MISSING, TOKEN-BLANK, TOKEN-PRESENT, TOKEN-THERE, MECHANISM, MEMBER-KEYS, SHORT-PIN: whatever rules a token out before it is touched. */
export const chooseMember = (reached: ReachedModule, options: NewTokenOptions, work: TokenWork) =>
  chooseTokenFor(reached, options, work, {
    async fits({ slot, hsm }) {
      const foreseen = await hsm.foresee(slot)
      checkPromising(foreseen, 'no member can begin')
      checkForeseenMember(slot, foreseen, work.history)
      return {}
    },
    isOurs: ({ label }) => triedOn(label, work.history) !== undefined,
  })

/** The id of a member that came to nothing, or is none any more: the SO PIN of its token follows from the shares. Never that of one that lives. */
const triedOn = (label: string, { members }: History): string | undefined =>
  members.tried.find((one) => one.label === label)?.id ?? members.retired.find(({ token }) => token.label === label)?.id

/** `given`: the SO PIN that it has now, from a person. */
export function newMemberPorts(
  plan: MemberAddPlan,
  { open, given, reached }: { open(): Promise<Hsm>; given: Secret | undefined; reached: ReachedModule },
  { credentials }: ApprovedWork,
  work: TokenWork,
): NewMemberPorts {
  const { context, globals, partition, history } = work
  return {
    sources: context.sources,
    credentials,
    open,
    present: async (): Promise<Pin | undefined> => {
      if (given) return { bytes: given.clone(), form: 'text' }
      if (plan.erases === undefined) return undefined
      const token = await (await open()).token(addressNamed(plan.erases))
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

/** A recovery of a destruction went on without it, and found the key elsewhere. */
export function warnOfEnding({ history, terminal }: Pick<TokenWork, 'history' | 'terminal'>): void {
  for (const { name, perhapsDestroyed } of history.members.live)
    if (perhapsDestroyed)
      terminal.warn(
        `nobody knows whether ${listed(perhapsDestroyed)} ${perhapsDestroyed.length === 1 ? 'is' : 'are'} destroyed on ${name}, and what is gone there does not come back to it`,
        to(`when ${name} is there again`, keyrite('member', 'sync', name)),
      )
}
