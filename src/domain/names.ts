// Names and times as people type them, parsed once at the edge.
import { utf8 } from './encoding.ts'
import { usage } from './errors.ts'
import { once } from './once.ts'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** `[a-z][a-z0-9-]{0,31}`, for partitions, groups and custodians. */
export type ShortName = Branded<'ShortName'>
/** `[a-z0-9][a-z0-9._/-]{0,62}`, for keys. */
export type KeyName = Branded<'KeyName'>
/** RFC 3339 in UTC with milliseconds, `2026-11-23T20:15:00.000Z`. */
export type Time = Branded<'Time'>

export const SHORT_NAME = /^[a-z][a-z0-9-]{0,31}$/
/** Of stations, and of what else is named by machines. */
export const STATION_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/
export const KEY_NAME = /^[a-z0-9][a-z0-9._/-]{0,62}$/
const TIME = /^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

/** Members of an object that are called so are passed over where files are read: nothing that settings are kept of has such a name. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype'])
export const isReserved = (name: string): boolean => RESERVED.has(name)

function refuseReserved(what: string, text: string): void {
  if (!isReserved(text)) return
  throw usage(`${quoted(text)} is not a valid ${what} name: the word is reserved, choose another`, undefined, 'NAME')
}

export function parseShortName(what: string, text: string): ShortName {
  if (what === 'partition') refuseReserved(what, text)
  if (SHORT_NAME.test(text)) return text as ShortName
  const small = text.toLowerCase()
  const rule = SHORT_NAME.test(small)
    ? `names are in lower case: ${small}`
    : 'start with a letter a-z, then up to 31 of a-z, 0-9 or -'
  throw usage(`${quoted(text)} is not a valid ${what} name: ${rule}`, undefined, 'NAME')
}

const named =
  (what: string) =>
  (text: string): string => {
    if (what !== 'role') refuseReserved(what, text)
    if (STATION_NAME.test(text)) return text
    const rule = 'start with a-z or 0-9, then up to 31 of a-z, 0-9 or -'
    throw usage(`${quoted(text)} is not a valid ${what} name: ${rule}`, undefined, 'NAME')
  }

export const parseStationName = named('station')
export const parseApplicationName = named('application')
export const parseCeremonyName = named('ceremony')
export const parseMemberName = named('member')
export const parseRoleName = named('role')

/** The name of a host as that of a station: its first part, in the letters that there are. */
export function stationNameOf(host: string): string {
  const name = host
    .toLowerCase()
    .replace(/\..*$/, '')
    .replaceAll(/[^a-z0-9-]/g, '-')
    .replace(/^-+/, '')
    .slice(0, 32)
  return name === '' || isReserved(name) ? 'station' : name
}

export function parseKeyName(text: string): KeyName {
  if (KEY_NAME.test(text)) return text as KeyName
  const name = beforeVersion(text)
  if (name) throw usage(`${quoted(text)} names a version: here it is the name alone, ${name}`, undefined, 'NAME')
  const rule = 'start with a-z or 0-9, then up to 62 of a-z, 0-9, dot, slash, underscore or -'
  throw usage(`${quoted(text)} is not a valid key name: ${rule}`, undefined, 'NAME')
}

/** The name, where a version is typed with it; undefined where there is none, or it is no name. */
export function beforeVersion(text: string): KeyName | undefined {
  const [name = ''] = text.split('#')
  return name !== text && KEY_NAME.test(name) ? (name as KeyName) : undefined
}

export interface KeyVersion {
  name: KeyName
  /** From 1. Absent where the name alone was typed. */
  version?: number
}

/** `NAME` or `NAME#VERSION`. */
export function parseKeyVersion(text: string): KeyVersion {
  const [name = '', version, ...rest] = text.split('#')
  if (version === undefined) return { name: parseKeyName(name) }
  if (rest.length > 0 || !/^[1-9]\d{0,8}$/.test(version)) {
    throw usage(`${quoted(text)} is not a valid key version: write NAME#1`, undefined, 'NAME')
  }
  return { name: parseKeyName(name), version: Number(version) }
}

export const label = (name: string, version: number): string => `${name}#${version}`

/** Of whatever has name and version. */
export const labelOf = ({ name, version }: { name: string; version: number }): string => label(name, version)

/** What a key is called on the token: one that was adopted keeps the label that others use it by. */
export const labelOnToken = (key: {
  name: string
  version: number
  origin: { kind: string; label?: string }
}): string => key.origin.label ?? label(key.name, key.version)

const RFC3339_Z = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/

/** RFC 3339 with Z, to milliseconds at most. */
export function parseTime(text: string): Time {
  const date = new Date(text)
  // Date rolls the 31st of February over: the day must come out as it went in.
  if (RFC3339_Z.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === text.slice(0, 19)) {
    return toTime(date)
  }
  throw usage(`${quoted(text)} is not a valid time: write it like 2026-11-23T20:15:00Z`, undefined, 'TIME')
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** The same, or a day (in UTC), which is its beginning. */
export function parseTimeOrDay(text: string): Time {
  try {
    return parseTime(DAY.test(text) ? `${text}T00:00:00Z` : text)
  } catch (error) {
    throw usage(`${(error as Error).message}, or a day alone, like 2026-11-23`, undefined, 'TIME')
  }
}

/** The same, where a day is meant to its end. */
export const parseTimeOrDayEnd = (text: string): Time =>
  DAY.test(text) ? toTime(new Date(Date.parse(parseTimeOrDay(text)) + 86_400_000 - 1)) : parseTimeOrDay(text)

/** TIME: a day of the calendar. */
export function parseDay(text: string): string {
  if (DAY.test(text) && isTime(`${text}T00:00:00.000Z`)) return text
  throw usage(`${quoted(text)} is not a day: write it like 2026-11-23`, undefined, 'TIME')
}

/** The form above, and a day that exists. */
export const isTime = (text: string): boolean =>
  TIME.test(text) && (Number(text.slice(8, 10)) < 29 || new Date(text).toISOString() === text)

export const toTime = (date: Date): Time => date.toISOString() as Time

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** `5m`, `24h`, `7d`: milliseconds, within the bounds (also in milliseconds). */
export function parseDuration(text: string, least: number, most: number): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const length = Number(count) * (UNITS[unit ?? ''] ?? Number.NaN) * 1000
  if (length >= least && length <= most) return length
  throw usage(
    `${quoted(text)} is not a duration from ${inWords(least)} to ${inWords(most)}: write it like 30m, 24h or 7d`,
  )
}

const inWords = (milliseconds: number): string =>
  milliseconds >= 86_400_000
    ? `${milliseconds / 86_400_000}d`
    : milliseconds >= 60_000
      ? `${milliseconds / 60_000}m`
      : `${milliseconds / 1000}s`

/**
 * What steers a terminal, or can't be seen on it: controls, marks of direction, characters without a shape, every blank but U+0020,
 * marks that combine with nothing, and more of them on one letter than any script has.
 */
const unseen = once(
  () => /(?! )[\p{C}\p{Z}\p{DI}\u2800\u{13441}\u{13442}\u{1d159}]|(?<![^ ])\p{M}|(?<=\p{M}{4})\p{M}/gu,
)

export const spelled = (char: string): string => `\\u{${char.codePointAt(0)!.toString(16)}}`

/** Text from outside, fit to be shown: what could steer a terminal, reorder a line or hide in it is spelled out. */
export const unsteered = (text: string): string => (/^[ -~]*$/.test(text) ? text : text.replace(unseen(), spelled))

const WIDE = / {4,}/g

/** The same in a row of a screen or of a file that people read: blanks that could fill a row, so that what follows them seems to begin another, are counted, like `\u{20}{70}`. */
export const inOneRow = (text: string): string =>
  unsteered(text).replace(WIDE, (blanks) => `${spelled(' ')}{${blanks.length}}`)

/** The same, and a backslash of its own, so that it is told from ours. */
export const escaped = (text: string): string => unsteered(text.replaceAll('\\', spelled))

/** Text that came from outside, in quotes and not too long. */
export const quoted = (text: string): string =>
  `"${escaped(text.length > 80 ? `${text.slice(0, 80)}...` : text).replaceAll('"', spelled)}"`

/** TEXT: bytes that are no UTF-8 are not known any more: a name that holds them would be the name of another file. */
export function checkWords(words: readonly string[]): void {
  const wrong = words.find((word) => word.includes('\ufffd'))
  if (wrong === undefined) return
  throw usage(`${quoted(wrong)} is not UTF-8: it can't be used as a name`, 'rename the file or the folder', 'TEXT')
}

/** One word of a command line that is shown: bash, zsh and fish read it alike, and it steers no terminal. */
export const shellQuoted = (word: string): string => {
  if (/^[\w./:@+,-][\w./:@%+=,-]*$/.test(word)) return word
  if (inOneRow(word) === word) return `'${word.replace(/['\\]/g, "'\\$&'")}'`
  // Of such names fish knows no spelling that the others know.
  const hex = (char: string) => [...utf8(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
  const inHex = (text: string) => [...text].map(hex).join('')
  return `$'${word.replace(/['\\]/g, '\\$&').replace(unseen(), hex).replace(WIDE, inHex)}'`
}
