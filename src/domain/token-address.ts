// How a token is named to be found: by its serial, and by its label too where the serial names no single one.
import type { Profile } from './profile.ts'

export interface TokenAddress {
  serial: string
  label?: string
  /** What is known of how it wants to be asked. */
  profile?: Profile
}

/** A serial of zeros, or none, is that of every token of its kind: it names none by itself. */
export const namesOne = (serial: string): boolean => /[^0]/.test(serial)

/** Of a token that is initialised. */
export const addressOf = ({ serial, label }: { serial: string; label: string }): TokenAddress =>
  namesOne(serial) ? { serial } : { serial, label }

/** Of the token that a ledger knows. */
export const addressIn = ({
  token,
  profile,
}: {
  token: { serial: string; label: string }
  profile: Profile
}): TokenAddress => ({ ...addressOf(token), profile })

/** In one word, for people and notes: its serial, or SERIAL:LABEL. */
export const addressName = ({ serial, label }: TokenAddress): string =>
  label === undefined ? serial : `${serial}:${label}`
export const tokenName = (token: { serial: string; label: string }): string => addressName(addressOf(token))

/** Of such a word. */
export function addressNamed(name: string): TokenAddress {
  const [, serial, label] = /^(0*):(.*)$/s.exec(name) ?? []
  return serial === undefined || label === undefined ? { serial: name } : { serial, label }
}

export const isAt = (address: TokenAddress, { serial, label }: { serial: string; label: string }): boolean =>
  serial === address.serial && (address.label === undefined || label === address.label)

/** Of two tokens, whether they are one for certain: a serial that names none does not tell. */
export const isSurelyOne = (one: { serial: string }, other: { serial: string }): boolean =>
  namesOne(one.serial) && one.serial === other.serial

/** A restore that empties the token which it brings the keys back to. A serial that names none does not tell. */
export const isOntoItself = ({ tokens: [token], replaces }: Restoring): boolean =>
  'serial' in token && namesOne(token.serial) && replaces.includes(token.serial)

/** Serials of the tokens that keep their keys. */
export const leftByRestore = (plan: Restoring): string[] => {
  const [token] = plan.tokens
  return isOntoItself(plan) && 'serial' in token
    ? plan.replaces.filter((serial) => serial !== token.serial)
    : [...plan.replaces]
}

interface Restoring {
  tokens: readonly [{ serial: string } | { slot: number }, ...unknown[]]
  replaces: readonly string[]
}
