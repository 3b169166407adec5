// What a ledger tells up to a moment, gathered for a report: its history, the tree over its records, and every change, refusal and statement with its people.

import { shortCode } from '../../domain/code.ts'
import { fromBase64url } from '../../domain/encoding.ts'
import { History } from '../../domain/history.ts'
import { MerkleTree } from '../../domain/merkle.ts'
import { labelOf } from '../../domain/names.ts'
import { type IntentPlan, type Plan, recoveredBy } from '../../domain/plan.ts'
import { planCode } from '../../domain/proposal.ts'
import type { Denied, Outcome, Record, Recovered } from '../../domain/record.ts'
import { type Said, saidOf } from '../../domain/said.ts'
import type { KeyApproval, Need } from '../../domain/shapes.ts'
import type { Found } from '../known.ts'
import { factsOf } from '../record-facts.ts'

/** How a change ended. `result`: of a refusal `refused`, of a change that nothing ended yet `open`. */
interface End {
  result: string
  seq?: number
  time?: string
  error?: string
  files?: string[]
}

/** A change, a refusal, or what shares signed without a plan. `keys`: labels. */
export interface Told {
  seq: number
  time: string
  op: string
  keys: Set<string>
  plan?: Plan
  /** The plan's code, as it was read aloud. */
  code?: string
  needs: readonly Need[]
  /** Whose shares signed it. */
  signed: readonly KeyApproval[]
  said: Said
  end?: End
  /** Records that told of its keys, or ended it. */
  toldBy: number[]
  denied?: Denied
}

/** Fed with every record of a ledger in order, it takes in those up to its time. */
export class ToldOf {
  readonly history = new History()
  readonly tree = new MerkleTree()
  readonly all: Told[] = []
  readonly #intents = new Map<string, Told>()
  /** Records of before that time that would be left out, and of that very time that are. */
  readonly leftOut = { before: 0, same: 0 }
  readonly #until: string
  readonly #through: number

  /** `through`: the last record, where those after it have that very time. */
  constructor(until: string, through = Number.POSITIVE_INFINITY) {
    this.#until = until
    this.#through = through
  }

  take({ line: { record }, leaf }: Found): void {
    if (record.time > this.#until) return
    if (record.seq > this.#through) {
      this.leftOut[record.time < this.#until ? 'before' : 'same']++
      return
    }
    this.history.apply(record, leaf)
    this.tree.add(fromBase64url(leaf))
    this.#note(record, leaf)
  }

  #note(record: Record, leaf: string): void {
    const { op: _, keys } = factsOf(record)
    const adopted = record.type === 'partition.created' && record.plan.op === 'partition.adopt' ? record.plan.keys : []
    const names = [...keys, ...adopted].map(labelOf)
    if (record.type === 'intent' || record.type === 'partition.created') return this.#begin(record, names, leaf)
    if (record.type === 'denied') return this.#refuse(record, names)
    const intent = 'intent' in record ? this.#intents.get(record.intent) : undefined
    for (const name of names) intent?.keys.add(name)
    intent?.toldBy.push(record.seq)
    if (intent && (record.type === 'outcome' || record.type === 'recovered')) intent.end = endOf(record)
    if (intent && record.type === 'partition.retired')
      intent.end = { result: 'done', seq: record.seq, time: record.time }
    if ('challenge' in record || record.type === 'quorum.confirmed') this.#state(record)
  }

  #begin(
    { seq, time, plan, approvals, ...record }: Extract<Record, { approvals: object }>,
    keys: readonly string[],
    leaf: string,
  ): void {
    const told: Told = {
      seq,
      time,
      op: plan.op,
      keys: new Set(keys),
      plan,
      code: planCode(plan),
      needs: 'needs' in plan ? plan.needs : [],
      signed: approvals,
      said: saidOf(plan),
      toldBy: [seq],
      end: record.type === 'partition.created' ? { result: 'done', seq, time } : { result: 'open' },
    }
    if (plan.op !== 'partition.init' && plan.op !== 'partition.adopt') this.#takeUp(plan, seq)
    this.all.push(told)
    this.#intents.set(leaf, told)
  }

  /** What was interrupted, and has no record of its own end: a recovery, or what is begun once more. */
  #takeUp(plan: IntentPlan, seq: number): void {
    const recovers = recoveredBy(plan)
    const last = this.all.findLast(({ end }) => end?.result === 'open')
    if (recovers === undefined || !last) return
    if (last === this.#intents.get(recovers) && plan.op === 'partition.recover') return
    last.end = { result: `interrupted, taken up by record ${seq}` }
  }

  #refuse(denied: Denied, keys: readonly string[]): void {
    const { seq, time, op, planDigest } = denied
    const code = shortCode(fromBase64url(planDigest))
    const end = { result: 'refused', error: denied.reason }
    this.all.push({
      seq,
      time,
      op,
      keys: new Set(keys),
      code,
      needs: [],
      signed: [],
      said: {},
      end,
      toldBy: [seq],
      denied,
    })
  }

  #state(record: Extract<Record, { challenge: object } | { type: 'quorum.confirmed' }>): void {
    const { seq, time, type: op } = record
    const signed = 'proof' in record ? [record.proof] : record.signed
    this.all.push({ seq, time, op, keys: new Set(), needs: [], signed, said: {}, toldBy: [seq] })
  }
}

/** Of several outcomes the last one counts. */
const endOf = (record: Outcome | Recovered): End => ({
  result: record.type === 'outcome' ? record.result : `found ${record.found}`,
  seq: record.seq,
  time: record.time,
  ...(record.type === 'outcome' && record.error ? { error: record.error.code } : {}),
  ...(record.artefacts ? { files: record.artefacts.map(({ name, sha256 }) => `${name}, sha256 ${sha256}`) } : {}),
})
