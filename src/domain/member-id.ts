// The id of a member, and the label of its token: both follow from the plan that brings it.
import { fromBase64url, hkdf, toHex, uuidBytes } from './encoding.ts'

/** 8 bytes in hex, from the nonce (base64url) of the plan. */
export const newMemberId = (nonce: string, partition: string): string =>
  toHex(hkdf(fromBase64url(nonce), uuidBytes(partition), 'keyrite/v1/member/id', 8))

/** What the token of a member is called once it is erased at the end of its partition: by it a recovery knows that C_InitToken was done. `nonce`: of the plan of that. */
export const endedLabel = ({ id }: { id: string | undefined }, { nonce }: { nonce: string }): string =>
  `retired-${id ?? toHex(fromBase64url(nonce)).slice(0, 16)}`

/** At most 32 bytes, which is what a token takes. */
export const memberLabel = (name: string, id: string): string => `${name.slice(0, 15)}-${id}`
