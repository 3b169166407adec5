// What a record may say of an application, held against the plan that it is of.
import { checkFree } from './application-rules.ts'
import type { AppPin, CopyReport, CopyTarget } from './application-shapes.ts'
import { sameJson } from './canonical.ts'
import type { OpenIntent } from './conclusions.ts'
import { wrongFlag } from './copies.ts'
import { copyAttributes } from './copy-attributes.ts'
import { notVerified } from './errors.ts'
import { isBare } from './key-rules.ts'
import type { AppDirectory } from './known-application.ts'
import type { AppAdded, AppRetired } from './record.ts'
import { holderOf } from './roster.ts'
import type { Group, GroupRole, KeyTarget, Token } from './shapes.ts'
import { tokenName } from './token-address.ts'

/** APP-PLANNED, APP-PIN, APP-TOKEN: the application that comes is the planned one, and its token nobody else's. Gives the library that leads to it. */
export function checkAdded(
  { app }: AppAdded,
  { plan, installed }: OpenIntent,
  apps: AppDirectory,
  { groups, token }: { groups: readonly Group[]; token: Token },
): { path: string; sha256: string } {
  if (installed || (plan.op !== 'app.init' && plan.op !== 'app.adopt' && plan.op !== 'app.replace'))
    throw notVerified('APP-PLANNED', `no open change brings ${app.name}, or it comes twice`)
  const isPlanned = plan.op === 'app.adopt' ? sameJson(plan.app.token, app.token) : plan.app.label === app.token.label
  if (plan.app.name !== app.name || plan.app.id !== app.id || !isPlanned)
    throw notVerified('APP-PLANNED', `${app.name} is not the application that was planned, or has another token`)
  const recipients = plan.op === 'app.adopt' ? undefined : plan.recipients
  if ((recipients ?? []).join() !== (app.recipients ?? []).join())
    throw notVerified('APP-PLANNED', `the PIN of ${app.name} was to be sealed for others`)
  checkFree(tokenName(app.token), apps, token, app.name)
  if ((plan.op === 'app.adopt') !== (app.pin.kind === 'given'))
    throw notVerified('APP-PIN', `the PIN of ${app.name} is ${app.pin.kind}`)
  const isShort = app.pin.kind === 'derived' && app.pin.characters !== undefined
  if (isShort && !(plan.accepted as readonly string[] | undefined)?.includes('short-pin'))
    throw notVerified('APP-PIN', `the PIN of ${app.name} is short, and nobody accepted that`)
  checkPin(app.name, app.pin, 1, groups)
  return plan.op === 'app.adopt' ? plan.app.module : plan.spare.module
}

/** APP-PIN: of that generation, by the groups that hold the roles now. */
function checkPin(name: string, pin: AppPin, generation: number, groups: readonly Group[]): void {
  if (pin.kind === 'given') return
  const holds = (role: GroupRole) => {
    const { name: group, epoch } = holderOf(role, groups)
    return { group, epoch }
  }
  if (pin.generation !== generation || !sameJson(pin.user, holds('user')) || !sameJson(pin.so, holds('so')))
    throw notVerified(
      'APP-PIN',
      `the PIN of ${name} is not that of generation ${generation} and of the groups of today`,
    )
}

/** APP-PIN: one that stays is of the shares that it was of, and a new one of those of today. The SO PIN may have followed the custodians. */
export function checkPinAfter(name: string, pin: AppPin, before: AppPin, groups: readonly Group[]): void {
  if (pin.kind === 'given' || before.kind === 'given') return
  const { name: group, epoch } = holderOf('so', groups)
  if (sameJson(pin.so, before.so) || sameJson(pin.so, { group, epoch })) {
    if (pin.generation !== before.generation)
      return checkPin(name, { ...pin, so: { group, epoch } }, pin.generation, groups)
    if (sameJson(pin.user, before.user)) return
  }
  throw notVerified('APP-PIN', `the PIN of ${name} is of other shares than it was, and than those of today`)
}

/** APP-PIN: nothing but the SO PIN has changed, which follows the custodians. */
export function checkFollowed(name: string, pin: AppPin, before: AppPin, groups: readonly Group[]): void {
  const { name: group, epoch } = holderOf('so', groups)
  const isSo = before.kind === 'derived' && sameJson(pin, { ...before, so: { group, epoch } })
  if (isSo && !sameJson(pin, before)) return
  throw notVerified('APP-PIN', `the SO PIN of ${name} has not followed the custodians, or more than that has changed`)
}

/** What is wrong with what was found of a copy. One that is not wished, and is there, is as it is. */
export function wrongReport(copy: CopyReport, target: CopyTarget, key: KeyTarget | undefined): string | undefined {
  if (!key || copy.id !== key.id) return 'it has another id'
  if (copy.label !== target.label) return `it was to be called ${target.label}`
  if (copy.proof && key.class === 'pair') return 'a pair is proved by its public key'
  if (copy.state !== 'present') return isBare(copy.attributes) ? undefined : 'what was not proved has no attributes'
  if (target.wished && copy.usage.join() !== target.usage.join()) return 'it may do other things than planned'
  return wrongFlag(copyAttributes(key.type, copy.usage), copy.attributes)
}

/** APP-PLANNED: how an application ends, and with what its token. */
export function checkRetired({ app: name, token }: AppRetired, { plan, apps }: OpenIntent, given: boolean): void {
  if (plan.op !== 'app.retire' || plan.apps[0]?.name !== name)
    throw notVerified('APP-PLANNED', `the plan is not of the end of ${name}`)
  const end = plan.lost ? 'lost' : given ? 'left' : 'erased'
  if (token !== end) throw notVerified('APP-PLANNED', `the token of ${name} was to be ${end}`)
  const told = [...(apps.get(name)?.copies.values() ?? [])]
  const areGone = told.length === plan.apps[0].copies.length && told.every(({ state }) => state === 'absent')
  if (end === 'left' && !areGone)
    throw notVerified('APP-PLANNED', `the token of ${name} is left, and nothing says that its copies are gone`)
}
