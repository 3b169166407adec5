// An option by which a weakness is taken knowingly: completions offer the very words that it takes.
import { Option } from 'commander'

export class Accepting extends Option {
  constructor(
    flags: string,
    description: string,
    readonly words: readonly string[],
  ) {
    super(flags, description)
  }
}
