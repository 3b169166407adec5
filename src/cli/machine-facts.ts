// What doctor knows of the machine and the process: facts, not judged. Undefined where they can't be read here.
export interface Swap {
  device: string
  kept: 'plain' | 'encrypted' | 'memory'
}

export interface MachineFacts {
  /** Such as `20.19.0`. */
  node: string
  platform: string
  arch: string
  uid: number | undefined
  swaps: Swap[] | undefined
  /** The limit on core files, as the system writes it: `0`, `unlimited`. */
  coreLimit: string | undefined
  corePattern: string | undefined
  /** Yama's: `0` lets any process of a user read another. */
  ptraceScope: string | undefined
  /** The system knows that its clock follows others. */
  clockSynchronised: boolean | undefined
  /** There is a terminal to ask at. */
  tty: boolean
  columns: number | undefined
}
