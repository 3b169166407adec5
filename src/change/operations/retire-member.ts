// A member ends: its token is erased, or it is gone for good and given up.
import { deviceFailed, refused, usage } from '../../domain/errors.ts'
import { type Hint, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { MemberRetirePlan, OtherLedger } from '../../domain/member-plans.ts'
import type { NewRecord } from '../../domain/record.ts'
import { addressOf } from '../../domain/token-address.ts'
import { listed } from '../../domain/words.ts'
import type { Credentials } from '../credentials.ts'
import { emptied } from '../end-partition.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { HostSources, MemberTokens } from '../ports.ts'
import { faultsIn, slotWith } from '../slots.ts'

interface RetireRequest {
  member: string
  lost: boolean
  other?: OtherLedger | undefined
}

/** MEMBER-KNOWN, MEMBER-LAST-HOLDER, MEMBER-SOURCE. */
export function planMemberRetirement(
  { member, lost, other }: RetireRequest,
  history: History,
  inputs: PlanInputs,
): MemberRetirePlan {
  checkNoneOpen(history)
  if (!history.members.areSeveral) throw usage('the partition has one member', keyrite('partition', 'retire', '--help'))
  checkOneStays(member, lost, history)
  const header = planHeader('member.retire', history, inputs, {}, lost ? [] : [member])
  if (!lost) checkOthersAct(member, header)
  return { ...header, member, ...(lost ? { lost } : {}), ...(other ? { other } : {}) }
}

/** MEMBER-LAST-HOLDER: what only the member that ends is proven to hold would be on no token afterwards, and no other could be made right. */
function checkOneStays(member: string, lost: boolean, { members, backups }: History): void {
  const stay = members.live.filter(({ name }) => name !== member)
  if (stay.some(({ standing }) => standing === 'current')) return
  const names = stay.map(({ name }) => name)
  const message = `without ${member} no member is left that is proven to hold every key: ${listed(names)} ${names.length === 1 ? 'is' : 'are'} not`
  throw refused(
    'MEMBER-LAST-HOLDER',
    message,
    lost ? afterLoss(member, names, backups.at(-1)?.path) : keyrite('member', 'sync', ...names),
  )
}

/** The restored token is the only member: nothing has to be given up first. */
const afterLoss = (member: string, stay: readonly string[], newest = '--help'): Hint => [
  to('if its token can be reached after all', keyrite('member', 'sync', ...stay)),
  to(
    `if ${member} is gone for good, restore the newest backup onto a blank token, which is the only member then`,
    keyrite('backup', 'restore', newest),
  ),
]

/** MEMBER-SOURCE: another member is there that acts, and it is proven to hold every key. */
function checkOthersAct(member: string, { tokens }: Pick<MemberRetirePlan, 'tokens'>): void {
  if (tokens[0].member !== member) return
  throw refused(
    'MEMBER-SOURCE',
    `no member but ${member} is there that is proven to hold every key`,
    keyrite('member', 'sync', '--all'),
  )
}

interface RetirePorts {
  credentials: Credentials
  tokens: MemberTokens
  sources: HostSources
}

export const retireMember = (plan: MemberRetirePlan, ports: RetirePorts): Operation => ({
  async run(context) {
    if (!plan.lost) await erase(plan.member, context, ports)
    return retired(plan, context)
  },
  // One that is lost is gone with its record; of one that was to be erased nobody knows.
  determineOutcome: (context) => memberRetirementOutcome(plan, context),
})

export async function memberRetirementOutcome(plan: MemberRetirePlan, context: OperationContext): Promise<Effects> {
  return plan.lost ? retired(plan, context) : { changed: true, keys: [], unproved: true }
}

const retired = ({ member, lost }: MemberRetirePlan, { intent }: Pick<OperationContext, 'intent'>): Effects => {
  const record: NewRecord = { type: 'member.retired', intent: intent.leaf, member, token: lost ? 'lost' : 'erased' }
  return { changed: true, keys: [], before: [record] }
}

/** C_InitToken, then PINs that nobody keeps. */
async function erase(
  name: string,
  { history, members, log }: OperationContext,
  { credentials, tokens, sources }: RetirePorts,
): Promise<void> {
  const { member, session } = members!.leave(name)!
  log.leave(name)
  await session[Symbol.asyncDispose]()
  await history.members.as(name, async () => {
    const hsm = await tokens.open(member)
    const user = await credentials.pinOf('user')
    using _user = user.bytes
    const so = member.profile.so ? await credentials.pinOf('so') : user
    using _so = so.bytes
    const slots = await hsm.slots()
    const found = slotWith(addressOf(member.token), slots)
    if (!found?.token)
      throw deviceFailed('MEMBER-PRESENT', `the token of the member ${name} is not there any more${faultsIn(slots)}`)
    const { slot, token } = found
    await emptied({ slot, token }, `retired-${member.id ?? name}`, { so, user }, { hsm, sources })
  })
}
