// A line that is typed unseen, one key after the other, kept as bytes that can be wiped.

const ENTER = [0x0d, 0x0a]
const BACKSPACE = [0x7f, 0x08]
const CTRL_U = 0x15
const ESCAPE = 0x1b

export class Line {
  readonly #bytes: number[] = []
  /** Arrows and the like send several bytes, and mean nothing here. */
  #sequence: 'none' | 'begun' | 'inside' = 'none'

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  /** True when the line is finished. */
  take(byte: number): boolean {
    if (this.#ofSequence(byte)) return false
    if (ENTER.includes(byte)) return true
    if (BACKSPACE.includes(byte)) this.#eraseLast()
    else if (byte === CTRL_U) this.wipe()
    else if (byte >= 0x20) this.#bytes.push(byte)
    return false
  }

  #ofSequence(byte: number): boolean {
    const before = this.#sequence
    if (before === 'none') this.#sequence = byte === ESCAPE ? 'begun' : 'none'
    else if (before === 'begun') this.#sequence = byte === 0x5b || byte === 0x4f ? 'inside' : 'none'
    else if (byte >= 0x40 && byte <= 0x7e) this.#sequence = 'none'
    return before !== 'none' || this.#sequence !== 'none'
  }

  /** A character beyond ASCII has several bytes. */
  #eraseLast(): void {
    while (((this.#bytes.at(-1) ?? 0) & 0xc0) === 0x80) this.#bytes.pop()
    this.#bytes.pop()
  }

  wipe(): void {
    this.#bytes.fill(0)
    this.#bytes.length = 0
  }
}
