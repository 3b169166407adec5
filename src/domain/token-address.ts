// How a token is named to be found: by its serial, and by its label too where the serial names no single one.
import type { Profile } from './profile.ts'

export interface TokenAddress {
  serial: string
  label?: string
  /** What is known of how it wants to be asked. */
  profile?: Profile
}

/** Of the token that a ledger knows. */
export const addressOf = ({
  token,
  profile,
}: {
  token: { serial: string; label: string }
  profile: Profile
}): TokenAddress => ({
  serial: token.serial,
  profile,
  ...(profile.identity === 'label' ? { label: token.label } : {}),
})

export const isAt = (address: TokenAddress, { serial, label }: { serial: string; label: string }): boolean =>
  serial === address.serial && (address.label === undefined || label === address.label)
