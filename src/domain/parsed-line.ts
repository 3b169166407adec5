// A command line that was understood, and not carried out.

export interface GivenOption {
  /** `--out`. */
  long: string
  /** As typed; none of a flag alone. */
  values: readonly string[]
  /** A file, a folder, or what tells a device from others: facts of a place. */
  isLocal: boolean
}

interface Operand {
  value: string
  isLocal: boolean
}

export interface ParsedLine {
  /** `key rotate`. */
  path: string
  operands: readonly Operand[]
  options: readonly GivenOption[]
  /** The first operand that would be asked for. */
  asksFor?: string
}

/** `isOpen`: a word whose value is not known yet; it is taken for whatever stands in its place. USAGE and its like: what can't be understood. */
export type ParseLine = (words: readonly string[], isOpen: (word: string) => boolean) => ParsedLine
