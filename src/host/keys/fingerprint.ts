// Check values of secret keys, always named with their method, and SHA-256 of public keys.
import { type Flags, isTdes, type KeyType } from '../../domain/keys.ts'
import { CKA, CKM } from '../native/constants.ts'
import type { Native } from '../native/native.ts'
import type { ObjectHandle, Session } from '../native/values.ts'

const ZEROS = Buffer.alloc(16)
const ZEROS_OF_DES = Buffer.alloc(8)
const hex = (value: Buffer, bytes: number): string => value.subarray(0, bytes).toString('hex')

/** Doubling in GF(2^128) (RFC 4493, section 2.3): the subkey K1 of the block that AES makes of zeros. */
function doubled(block: Buffer): Buffer {
  const out = Buffer.alloc(16)
  for (let i = 0; i < 16; i++) out[i] = (block[i]! << 1) | (i < 15 ? block[i + 1]! >> 7 : 0)
  if (block[0]! & 0x80) out[15]! ^= 0x87
  return out
}

/** AES-CMAC of zeros, by whatever enciphers a block: the message is one whole block, so K1 alone goes through the cipher. */
export const cmac5 = (block: (data: Buffer) => Buffer): string => `cmac5:${hex(block(doubled(block(ZEROS))), 5)}`

/** Of an HMAC key, which is checked by its own hash. */
export const HMACS = {
  'hmac-sha256': CKM.SHA256_HMAC,
  'hmac-sha384': CKM.SHA384_HMAC,
  'hmac-sha512': CKM.SHA512_HMAC,
} as const
export const macOf = (type: KeyType): number | undefined => (HMACS as { readonly [type in KeyType]?: number })[type]

/** How this token takes check values. Each way needs its flag on the key. */
export class CheckValues {
  private readonly cmac: boolean
  private readonly ecb: boolean
  private readonly tdes: boolean

  constructor(
    private readonly lib: Native,
    private readonly mechanisms: ReadonlySet<number>,
  ) {
    this.cmac = mechanisms.has(CKM.AES_CMAC)
    this.ecb = mechanisms.has(CKM.AES_ECB)
    this.tdes = mechanisms.has(CKM.DES3_ECB)
  }

  /** True where the only value is the token's own: then the template must not ask for an empty one. */
  own = (type: KeyType): boolean => (isTdes(type) ? !this.tdes : !this.cmac && !this.ecb)

  /** The flag that a key must have for a while if its usage has none that will do. */
  needs(type: KeyType): 'SIGN' | 'ENCRYPT' | undefined {
    const mac = macOf(type)
    if (mac !== undefined) return this.mechanisms.has(mac) ? 'SIGN' : undefined
    if (isTdes(type)) return this.tdes ? 'ENCRYPT' : undefined
    if (this.cmac) return 'SIGN'
    return this.ecb ? 'ENCRYPT' : undefined
  }

  /** True when the value can be taken, or never will be, with the flags as they are. */
  ready(type: KeyType, flags: Flags): boolean {
    const needed = this.needs(type)
    return needed === undefined || flags[needed] === true || this.byEcb(type, flags)
  }

  /** AES-CMAC over one block is two block encryptions: a key that encrypts needs no SIGN, not even for a moment. */
  private byEcb = (type: KeyType, flags: Flags) =>
    macOf(type) === undefined && !isTdes(type) && this.ecb && flags.ENCRYPT === true

  /** The fingerprint, or an empty text where the token gives none. */
  take(session: Session, key: ObjectHandle, type: KeyType, flags: Flags): string {
    const sign = (mechanism: number) => this.lib.sign(session, { mechanism }, key, ZEROS)
    const mac = macOf(type)
    if (mac !== undefined) return this.mechanisms.has(mac) ? `hmac5:${hex(sign(mac), 5)}` : ''
    if (isTdes(type)) return this.ofTdes(session, key, flags)
    if (this.cmac && flags.SIGN) return `cmac5:${hex(sign(CKM.AES_CMAC), 5)}`
    if (!this.byEcb(type, flags)) return this.tokensOwn(session, key)
    return cmac5((data) => this.lib.encrypt(session, { mechanism: CKM.AES_ECB }, key, data))
  }

  /** The first bytes of what it makes of a block of zeros: that of other systems too. */
  private ofTdes(session: Session, key: ObjectHandle, flags: Flags): string {
    if (!this.tdes || !flags.ENCRYPT) return this.tokensOwn(session, key)
    return `ecb3:${hex(this.lib.encrypt(session, { mechanism: CKM.DES3_ECB }, key, ZEROS_OF_DES), 3)}`
  }

  private tokensOwn(session: Session, key: ObjectHandle): string {
    const value = this.lib.read(session, key, [CKA.CHECK_VALUE]).get(CKA.CHECK_VALUE)
    return value !== undefined && value.length >= 3 ? `ecb3:${hex(value, 3)}` : ''
  }
}
