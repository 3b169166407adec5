// What scripts and site files are made of: names, texts that can be drawn, lengths of time, and what stands in for a value of the day.
import * as v from 'valibot'
import { KEY_NAME, SHORT_NAME, STATION_NAME } from '../domain/names.ts'
import { holdsSecret } from '../domain/secret-text.ts'
import { wrongInText } from '../domain/texts.ts'

/** Whoever leaves the quotes out may lose zeros: a number is never taken for a text. */
const quotedText = v.string(({ input }) =>
  typeof input === 'number' || typeof input === 'boolean'
    ? `${input} stands without quotes: write it as "${input}", with every zero that it has`
    : 'not a text in quotes',
)

const wrongText = (text: string): string | undefined =>
  wrongInText(text) ?? (holdsSecret(text) ? 'holds what looks like a share or an age identity' : undefined)

/** A text for people: not empty, one line, nothing in it that could steer a terminal or turn a line around. */
const textOf = (most: number) =>
  v.pipe(
    quotedText,
    v.check((text) => text.trim() !== '', 'empty'),
    v.check(
      (text) => wrongText(text) === undefined,
      ({ input }) => `the text ${wrongText(input)}`,
    ),
    v.maxLength(most, `longer than ${most} characters`),
  )

export const Line = textOf(200)
export const Paragraph = textOf(2000)

/** Of ceremonies, roles, blanks, media and values of the site. */
export const Name = v.pipe(quotedText, v.regex(STATION_NAME, 'not a name of a-z, 0-9 and -'))
export const CustodianName = v.pipe(quotedText, v.regex(SHORT_NAME, 'not a name of a-z, 0-9 and -'))

/** `payments/card-dek#2`. */
export const KeyLabel = v.pipe(
  quotedText,
  v.check((text) => {
    const [name = '', version = '', ...rest] = text.split('#')
    return KEY_NAME.test(name) && /^[1-9]\d{0,8}$/.test(version) && rest.length === 0
  }, 'not a version of a key, such as payments/card-dek#2'),
)

const LENGTH = /^PT(?=\d)(?:(\d{1,2})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?$/

/** `PT1H30M`: seconds. Zero where it is none. */
export function secondsOf(length: string): number {
  const [, hours = '0', minutes = '0', seconds = '0'] = LENGTH.exec(length) ?? []
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

export const Length = v.pipe(
  quotedText,
  v.check((text) => secondsOf(text) > 0, 'not a length of time such as PT90S, PT10M or PT1H30M'),
)

export const distinct = <T>(all: readonly T[]): boolean =>
  new Set(all.map((one) => JSON.stringify(one))).size === all.length
