// The token of the bare calls: a name and PINs that everybody knows.
export const LABEL = 'bare'
export const SO_PIN = '12345678'
export const PIN = '1234'
