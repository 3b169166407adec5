// One more token holds every key: initialised under PINs of its own, with an audit key that the custodians let in, and every key brought to it.
import { refused } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { isExtractable, type KeyType } from '../../domain/keys.ts'
import type { KnownMember } from '../../domain/known-member.ts'
import { memberLabel, newMemberId } from '../../domain/member-id.ts'
import type { MemberAddPlan } from '../../domain/member-plans.ts'
import { isTaken } from '../../domain/member-rules.ts'
import { label } from '../../domain/names.ts'
import { isWeakness, leavesOpen, takenWith } from '../../domain/profile.ts'
import { auditKeyMessage } from '../../domain/record.ts'
import type { Token } from '../../domain/shapes.ts'
import { addressNamed, addressOf } from '../../domain/token-address.ts'
import { listed } from '../../domain/words.ts'
import type { Hsm, Pin } from '../../hsm/port.ts'
import { abilitiesIn } from '../abilities.ts'
import type { Credentials } from '../credentials.ts'
import { checkEmpty } from '../empty-token.ts'
import { isNotOnToken, liveKeys } from '../inventory.ts'
import { checkNewMember } from '../members/crossing.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { accepting, type PlanInputs, planHeader, recordedModule } from '../plan-header.ts'
import type { HostSources } from '../ports.ts'
import { checkWeaknesses, newAuditKey, profileAt, tokenOf } from '../taken-token.ts'
import { heldBy } from '../write-ahead-log.ts'
import { checkAbility } from './generate-keys.ts'

interface WantedMember {
  name: string
  slot: number
  /** The library behind which its token is. */
  module: { path: string; sha256: string }
  /** The name of an initialised token that is erased for it. */
  erases?: string
  accepted: readonly string[]
}

/** MEMBER-NAME, MEMBER-KEYS: every key can go to it. */
export function planMember(
  { name, slot, module, erases, accepted }: WantedMember,
  history: History,
  inputs: PlanInputs,
): MemberAddPlan {
  checkNoneOpen(history)
  if (isTaken(name, history.members))
    throw refused(
      'MEMBER-NAME',
      `there is a member ${name} already, or it is the one that the partition began on`,
      keyrite('member', 'list'),
    )
  checkNotOpen(history)
  checkAllCross(history)
  const header = planHeader('member.add', history, inputs)
  const id = newMemberId(header.nonce, header.partition)
  return {
    ...accepting(accepted.filter(isWeakness), header),
    member: { name, id, label: memberLabel(name, id) },
    spare: { slot, module: recordedModule(module) },
    ...(erases === undefined ? {} : { erases }),
    included: history.keys.living,
  }
}

/** MEMBER-KEYS: members are equals, and one of them would leave open what the others keep. */
function checkNotOpen({ name, profile }: History): void {
  if (!leavesOpen(profile)) return
  const message = `the token of ${name} leaves public keys where anyone can exchange them: it has no equals`
  throw refused(
    'MEMBER-KEYS',
    message,
    to('to move the partition to another token', keyrite('backup', 'restore', 'FILE')),
  )
}

/** MEMBER-KEYS. */
function checkAllCross(history: History): void {
  const stays = liveKeys(history).filter((key) => isNotOnToken(key, history) || !isExtractable(key.attributes))
  if (stays.length > 0) {
    const names = listed(stays.slice(0, 8).map((key) => label(key.name, key.version)))
    const more = stays.length > 8 ? ` and ${stays.length - 8} more` : ''
    throw refused(
      'MEMBER-KEYS',
      `${names}${more} can not leave the token, or ${stays.length === 1 ? 'is' : 'are'} not on it: no other could hold every key`,
      to(
        'what becomes of each is for its owner to say; see',
        keyrite('key', 'show', label(stays[0]!.name, stays[0]!.version)),
      ),
    )
  }
  const staying = history.requests.open.find(({ backup }) => !backup)
  if (staying)
    throw refused(
      'MEMBER-KEYS',
      `${staying.name} is awaited, and could not leave the token that it comes to`,
      keyrite('key', 'import-request', staying.name, '--cancel'),
    )
}

/** What taking the new token needs. */
export interface NewMemberPorts {
  sources: HostSources
  credentials: Credentials
  /** A process beside its library. */
  open(): Promise<Hsm>
  /** The SO PIN that it has before: of one that is erased, or that has one from its maker. */
  present(): Promise<Pin | undefined>
  /** How it is reached from now on. */
  settings(): Promise<void>
}

export function addMember(plan: MemberAddPlan, ports: NewMemberPorts): Operation {
  return {
    run: (context) => added(plan, context, ports),
    // Nothing names it before its record: what its token holds by then is not known, and it is taken again.
    determineOutcome: memberOutcome,
  }
}

export const memberOutcome = async (): Promise<Effects> => ({
  changed: false,
  keys: [],
  aside: BEGUN,
  unproved: true,
})

const BEGUN =
  'the new token may have been initialised, and hold keys; it is taken again with --erase-token, by the shares'

async function added(plan: MemberAddPlan, context: OperationContext, ports: NewMemberPorts): Promise<Effects> {
  const { history, intent, members, log } = context
  const { id, name } = plan.member
  const { credentials } = ports
  const hsm = await ports.open()
  const pins = { so: await credentials.memberPin('so', id), user: await credentials.memberPin('user', id) }
  using _so = pins.so.bytes
  using _user = pins.user.bytes
  await ports.settings()
  const token = await initialised(plan, pins, hsm, ports)
  const profile = await profileAt(addressOf(token), pins, hsm)
  checkWeaknesses(profile, plan.accepted)
  checkNewMember(name, profile, history)
  const can = abilitiesIn(profile)
  for (const { type, accepted = [] } of liveKeys(history))
    checkAbility(
      { type: type as KeyType, backup: true, accepted: [...accepted, ...(plan.accepted ?? [])] },
      can,
      'take another token',
    )
  const session = await hsm.loginWithKek({ ...addressOf(token), profile }, pins.so, pins.user, members!.transfer!)
  try {
    await checkEmpty(session)
    const auditKey = await newAuditKey(session, profile.audit, ports.sources)
    const keyApprovals = credentials.sign(auditKeyMessage(plan.partition, token.serial, auditKey))
    const member: KnownMember = {
      name,
      id,
      token,
      auditKey,
      ...takenWith(profile, plan.accepted),
      leaves: [],
      module: undefined,
      since: intent.seq,
      floor: { seq: intent.seq, leaf: intent.leaf },
      standing: 'unproven',
      proven: intent.seq,
    }
    const open = { member, session }
    const held = heldBy(open)
    await held.heads.move({ partition: plan.partition, seq: intent.seq, leaf: intent.leaf })
    log.join(held)
    members!.join(open)
    const told = { name, id, token, profile, auditKey }
    const before = [{ type: 'member.added' as const, intent: intent.leaf, member: told, keyApprovals }]
    return { changed: true, keys: [], before }
  } catch (error) {
    await session[Symbol.asyncDispose]()
    throw error
  }
}

/** TOKEN-AS-ASKED: its final PINs from the beginning. */
async function initialised(
  { spare, member, erases }: MemberAddPlan,
  { so, user }: { so: Pin; user: Pin },
  hsm: Hsm,
  ports: NewMemberPorts,
): Promise<Token> {
  const present = await ports.present()
  using _ = present?.bytes
  const before = present ?? so
  const token = await hsm.initToken(
    spare.slot,
    before,
    member.label,
    erases === undefined ? undefined : addressNamed(erases),
  )
  await hsm.setPins(addressOf(token), before, so, user)
  return tokenOf(token)
}
