// Whether an answer that is like a blank's expression may begin with a dash: read off the expression itself, where it says what an answer begins with.

interface Beginning {
  dash: boolean
  /** It may match nothing, so that what follows begins it. */
  empty: boolean
}

/** Looks around, or back: what it lets through is not worked out, and may be anything. */
const ZERO_WIDTH: Beginning = { dash: false, empty: true }
const ANYTHING: Beginning = { dash: true, empty: true }

const ESCAPE = /^\\(?:u\{[^}]*\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[pP]\{[^}]*\}|c[A-Za-z]|k<[^>]*>|[1-9]\d*|.)/su
const CLASS = /^\[(?:\\.|[^\]\\])*\]/su
const GROUP = /^\((?:\?(?:<[^=!][^>]*>|:|[a-z-]+:|(?<around>=|!|<=|<!)))?/u
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/u

/** True where it may: an expression that is not understood may. It is one that RegExp takes. */
export function mayBeginWithDash(like: string): boolean {
  const reader = new Reader(like)
  const { dash } = reader.alternatives()
  return dash || reader.rest !== ''
}

class Reader {
  constructor(public rest: string) {}

  alternatives(): Beginning {
    const all = [this.#sequence()]
    while (this.#take(/^\|/)) all.push(this.#sequence())
    return { dash: all.some(({ dash }) => dash), empty: all.some(({ empty }) => empty) }
  }

  #sequence(): Beginning {
    const whole = { dash: false, empty: true }
    while (this.rest !== '' && !/^[|)]/.test(this.rest)) {
      const { dash, empty } = this.#term()
      if (whole.empty) Object.assign(whole, { dash: whole.dash || dash, empty })
    }
    return whole
  }

  #term(): Beginning {
    const atom = this.#atom()
    const quantifier = this.#take(QUANTIFIER)?.[0]
    return quantifier !== undefined && /^(?:[*?]|\{0+[,}])/.test(quantifier) ? { ...atom, empty: true } : atom
  }

  #atom(): Beginning {
    const group = this.#take(GROUP)
    if (group) {
      const within = this.alternatives()
      this.#take(/^\)/)
      return group.groups?.around === undefined ? within : ZERO_WIDTH
    }
    if (this.#take(/^[\^$]/) || this.#take(/^\\[bB]/)) return ZERO_WIDTH
    if (this.#take(/^\\(?:k<[^>]*>|[1-9]\d*)/)) return ANYTHING
    const [one] = (this.#take(CLASS) ?? this.#take(ESCAPE) ?? this.#take(/^./su))!
    return { dash: new RegExp(`^${one}`, 'u').test('-'), empty: false }
  }

  #take(what: RegExp): RegExpExecArray | undefined {
    const found = what.exec(this.rest)
    if (found) this.rest = this.rest.slice(found[0].length)
    return found ?? undefined
  }
}
