// One key as the ledger tells of it, with each state it went through.
import { ofAKind } from './alike.ts'
import type { KeyState } from './keys.ts'
import type { KeyReport } from './shapes.ts'
import type { Form } from './shelf.ts'

/** A step in a key's life. `seq`: the record that tells of it. */
export interface KeyStep {
  state: KeyState
  time: string
  seq: number
  op: string
  published?: true
  reason?: string
}

export interface KeyEntry extends KeyReport {
  history: KeyStep[]
}

/** A key, in which place it came, and what each record told of it: a backup is held against what was told before it. */
interface KeyLife {
  number: number
  entry: KeyEntry
  told: { report: KeyReport; seq: number }[]
}

export const LIFE: Form<KeyLife> = {
  toJson: ({ number, entry, told }) => ({
    history: entry.history.map(({ op, published, reason, seq, state, time }) => ({
      op,
      published,
      reason,
      seq,
      state,
      time,
    })),
    number,
    told,
  }),
  fromJson(json) {
    const { history, number, told } = json as { history: KeyStep[] } & Omit<KeyLife, 'entry'>
    const alike = told.map(({ report, seq }) => ({ report: ofAKind(report), seq }))
    return { number, told: alike, entry: { ...alike.at(-1)!.report, history: history.map(inOrder) } }
  },
}

/** As it was told: what is printed is the same. */
const inOrder = ({ state, published, time, seq, op, reason }: KeyStep): KeyStep => ({
  state,
  ...(published ? { published } : {}),
  time,
  seq,
  op,
  ...(reason === undefined ? {} : { reason }),
})
