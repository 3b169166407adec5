// Which passphrases a person can type again, and the ways in which the same one may come from a keyboard.
import { refused } from '../domain/errors.ts'
import { unsteered } from '../domain/names.ts'
import { Secret } from '../domain/secret.ts'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** SHARE-PASSPHRASE: what no prompt takes would lock a share for good. `what`: the passphrase, or its file. */
export function checkPassphrase(passphrase: Secret, what: string): void {
  const fault = faultOf(passphrase.reveal())
  if (fault === undefined) return
  const hint = 'choose one that can be typed: letters, digits, signs, and blanks between them'
  throw refused('SHARE-PASSPHRASE', `${what} ${fault}`, hint)
}

/** In words that tell nothing of the rest. */
function faultOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'is empty: an empty passphrase protects nothing'
  const text = textOf(bytes)
  if (text === undefined) return 'is not UTF-8: another keyboard would send other bytes'
  if (text.startsWith('\ufeff')) return 'begins with a byte order mark, which nobody can type'
  if (/[\r\n]/.test(text)) return 'has more than one line, and enter ends a passphrase'
  if (/[\t\p{Cc}]/u.test(text)) return 'holds a tab or another control character, which no prompt takes'
  if (/^ | $/.test(text)) return 'begins or ends with a blank, which nobody sees'
  return unsteered(text) === text ? undefined : "holds a character that can't be seen"
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80)

/** As it is sealed: in NFC, as most keyboards send it. */
export function asSealed(passphrase: Secret): Secret {
  const bytes = passphrase.reveal()
  return new Secret(isAscii(bytes) ? Uint8Array.from(bytes) : encoded(textOf(bytes) ?? '', 'NFC'))
}

const encoded = (text: string, form: 'NFC' | 'NFD') => Uint8Array.from(Buffer.from(text.normalize(form)))

/** As it was given, and where letters beyond ASCII have several spellings, in each: composed, decomposed, and from a terminal of Latin-1. */
export function spellings(passphrase: Secret): Secret[] {
  const bytes = passphrase.reveal()
  const all = [Uint8Array.from(bytes)]
  if (!isAscii(bytes)) {
    const text = textOf(bytes) ?? Buffer.from(bytes).toString('latin1')
    for (const form of ['NFC', 'NFD'] as const) all.push(encoded(text, form))
  }
  const different = all.filter((one, i) => !all.slice(0, i).some((other) => Buffer.compare(one, other) === 0))
  return different.map((one) => new Secret(one))
}
