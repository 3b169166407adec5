// Finds what looks like a secret in a text that others may see: the one place for messages, questions and the ledger.

import { once } from './once.ts'

/** What stands where it would have stood. */
export const HIDDEN = '(hidden)'

/** Of a share, as bech32 has them. */
const LETTER = '[qpzry9x8gf2tvdw0s3jn54khce6mua7l]'
/** What people put between groups, however much of it: all that the reader of typed shares passes over, and more. */
const BETWEEN = '[\\s\\p{Pd}\\p{Pc}\\p{Cf},:;./|+*~=\u00b7\u2022]'
/** What stands between single letters: not what ends a share in a sentence. */
const WITHIN = BETWEEN.replace(',:;', '')
const REST = `(?:\\p{Pd}?\\w+|${BETWEEN}{1,3}\\w{4}\\b)*(?:${BETWEEN}{1,3}\\w\\b)?`

const START = [...'krs1'].join(`${WITHIN}*`)
/** A share from its start, in groups of four or in any others, and what follows it: it may be mistyped. */
const SHARE = `${START}(?:(?:${WITHIN}*${LETTER}){16,}|(?:${BETWEEN}*${LETTER}{4}){2})${REST}`
const IDENTITY = 'AGE-SECRET-KEY-[\\w-]+'
/** A recipient of age is public. It has 58 of these letters, or 59 of a card, and a flag that follows would be taken for the rest of a share. */
const RECIPIENT = `\\bage1(?:tag1)?${LETTER}{58,59}(?!\\w)`
/** A share that lost its start. */
const RUN = `(?:${LETTER}{4}${BETWEEN}*){15,}${REST}`

/** Made when a text is first looked at, as is `started`: what is in them of Unicode would be a thirtieth of a start. */
const secrets = once(() => new RegExp(`(${RECIPIENT})|(?:${SHARE})|(?:${IDENTITY})|(${RUN})`, 'giu'))

/** Text in base64 has letters of both cases. */
const isOfOneCase = (text: string): boolean => text === text.toLowerCase() || text === text.toUpperCase()

/** A digest in hex is public. */
const isRun = (text: string): boolean => /[g-z]/i.test(text) && isOfOneCase(text)

/** Once in ten thousand keys or certificates the start of a share stands within. Of a share the first letter alone is likely to be of another case. */
const isInBase64 = (found: string, before: string | undefined): boolean =>
  before !== undefined && /[\w+/-]/.test(before) && !isOfOneCase(found.slice(1, 16))

/** The text, and of shares and identities of age in it only that they were there. */
export const withoutSecrets = (text: string): string =>
  text.replace(secrets(), (found: string, recipient: string | undefined, run: string | undefined, at: number) => {
    const isPublic = recipient !== undefined || (run === undefined ? isInBase64(found, text[at - 1]) : !isRun(run))
    return isPublic ? found : HIDDEN
  })

export const holdsSecret = (text: string): boolean => withoutSecrets(text) !== text

const started = once(() => new RegExp(START, 'iu'))

/** A line that is being typed: it is hidden before there is much of it. */
const BEGUN = new RegExp(`krs1|AGE-SECRET|(?:${LETTER}{4}-?){4}`, 'i')

export const maySecretBegin = (typed: string): boolean =>
  !RECIPIENT_BEGUN.test(typed) && (started().test(typed) || BEGUN.test(compact(typed)))

/** A recipient is public, and is to be compared. */
const RECIPIENT_BEGUN = /^\s*age1[a-z0-9]*\s*$/i

/** The same where a code is asked for, which people read from paper or hear: letters alone may be its own. */
export const maySecretStart = (typed: string): boolean =>
  started().test(typed) || /krs1|AGE-SECRET/i.test(compact(typed))

const compact = (typed: string): string => typed.replace(/[\s\u2010-\u2015]/g, '')
