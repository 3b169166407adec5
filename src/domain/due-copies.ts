// What applications are to have of one key, once what is due of its versions is done.
import type { CopyTarget } from './application-shapes.ts'
import { sameJson } from './canonical.ts'
import { DELIVERED, labelOfCopy } from './copies.ts'
import { isLost, type KeyJudgement, processingEnd, type Standing } from './due-keys.ts'
import type { Due, KeyAtApp, Present, WantedCopy } from './due-shapes.ts'
import { inOrder, isExtractable, type Usage, usagesOf } from './keys.ts'
import { type Copy, type KnownApplication, wishOf } from './known-application.ts'
import { type ManagedKey, usageOf } from './manifest.ts'

interface Found {
  due: Due[]
  copies: WantedCopy[]
}

/** `inForce`: once what is due is done. `published`: the version that waits then. */
interface Here extends Pick<KeyJudgement, 'after'> {
  key: ManagedKey
  present: Present
  inForce: number
}

export function dueCopies(key: ManagedKey, { after }: KeyJudgement, present: Present): Found {
  const found: Found = { due: [], copies: [] }
  const known = present.copies.get(key.name) ?? []
  const names = new Set([...known.map(({ app }) => app.name), ...(key.deliver?.keys() ?? [])])
  if (names.size === 0) return found
  const inForce = Math.max(
    present.history.keys.inForce(key.name),
    ...after.filter(({ state, published }) => state === 'active' && !published).map(({ version }) => version),
  )
  const here: Here = { key, present, after, inForce }
  for (const name of [...names].sort()) {
    const app = present.apps.get(name)
    if (app)
      judgeAt(
        app,
        known.filter((one) => one.app === app),
        here,
        found,
      )
  }
  return found
}

function judgeAt(app: KnownApplication, known: readonly KeyAtApp[], here: Here, found: Found): void {
  const uses = usesOf(app, known, here)
  for (const standing of here.after) {
    const copy = known.find((one) => one.copy.version === standing.version)?.copy
    const target = targetAt(standing, copy, uses, here)
    if (target) judgeCopy({ app, copy: target }, standing, copy, here, found)
  }
}

/** What the application is to use the key for; undefined where it is to have none. Where the manifest says nothing of it, as it was delivered. */
function usesOf(
  { name }: KnownApplication,
  known: readonly KeyAtApp[],
  { key, present }: Here,
): readonly Usage[] | undefined {
  if (key.deliver) return key.deliver.get(name)
  const inForce = present.history.keys.inForce(key.name)
  const made = known.find(({ copy }) => copy.version === inForce)?.copy.made ?? []
  return made.length > 0 ? made : undefined
}

/** Undefined where there is nothing to be said of that version. */
function targetAt(
  standing: Standing,
  known: Copy | undefined,
  uses: readonly Usage[] | undefined,
  here: Here,
): CopyTarget | undefined {
  const { key, inForce } = here
  const { version, entry } = standing
  const { name } = key
  const as = { name, version, label: labelOfCopy(name, version, inForce) }
  const gone: CopyTarget = { ...as, wished: false, usage: [] }
  const isAway = key.deliver !== undefined && uses === undefined
  if (isAway || isOver(standing, here)) return known && gone
  // Of what is suspended or compromised the ledger says what is to be.
  if (!DELIVERED.includes(standing.state) || standing.state === 'suspended')
    return known && { ...wishOf(known), label: as.label }
  const isNext = standing.published || (version === inForce && standing.state === 'active')
  if (!isNext && !known) return undefined
  const made = isNext ? (uses ?? known?.made) : known?.made
  if (made === undefined) return undefined
  const may = usagesOf({
    state: standing.state,
    usage: entry?.usage ?? usageOf(key.policy),
    ...(standing.published ? { published: true } : {}),
  })
  const usage = inOrder(made.filter((one) => may.includes(one)))
  if (usage.length === 0) return known && gone
  const { certificate } = known ?? {}
  return { ...as, wished: true, usage, ...(certificate === undefined ? {} : { certificate }) }
}

/** Nobody reads with it any more. */
function isOver({ entry, state }: Standing, { key, present }: Here): boolean {
  const end = entry && state === 'deactivated' ? processingEnd(key, entry) : undefined
  return end !== undefined && end <= present.now
}

function judgeCopy(wanted: WantedCopy, standing: Standing, known: Copy | undefined, here: Here, found: Found): void {
  const { app, copy } = wanted
  const { key, present } = here
  const { name, version } = copy
  const isAsIs = known !== undefined && sameJson(wishOf(known), copy)
  const isRight = isAsIs && known.state === (copy.wished ? 'present' : 'absent')
  if (isRight && !standing.moves) return laterEnd(wanted, standing, here, found)
  const isLeftOut = present.without.includes(app.name)
  if (isAsIs && !standing.moves && (isLeftOut || standing.state === 'suspended')) return
  const waits = copy.wished ? whyNot(standing, known, here) : undefined
  // What moves is told of with its key.
  const isNew = standing.entry === undefined && !standing.published
  if (!standing.moves || waits !== undefined || isNew) {
    const action = copy.wished ? ('deliver' as const) : ('withdraw' as const)
    const due = { action, name, version, app: app.name, policy: key.policyName, due: present.now }
    found.due.push(waits === undefined ? due : { ...due, waits })
  }
  if (waits === undefined) found.copies.push(wanted)
}

/** A new version may go out unbacked to whoever only reads; what is written with has to be in a backup. */
function whyNot(
  { entry, published, version }: Standing,
  known: Copy | undefined,
  { present, inForce }: Here,
): string | undefined {
  if (entry && isLost(entry, present)) return 'it is not on the token'
  if (known?.wished) return undefined
  if (entry && !isExtractable(entry.attributes)) return 'it can never leave the token'
  if (published || version !== inForce) return undefined
  const isBacked = entry ? present.isBacked(entry) : present.acceptsUnbacked
  return isBacked ? undefined : 'no backup holds it'
}

/** What is right today, and goes before the next occasion. */
function laterEnd({ app, copy }: WantedCopy, { entry, state }: Standing, { key, present }: Here, found: Found): void {
  const end = entry && copy.wished && state === 'deactivated' ? processingEnd(key, entry) : undefined
  if (end === undefined || end > present.by) return
  const { name, version } = copy
  const waits = `not before ${end.slice(0, 10)}`
  found.due.push({ action: 'withdraw', name, version, app: app.name, policy: key.policyName, due: end, waits })
}
