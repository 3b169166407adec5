// What the bytes of a terminal mean: characters, control keys, and sequences (ECMA-48), which most questions have no use for.

export type Key =
  | { kind: 'character'; bytes: readonly number[] }
  | { kind: 'control'; byte: number }
  /** An arrow and the like; `name`: what stands behind its escape, such as `[A`. */
  | { kind: 'sequence'; name: string }

const ESCAPE = 0x1b
const DELETE = 0x7f
const ENDS_OF_LINE = [0x0d, 0x0a]
/** A terminal that is to be stopped sends SIGTSTP; the byte alone means nothing. */
const CTRL_Z = 0x1a

/** Behind an escape, and as controls of 8 bits: DCS, SOS, OSC, PM and APC begin strings; SS2 and SS3 have one character. */
const STRINGS = 'PX]^_'
const SINGLE = 'NO'

type State = 'ground' | 'character' | 'escape' | 'charset' | 'csi' | 'console' | 'single' | 'string' | 'string escape'

/** Milliseconds after which a sequence that is not finished was none: what a terminal sends by itself comes in one piece. */
const LONGEST = { escape: 100, other: 300 }

export class KeyReader {
  #state: State = 'ground'
  /** Of the character or sequence that is not finished. */
  #bytes: number[] = []
  /** Alt with a character beyond ASCII: it means nothing either. */
  #alt = false
  /** Between the marks of a bracketed paste the end of a line is no enter. */
  #pasted = false

  /** How long to wait for the rest of what was started; undefined where nothing was. */
  get patience(): number | undefined {
    if (this.#state === 'ground' || this.#state === 'character') return undefined
    return this.#state === 'escape' ? LONGEST.escape : LONGEST.other
  }

  /** Drops an unfinished sequence. */
  reset(): void {
    this.#begin('ground')
    this.#alt = false
  }

  take(byte: number): Key[] {
    switch (this.#state) {
      case 'ground':
        return this.#ground(byte)
      case 'character':
        return this.#character(byte)
      case 'escape':
        return this.#escape(byte)
      case 'string':
      case 'string escape':
        return this.#string(byte)
      default:
        return this.#sequence(byte)
    }
  }

  #begin(state: State, ...bytes: number[]): Key[] {
    this.#state = state
    this.#bytes = bytes
    return []
  }

  #again(byte: number): Key[] {
    this.#begin('ground')
    return this.#ground(byte)
  }

  #ground(byte: number): Key[] {
    if (byte === ESCAPE) return this.#begin('escape')
    if (byte < 0x20 || byte === DELETE) return this.#control(byte)
    if (byte >= 0x80 && byte < 0xa0) return this.#control8(byte)
    if (byte >= 0xc2 && byte < 0xf5) return this.#begin('character', byte)
    return this.#typed([byte])
  }

  #control(byte: number): Key[] {
    this.#alt = false
    if (byte === CTRL_Z || (this.#pasted && ENDS_OF_LINE.includes(byte))) return []
    return [{ kind: 'control', byte }]
  }

  #typed(bytes: number[]): Key[] {
    const alt = this.#alt
    this.#alt = false
    return alt ? [] : [{ kind: 'character', bytes }]
  }

  /** The same as an escape and a character of ASCII. */
  #control8(byte: number): Key[] {
    this.#alt = false
    return this.#introduced(byte - 0x40)
  }

  #introduced(byte: number): Key[] {
    const letter = String.fromCharCode(byte)
    if (letter === '[') return this.#begin('csi', byte)
    if (SINGLE.includes(letter)) return this.#begin('single', byte)
    return this.#begin(STRINGS.includes(letter) ? 'string' : 'ground')
  }

  /** UTF-8. What is none is Latin-1: a character for each byte. */
  #character(byte: number): Key[] {
    const [lead = 0] = this.#bytes
    if ((byte & 0xc0) !== 0x80) {
      const alone = this.#bytes.flatMap((one) => (one < 0xa0 ? [] : this.#typed([one])))
      return [...alone, ...this.#again(byte)]
    }
    const bytes = [...this.#bytes, byte]
    if (bytes.length < (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4)) return this.#begin('character', ...bytes)
    this.#begin('ground')
    return lead === 0xc2 && byte < 0xa0 ? this.#control8(byte) : this.#typed(bytes)
  }

  #escape(byte: number): Key[] {
    if (byte === ESCAPE) return this.#begin('escape')
    if (ENDS_OF_LINE.includes(byte)) return this.#again(byte)
    if (byte < 0x20 || byte === DELETE) return this.#begin('ground')
    if (byte < 0x30) return this.#begin('charset')
    if (byte < 0x80) return this.#introduced(byte)
    this.#alt = true
    return this.#again(byte)
  }

  #sequence(byte: number): Key[] {
    if (byte < 0x20 || byte >= 0x80) return this.#again(byte)
    this.#bytes.push(byte)
    // The function keys of the Linux console: ESC [ [ A.
    if (this.#state === 'csi' && byte === 0x5b && this.#bytes.length === 2) this.#state = 'console'
    else if (this.#state === 'console' || byte >= (this.#state === 'charset' ? 0x30 : 0x40)) return this.#ended()
    return []
  }

  #ended(): Key[] {
    const name = String.fromCharCode(...this.#bytes)
    this.#begin('ground')
    if (name === '[200~' || name === '[201~') this.#pasted = name === '[200~'
    return [{ kind: 'sequence', name }]
  }

  #string(byte: number): Key[] {
    const last = this.#bytes.at(-1) ?? 0
    this.#bytes = [byte]
    if (this.#state === 'string escape') return byte === 0x5c ? this.#begin('ground') : this.#escape(byte)
    if (ENDS_OF_LINE.includes(byte)) return this.#again(byte)
    if (byte === ESCAPE) return this.#begin('string escape')
    // In the middle of a character beyond ASCII it is no end.
    const ends = byte === 0x07 || (byte === 0x9c && (last < 0xc3 || last >= 0xf5))
    return ends ? this.#begin('ground') : []
  }
}
