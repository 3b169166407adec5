// Recognises an age recipient on the command line, without loading the package that encrypts to it.
import { bech32 } from '@scure/base'
import { usage } from '../domain/errors.ts'

/** Bytes of a recipient by its prefix: X25519, and the post-quantum hybrid. Other kinds could not be opened here again. */
const LENGTHS: Record<string, number> = { age: 32, age1pq: 1216 }

/** The recipient, if it is one: `age1...`. */
export function parseRecipient(text: string): string {
  const decoded = bech32.decodeUnsafe(text, false)
  const bytes = decoded ? bech32.fromWordsUnsafe(decoded.words) : undefined
  const known = decoded && bytes instanceof Uint8Array && bytes.length === LENGTHS[decoded.prefix]
  if (known && text.startsWith('age1')) return text
  if (/^age-secret-key-/i.test(text)) {
    throw usage(
      'this is an age identity, a secret; its recipient begins with age1',
      'age-keygen -y FILE prints the recipient',
    )
  }
  throw usage('not an age recipient: those begin with age1', 'age-keygen -y FILE prints the recipient of an identity')
}
