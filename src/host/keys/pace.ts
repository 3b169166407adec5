// The throttle of a bulk call: it reports progress, and lets messages in now and then, without slowing the keys down.

const REPORT_EVERY_MS = 50
const BREATHE_EVERY_MS = 10

/** Whoever asked for a bulk call. */
export interface Caller {
  report(done: number): void
  /** The parent is gone: nobody would record the next key. */
  isAlone(): boolean
  leave(): void
}

export class Throttle {
  private reported = performance.now()
  private breathed = this.reported

  constructor(private readonly caller: Caller) {}

  /** Between two keys, when no call is under way. */
  async step(done: number): Promise<void> {
    this.leaveIfAlone()
    this.tell(done)
    if (performance.now() - this.breathed < BREATHE_EVERY_MS) return
    await new Promise(setImmediate)
    this.breathed = performance.now()
  }

  /** Reports progress; while calls are under way nothing else may be done. */
  tell(done: number): void {
    const now = performance.now()
    if (now - this.reported < REPORT_EVERY_MS) return
    this.reported = now
    this.caller.report(done)
  }

  get isAlone(): boolean {
    return this.caller.isAlone()
  }

  leaveIfAlone(): void {
    if (this.isAlone) this.caller.leave()
  }
}
