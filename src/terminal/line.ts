// A line that is typed, one key after the other, kept as bytes that can be wiped.
import type { Key } from './keys.ts'

const ENTER = [0x0d, 0x0a]
const BACKSPACE = [0x7f, 0x08]
const CTRL_U = 0x15

export class Line {
  /** The bytes of each character. */
  #typed: number[][] = []

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#typed.flat())
  }

  get text(): string {
    return Buffer.from(this.bytes).toString()
  }

  /** What a completion made of it. */
  set text(text: string) {
    this.wipe()
    this.#typed = [...text].map((letter) => [...Buffer.from(letter)])
  }

  /** True when the line is finished. Keys that mean nothing do nothing. */
  take(key: Key): boolean {
    if (key.kind === 'character') this.#typed.push([...key.bytes])
    if (key.kind !== 'control') return false
    if (BACKSPACE.includes(key.byte)) this.#typed.pop()?.fill(0)
    if (key.byte === CTRL_U) this.wipe()
    return ENTER.includes(key.byte)
  }

  wipe(): void {
    for (const bytes of this.#typed) bytes.fill(0)
    this.#typed = []
  }
}
