// The id of an application, and the label of a token that is initialised for it: both follow from the plan.
import { fromBase64url, hkdf, toHex, uuidBytes } from './encoding.ts'

/** 8 bytes in hex, from the nonce (base64url) of the plan that brings its token. */
export const newAppId = (nonce: string, partition: string): string =>
  toHex(hkdf(fromBase64url(nonce), uuidBytes(partition), 'keyrite/v1/app/id', 8))

/** At most 32 bytes, which is what a token takes. */
export const appTokenLabel = (name: string, id: string): string => `${name.slice(0, 15)}-${id}`
