// What looks like a secret in a text that anybody may come to see: the one place that messages, questions and the ledger ask.

/** What stands where it would have stood. */
export const HIDDEN = '(hidden)'

/** Of a share, as bech32 has them. */
const LETTER = '[qpzry9x8gf2tvdw0s3jn54khce6mua7l]'
const GAP = '[\\s\\u2010-\\u2015-]?'
const REST = '(?:[\\u2010-\\u2015-]?\\w+|\\s\\w{4}\\b)*(?:\\s\\w\\b)?'

/** A share from its start, in groups or not, and what follows it: it may be mistyped. */
const SHARE = `krs1(?:${GAP}${LETTER}{4}){2}${REST}`
const IDENTITY = 'AGE-SECRET-KEY-[\\w-]+'
/** A share that lost its start. A recipient of age, which is public, has 58 of these letters. */
const RUN = `(?:${LETTER}{4}${GAP}){15,}${REST}`

const SECRETS = new RegExp(`(?:${SHARE})|(?:${IDENTITY})|(${RUN})`, 'gi')

/** A digest in hex is public; text in base64 has letters of both cases. */
const isRun = (text: string): boolean =>
  /[g-z]/i.test(text) && (text === text.toLowerCase() || text === text.toUpperCase())

/** The text, and of shares and identities of age in it only that they were there. */
export const withoutSecrets = (text: string): string =>
  text.replace(SECRETS, (found, run?: string) => (run === undefined || isRun(run) ? HIDDEN : found))

export const holdsSecret = (text: string): boolean => withoutSecrets(text) !== text

/** A line that is being typed: it is hidden before there is much of it. */
const BEGUN = new RegExp(`krs1|AGE-SECRET|(?:${LETTER}{4}-?){4}`, 'i')

export const maySecretBegin = (typed: string): boolean => BEGUN.test(typed.replace(/[\s\u2010-\u2015]/g, ''))
