// Whether a partition can begin on a token, and if not, why; what would have to be accepted, and what nobody would have there.
import { KeyriteError } from '../domain/errors.ts'
import { derivedLength, isShortPin, longestPin, pinBits } from '../domain/pins.ts'
import { brokenIn, type Foreseen, type Weakness } from '../domain/profile.ts'
import { checkFit, whyHopeless } from '../domain/token-fit.ts'
import type { Capabilities, TokenFacts } from '../hsm/port.ts'

export interface Verdict {
  /** Why no partition can begin on it. */
  no?: string
  /** What has to be accepted, as far as it can be known without a login. */
  accept: Weakness[]
  /** It wants the SO PIN that it has. */
  soPin: boolean
}

/** `rules`: text before each PIN. */
export function verdictOf(token: TokenFacts, foreseen: Foreseen, can: Capabilities | undefined, prefix = ''): Verdict {
  const no = unfit(token, prefix) ?? whyHopeless(foreseen)
  return {
    ...(no === undefined ? {} : { no }),
    accept: [
      ...(foreseen.needs ?? (can ? brokenIn(can.enforces) : [])),
      ...(no === undefined && isShortOn(token, prefix) ? (['short-pin'] as const) : []),
    ].sort(),
    soPin: token.initialised || token.soPinPreset,
  }
}

const RULES = { accepted: ['short-pin'] }
/** Of a token that fits. */
export const isShortOn = (token: TokenFacts, prefix = ''): boolean => isShortPin(charactersOf(token, prefix))
const charactersOf = ({ pinLength }: TokenFacts, prefix: string): number =>
  derivedLength(pinLength, { ...RULES, prefix })

/** Why no partition can begin on it, as far as C_GetTokenInfo tells. */
export function unfit(token: TokenFacts, prefix = ''): string | undefined {
  try {
    checkFit(token, { ...RULES, prefix })
    return undefined
  } catch (error) {
    if (error instanceof KeyriteError) return error.message
    throw error
  }
}

/** `4 to 8 characters: 40 bits of the PINs of shares`. */
export function pinsInWords(token: TokenFacts, prefix = ''): string {
  const { min, max } = token.pinLength
  const limit = longestPin({ min, max }) === undefined ? 'of any length' : `${min} to ${max} characters`
  if (unfit(token, prefix) !== undefined) return limit
  const characters = charactersOf(token, prefix)
  return isShortPin(characters) ? `${limit}: ${pinBits(characters)} bits` : limit
}
