// Bytes that must not be seen: hidden from print, JSON and templates, revealed in one line, wiped by `using`.

/** Secret bytes. The constructor takes ownership of the array: nobody else may keep it. */
export class Secret implements Disposable {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The bytes themselves, not a copy: they are zero after disposal. */
  reveal(): Uint8Array {
    return this.#bytes
  }

  /** An independent copy with a life of its own. */
  clone(): Secret {
    return new Secret(Uint8Array.from(this.#bytes))
  }

  [Symbol.dispose](): void {
    this.#bytes.fill(0)
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}
