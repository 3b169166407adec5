// The rhythm of a bulk call: it says how far it is, and lets messages in now and then, at the cost of no key.

const REPORT_EVERY_MS = 50
const BREATHE_EVERY_MS = 10

/** What a bulk call has to do with whoever asked for it. */
export interface Company {
  report(done: number): void
  /** Ends the process when the parent is gone: nobody would record the next key. */
  leaveIfAlone(): void
}

export class Pace {
  private reported = performance.now()
  private breathed = this.reported

  constructor(private readonly company: Company) {}

  /** Between two keys. */
  async step(done: number): Promise<void> {
    this.company.leaveIfAlone()
    const now = performance.now()
    if (now - this.reported >= REPORT_EVERY_MS) {
      this.reported = now
      this.company.report(done)
    }
    if (now - this.breathed < BREATHE_EVERY_MS) return
    await new Promise(setImmediate)
    this.breathed = performance.now()
  }
}
