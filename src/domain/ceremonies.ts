// Ceremonies, as a ledger tells of them: one at a time, and each plan of one between the notes that open and close it.
import {
  type CeremonyMark,
  type CeremonyNote,
  type CeremonyOpening,
  type FirstMark,
  openingOf,
} from './ceremony-marks.ts'
import { notVerified } from './errors.ts'
import type { IntentPlan } from './plan.ts'
import type { Record } from './record.ts'

/** `seq`: of the note that opened it. `closed`: that note stands, and `step` alone may follow. */
interface OpenCeremony extends CeremonyOpening {
  seq: number
  closed?: { step?: string }
}

export class Ceremonies {
  /** The last one, until it is over for good. */
  #last: OpenCeremony | undefined
  readonly #finished = new Set<string>()

  get saved() {
    return { finished: [...this.#finished], last: this.#last }
  }

  restore({ finished, last }: Ceremonies['saved']): void {
    for (const name of finished) this.#finished.add(name)
    this.#last = last
  }

  /** The one that is open: no note has closed it. */
  get open(): OpenCeremony | undefined {
    return this.#last?.closed ? undefined : this.#last
  }

  /** The same, also where a note has closed it. */
  get newest(): OpenCeremony | undefined {
    return this.#last
  }

  /** Its closing note stands: a name is used up. */
  isFinished = (name: string): boolean => this.#finished.has(name)

  /** CEREMONY-OPEN, CEREMONY-ONCE: of any record what it opens, or closes. */
  pass(record: Record): void {
    if (record.type === 'note') this.#note(record.ceremony, record.seq)
    if (record.type === 'partition.created') this.#beginWith(record.plan.ceremony)
  }

  /** CEREMONY-OPEN, CEREMONY-ONCE: of each note what it says of a ceremony, if anything. */
  #note(note: CeremonyNote | undefined, seq: number): void {
    if (!note) return
    if (note.event === 'opened') return this.#begin(note, seq)
    const { open } = this
    if (open?.name !== note.name) throw notVerified('CEREMONY-OPEN', `the ceremony ${note.name} is not open`)
    if (note.event === 'aborted') this.#last = undefined
    else {
      open.closed = note.step === undefined ? {} : { step: note.step }
      this.#finished.add(note.name)
    }
  }

  /** CEREMONY-OPEN: the plan by which the partition begins opens the ceremony that it is a step of. */
  #beginWith(mark: FirstMark | undefined): void {
    if (!mark) return
    const opening = openingOf(mark)
    if (!isOf(mark, opening)) throw notVerified('CEREMONY-OPEN', `it opens the ceremony ${mark.name} in another mode`)
    this.#last = { ...opening, seq: 0 }
  }

  #begin(note: CeremonyOpening, seq: number): void {
    if (this.open) throw notVerified('CEREMONY-OPEN', `the ceremony ${this.open.name} is still open`)
    if (this.#finished.has(note.name))
      throw notVerified('CEREMONY-ONCE', `a ceremony ${note.name} was brought to its end before`)
    this.#last = { ...note, seq }
  }

  /** CEREMONY-OPEN, CEREMONY-CLOSED: what is marked belongs to the ceremony that is open, or is the step that ends it. */
  checkPlan({ op, ceremony }: IntentPlan): void {
    if (!ceremony) return
    const last = this.#last
    if (!last || !isOf(ceremony, last))
      throw notVerified('CEREMONY-OPEN', `it belongs to the ceremony ${ceremony.name}, which is not open so`)
    if (last.closed && !mayFollow(op, ceremony.step, last.closed.step))
      throw notVerified('CEREMONY-CLOSED', `the ceremony ${ceremony.name} was closed before its step ${ceremony.step}`)
  }
}

const isOf = (mark: CeremonyMark, { name, script, site, mode }: CeremonyOpening): boolean =>
  mark.name === name && mark.script === script && mark.site === site && (mark.mode ?? 'real') === mode

const mayFollow = (op: string, step: string, last: string | undefined): boolean =>
  (op === 'audit.checkpoint' && step === last) || (op === 'partition.recover' && step === `${last}/recover`)
