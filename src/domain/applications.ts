// The applications of a ledger, folded from its records: what each is wished to have, and what was last proved of that.
import { checkAdded, checkFollowed, checkPinAfter, checkRetired, wrongReport } from './application-records.ts'
import { checkAppPlan } from './application-rules.ts'
import type { CopyReport, CopyTarget } from './application-shapes.ts'
import { byNameAndVersion } from './backup.ts'
import { sameJson } from './canonical.ts'
import type { OpenIntent } from './conclusions.ts'
import { copyInWords, keysAfter, plannedCopies, wrongWish } from './copies.ts'
import { notVerified } from './errors.ts'
import { isPutRight } from './found-words.ts'
import type { Keys } from './key-history.ts'
import type { KeyState, Usage } from './keys.ts'
import {
  type AppDirectory,
  type Copy,
  type FormerToken,
  type KnownApplication,
  mayBeThere,
  wishOf,
} from './known-application.ts'
import { label } from './names.ts'
import type { IntentPlan } from './plan.ts'
import type { AppAdded, AppCopies, AppPinGiven, AppRetired, Outcome, Recovered } from './record.ts'
import type { Group, Token } from './shapes.ts'
import { tokenName } from './token-address.ts'

/** Who holds the roles, and the partition's own token. */
interface Present {
  groups: readonly Group[]
  token: Token
}

export class Applications implements AppDirectory {
  readonly #all: KnownApplication[] = []
  readonly #keys: Keys

  constructor(keys: Keys) {
    this.#keys = keys
  }

  get saved() {
    return this.#all.map(({ copies, ...app }) => ({ ...app, copies: [...copies] }))
  }

  restore(saved: Applications['saved']): void {
    this.#all.push(...saved.map(({ copies, ...app }) => ({ ...app, copies: new Map(copies) })))
  }

  /** In the order in which they came, the retired ones too. */
  get all(): readonly KnownApplication[] {
    return this.#all
  }

  /** By name. */
  get live(): readonly KnownApplication[] {
    return this.#all.filter(({ retired }) => !retired).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  named(name: string): KnownApplication | undefined {
    return this.#all.find((app) => app.name === name && !app.retired)
  }

  holding(name: string, version: number): { app: KnownApplication; copy: Copy }[] {
    return this.live.flatMap((app) => {
      const copy = app.copies.get(label(name, version))
      return copy ? [{ app, copy }] : []
    })
  }

  /** Tokens that are no live application's any more, and may hold a copy of it. */
  formerHolding(name: string, version: number): { app: KnownApplication; former: FormerToken }[] {
    return this.#all.flatMap((app) =>
      app.former
        .filter(({ holds }) => holds.some((one) => one.name === name && one.version === version))
        .map((former) => ({ app, former })),
    )
  }

  checkPlan = (plan: IntentPlan, { token }: Present): void => checkAppPlan(plan, this, this.#keys, token)

  /** Takes in the libraries that the applications of a plan are reached through. */
  begin({ plan, seq }: OpenIntent, time: string): void {
    if (!('apps' in plan)) return
    for (const { name, module } of plan.apps ?? []) this.#change(name, { module: { ...module, seq, time } })
  }

  take(record: AppAdded | AppCopies | AppPinGiven | AppRetired, intent: OpenIntent, present: Present): void {
    if (record.type === 'app.added') this.#add(record, intent, present)
    if (record.type === 'app.copies') this.#tell(record, intent)
    if (record.type === 'app.pin') this.#givePin(record, intent, present)
    if (record.type === 'app.retired') this.#retire(record, intent)
  }

  /** APP-PLANNED, APP-PIN, APP-TOKEN. */
  #add(record: AppAdded, intent: OpenIntent, present: Present): void {
    const { app, seq, time } = record
    const replaced = intent.plan.op === 'app.replace' ? this.named(app.name) : undefined
    // A token that was erased holds nothing of before.
    const isErased = replaced && 'erases' in intent.plan && intent.plan.erases === tokenName(replaced.token)
    const module = { ...checkAdded(record, intent, this, present), seq: intent.seq, time }
    intent.installed = true
    const fresh = {
      ...app,
      since: seq,
      added: time,
      given: time,
      module,
      found: [],
      looked: undefined,
      retired: undefined,
    }
    if (!replaced) this.#all.push({ ...fresh, copies: new Map(), former: [] })
    else
      this.#put({
        ...fresh,
        copies: unproven(replaced, record),
        former: isErased ? replaced.former : formerOf(replaced, record),
      })
  }

  /** APP-PLANNED, COPY-PLANNED, COPY-AS-PLANNED: each copy that the plan wants is told of once. */
  #tell({ app: name, copies, found = [], seq, time }: AppCopies, intent: OpenIntent): void {
    const planned = plannedCopies(intent.plan).find((one) => one.name === name)
    if (!planned || planned.without || !this.named(name))
      throw notVerified('APP-PLANNED', `${name} is not in the plan, or was to be left out`)
    const told = intent.apps.get(name)
    const all = new Map(told?.copies)
    const after = keysAfter(intent.plan, this.#keys)
    const targets = new Map(planned.copies.map((one) => [label(one.name, one.version), one]))
    for (const copy of copies) {
      const version = label(copy.name, copy.version)
      const target = targets.get(version)
      if (!target || all.has(version))
        throw notVerified('COPY-PLANNED', `the plan speaks of no copy of ${version} for ${name}, or it comes twice`)
      const wrong = wrongReport(copy, target, after.key(copy.name, copy.version))
      if (wrong) throw notVerified('COPY-AS-PLANNED', `the copy ${copyInWords(copy)} of ${name}: ${wrong}`)
      all.set(version, copy)
    }
    intent.apps.set(name, { copies: all, found: [...(told?.found ?? []), ...found], seq, time })
  }

  /** APP-PLANNED, APP-PIN. */
  #givePin(
    { app: name, pin, recipients, file, seq, time }: AppPinGiven,
    { plan, apps }: OpenIntent,
    { groups }: Present,
  ): void {
    const app = this.named(name)
    if (app && !WITHOUT_SO.includes(plan.op) && plannedCopies(plan).some((one) => one.name === name && !one.without))
      return this.#followSo(app, { pin, recipients, file }, groups)
    const planned = plan.op === 'app.pin' ? plan.apps.find((one) => one.name === name) : undefined
    if (plan.op !== 'app.pin' || !planned || !app || apps.has(name) || pin.kind === 'given')
      throw notVerified('APP-PLANNED', `the plan hands over no PIN of ${name}, or it comes twice`)
    if (pin.generation !== planned.generation)
      throw notVerified('APP-PIN', `the PIN of ${name} is of another generation`)
    checkPinAfter(name, pin, app.pin, groups)
    if ((recipients ?? []).join() !== (plan.recipients ?? []).join())
      throw notVerified('APP-PLANNED', `the PIN of ${name} was to be sealed for others`)
    apps.set(name, { copies: new Map(), found: [], seq, time })
    const { recipients: _, ...rest } = app
    const given = app.pin.kind === 'derived' && pin.generation === app.pin.generation ? rest.given : time
    this.#put({ ...rest, pin, given, ...(recipients ? { recipients } : {}) })
  }

  /** APP-PIN, APP-PLANNED: the SO PIN of a token that was seen; nothing is handed over. */
  #followSo(app: KnownApplication, { pin, recipients, file }: Partial<AppPinGiven>, groups: readonly Group[]): void {
    checkFollowed(app.name, pin!, app.pin, groups)
    if (recipients ?? file) throw notVerified('APP-PLANNED', `the plan hands over no PIN of ${app.name}`)
    this.#put({ ...app, pin: pin! })
  }

  /** APP-PLANNED. */
  #retire(record: AppRetired, intent: OpenIntent): void {
    const { app: name, token, seq, time } = record
    const app = this.named(name)
    if (!app) throw notVerified('APP-PLANNED', `there is no application ${name}`)
    checkRetired(record, intent, app.pin.kind === 'given')
    intent.installed = true
    const former = token === 'lost' ? formerOf(app, record) : app.former
    this.#put({ ...app, retired: { token, seq, time }, copies: new Map(), former })
  }

  /** The end of a change: what it wished is wished, where the keys are as it wanted them, and what nobody told of is unproven. */
  settle({ plan, apps }: OpenIntent, end: Outcome | Recovered): void {
    const counts = end.type === 'outcome' ? end.result !== 'failed' : end.found !== 'not done'
    for (const { name, copies: targets } of plannedCopies(plan)) {
      const app = this.named(name)
      if (!app) continue
      const told = apps.get(name)
      const copies = new Map(app.copies)
      for (const target of targets) {
        const version = label(target.name, target.version)
        const report = told?.copies.get(version)
        const copy = this.#settled(target, copies.get(version), report, told ?? end, counts && plan.op)
        if (!copy || !(mayBeThere(copy) || copy.made.length > 0)) copies.delete(version)
        else copies.set(version, copy)
      }
      const looked = told
        ? { found: told.found.filter((words) => !isPutRight(words)), looked: { seq: told.seq, time: told.time } }
        : {}
      const inOrder = [...copies].toSorted(([, a], [, b]) => byNameAndVersion(a, b))
      this.#change(name, { copies: new Map(inOrder), ...looked })
    }
  }

  /** A copy after a change that wanted it so; undefined where there was none, and is none. */
  #settled(
    target: CopyTarget,
    known: Copy | undefined,
    report: CopyReport | undefined,
    { seq, time }: { seq: number; time: string },
    op: IntentPlan['op'] | false,
  ): Copy | undefined {
    const wish = op && this.#isWish(target, known) ? target : known
    if (!wish) return undefined
    const key = this.#keys.get(label(target.name, target.version))!
    const { id, type } = key
    const made = op && wish === target ? madeFor(target, known, key.state, op) : known!.made
    const isTold =
      report?.label === wish.label && (report.state !== 'present' || sameJson(wish.usage, report.usage) || !wish.wished)
    const { state, attributes } = isTold ? report! : { state: 'unproven' as const, attributes: {} }
    const proof = report?.proof ?? known?.proof
    return { ...wishOf(wish), id, type, made, state, attributes, ...(proof ? { proof } : {}), seq, time }
  }

  /** What a change left undone of a key can't be wished of its copies. */
  #isWish(target: CopyTarget, known: Copy | undefined): boolean {
    const key = this.#keys.get(label(target.name, target.version))
    if (!key) return false
    if (known && sameJson(wishOf(known), wishOf(target))) return true
    return !wrongWish(target, key, this.#keys.inForce(target.name))
  }

  #change(name: string, more: Partial<KnownApplication>): void {
    const app = this.named(name)
    if (app) this.#put({ ...app, ...more })
  }

  #put(app: KnownApplication): void {
    this.#all[this.#all.findIndex(({ name, retired }) => name === app.name && !retired)] = app
  }
}

/** A change that hands PINs over, and a look, for which the SO's custodians need not be there. */
const WITHOUT_SO: readonly string[] = ['app.pin', 'app.check']
/** What these wish is what a copy is for from then on. */
const DELIVERS: readonly string[] = ['key.deliver', 'key.publish', 'key.promote', 'manifest.apply']
const TAKES: readonly string[] = ['key.withdraw', 'app.retire']

/** A copy that is to do nothing for now comes back when its key is resumed. */
function madeFor(target: CopyTarget, known: Copy | undefined, state: KeyState, op: string): readonly Usage[] {
  if (op === 'manifest.apply' && known && sameJson(wishOf(known), target)) return known.made
  if (DELIVERS.includes(op)) return target.usage
  const lasts = target.wished || (state === 'suspended' && !TAKES.includes(op))
  return lasts ? (known?.made ?? target.usage) : []
}

/** On another token, where nothing of it was seen yet. */
const unproven = ({ copies }: KnownApplication, { seq, time }: AppAdded): Map<string, Copy> =>
  new Map(
    [...copies]
      .filter(([, { wished, made }]) => wished || made.length > 0)
      .map(([name, copy]) => [
        name,
        { ...copy, state: copy.wished ? 'unproven' : 'absent', attributes: {}, seq, time },
      ]),
  )

/** The token that it had goes to those of before. */
const formerOf = (
  { token, pin, former, copies }: KnownApplication,
  { seq, time }: AppAdded | AppRetired,
): FormerToken[] => [...former, { token, pin, until: seq, time, holds: [...copies.values()] }]
