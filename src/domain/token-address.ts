// How a token is named to be found: by its serial, and by its label too where the serial names no single one.

export interface TokenAddress {
  serial: string
  label?: string
}

export const isAt = (address: TokenAddress, { serial, label }: { serial: string; label: string }): boolean =>
  serial === address.serial && (address.label === undefined || label === address.label)
