// By what a copy can be known again on a token, told by the mechanisms that it lists: before anything is brought there.

import type { CopyProof } from '../../domain/copy-proof.ts'
import { type Flags, isPair, isTdes, type KeyType } from '../../domain/keys.ts'
import type { TokenAddress } from '../../domain/token-address.ts'
import type { CopyUse } from '../../hsm/copies.ts'
import { kindsListed } from '../backup/wraps.ts'
import type { Device } from '../device.ts'
import { macOf } from '../keys/fingerprint.ts'
import { CKM } from '../native/constants.ts'
import { mechanismOf, schemeOf } from '../native/signatures.ts'

/** `wrap`: any of those that a token turns out to have. */
type SecretWay = Exclude<CopyProof['by'], 'kwp' | 'kw' | 'cbc-pad'> | 'wrap'

/** How a secret key with these flags is known again; undefined where nothing that it may do there could tell. */
export function secretWay(type: KeyType, flags: Flags, mechanisms: ReadonlySet<number>): SecretWay | undefined {
  const can = (mechanism: number, ...usage: string[]) => mechanisms.has(mechanism) && usage.some((flag) => flags[flag])
  const mac = macOf(type)
  if (mac !== undefined) return can(mac, 'SIGN', 'VERIFY') ? (type as SecretWay) : undefined
  // What wraps under a DES key is of no kind here.
  if (isTdes(type)) return can(CKM.DES3_ECB, 'ENCRYPT', 'DECRYPT') ? 'tdes-ecb' : undefined
  if (can(CKM.AES_ECB, 'ENCRYPT', 'DECRYPT')) return 'aes-ecb'
  if (can(CKM.AES_CMAC, 'SIGN', 'VERIFY')) return 'aes-cmac'
  return (flags.WRAP || flags.UNWRAP) && kindsListed(mechanisms).length > 0 ? 'wrap' : undefined
}

/** A public half is compared; a private one answers by whatever it may do. */
function pairAnswers(type: KeyType, flags: Flags, mechanisms: ReadonlySet<number>): boolean {
  if (flags.SIGN) return mechanisms.has(mechanismOf(schemeOf(type)))
  if (flags.DERIVE) return mechanisms.has(CKM.ECDH1_DERIVE)
  return !(flags.DECRYPT || flags.UNWRAP) || mechanisms.has(CKM.RSA_PKCS_OAEP) || mechanisms.has(CKM.RSA_PKCS)
}

const isProvable = ({ type, attributes }: CopyUse, mechanisms: ReadonlySet<number>): boolean =>
  isPair(attributes)
    ? pairAnswers(type, attributes.private, mechanisms)
    : secretWay(type, attributes, mechanisms) !== undefined

/** Of each copy whether it could be known again on that token. Nobody logs in. */
export function provable(device: Device, address: TokenAddress, copies: readonly CopyUse[]): boolean[] {
  const mechanisms = new Set(device.lib.mechanisms(device.find(address).slot))
  return copies.map((copy) => isProvable(copy, mechanisms))
}
