// The rhythm of a bulk call: it says how far it is, and lets messages in now and then, at the cost of no key.

const REPORT_EVERY_MS = 50
const BREATHE_EVERY_MS = 10

/** What a bulk call has to do with whoever asked for it. */
export interface Company {
  report(done: number): void
  /** The parent is gone: nobody would record the next key. */
  isAlone(): boolean
  leave(): void
}

export class Pace {
  private reported = performance.now()
  private breathed = this.reported

  constructor(private readonly company: Company) {}

  /** Between two keys, when no call is under way. */
  async step(done: number): Promise<void> {
    this.leaveIfAlone()
    this.tell(done)
    if (performance.now() - this.breathed < BREATHE_EVERY_MS) return
    await new Promise(setImmediate)
    this.breathed = performance.now()
  }

  /** How far it is; where calls are under way that is all that may be done. */
  tell(done: number): void {
    const now = performance.now()
    if (now - this.reported < REPORT_EVERY_MS) return
    this.reported = now
    this.company.report(done)
  }

  get isAlone(): boolean {
    return this.company.isAlone()
  }

  leaveIfAlone(): void {
    if (this.isAlone) this.company.leave()
  }
}
