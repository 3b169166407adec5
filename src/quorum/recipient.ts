// Recognises an age recipient on the command line, without loading the package that encrypts to it.
import { bech32 } from '@scure/base'
import { usage } from '../domain/errors.ts'
import { isTagPoint } from './age-tag.ts'

/** Bytes of a recipient by its prefix: X25519, the post-quantum hybrid, and P-256 on a card. Other kinds could not be opened here again. */
const LENGTHS: Record<string, number> = { age: 32, age1pq: 1216, age1tag: 33 }

export const isForCard = (recipient: string): boolean => recipient.startsWith('age1tag1')

/** The recipient, if it is one: `age1...`, or `age1tag1...` of a card. */
export function parseRecipient(text: string): string {
  const decoded = bech32.decodeUnsafe(text, false)
  const bytes = decoded ? bech32.fromWordsUnsafe(decoded.words) : undefined
  const known = decoded && bytes instanceof Uint8Array && bytes.length === LENGTHS[decoded.prefix]
  if (known && text.startsWith('age1') && (!isForCard(text) || isTagPoint(bytes))) return text
  if (text.startsWith('age1tagpq1')) {
    throw usage(
      'a recipient of the kind age1tagpq1 has a post-quantum half, which cards can not open over PKCS#11',
      'take the recipient of a P-256 key alone: age1tag1...',
    )
  }
  if (/^age-secret-key-/i.test(text)) {
    throw usage(
      'this is an age identity, a secret; its recipient begins with age1',
      'age-keygen -y FILE prints the recipient',
    )
  }
  throw usage('not an age recipient: those begin with age1', 'age-keygen -y FILE prints the recipient of an identity')
}
