// Wrapping keys of other sides, as the tools of clouds write them.
import { generateKeyPairSync } from 'node:crypto'

export const owner = (modulusLength: number, publicExponent = 65537) => {
  const pair = generateKeyPairSync('rsa', { modulusLength, publicExponent })
  const spki = pair.publicKey.export({ format: 'der', type: 'spki' })
  const pem = pair.publicKey.export({ format: 'pem', type: 'spki' }) as string
  return { ...pair, spki, pem, jwk: pair.publicKey.export({ format: 'jwk' }) }
}
export type Bits = 2048 | 3072 | 4096
const made = new Map<Bits, ReturnType<typeof owner>>()

function ownerOf(bits: Bits): ReturnType<typeof owner> {
  const known = made.get(bits) ?? owner(bits)
  made.set(bits, known)
  return known
}

/** Of the lengths that clouds have, each made when it is first asked for. */
export const owners = {
  get 2048() {
    return ownerOf(2048)
  },
  get 3072() {
    return ownerOf(3072)
  },
  get 4096() {
    return ownerOf(4096)
  },
}

export const TOMORROW = new Date(Date.now() + 86_400_000).toISOString()
export const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString()
export const KEK = 'https://pay.vault.azure.net/keys/kek/664f5aa2797a4075b8e36ca4500636d8'
export const HSM_KEK = 'https://pay.managedhsm.azure.net/keys/kek/664f5aa2797a4075b8e36ca4500636d8'

/** As the clouds' own tools write them. */
export const aws = (more: object = {}, { spki } = owners[3072]) => ({
  KeyId: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  ImportToken: 'AQECAHja',
  PublicKey: spki.toString('base64'),
  ParametersValidTo: TOMORROW,
  ...more,
})
export const azure = (key: object = {}, attributes: object = {}) => ({
  attributes: { enabled: true, expires: TOMORROW, notBefore: null, ...attributes },
  key: { kty: 'RSA-HSM', kid: KEK, keyOps: ['import'], n: base64(owners[2048].jwk.n!), e: 'AQAB', ...key },
})
const base64 = (url: string) => Buffer.from(url, 'base64url').toString('base64')
export const google = (importMethod: string, bits: Bits, more: object = {}) => ({
  name: 'projects/p/locations/l/keyRings/r/importJobs/june',
  importMethod,
  state: 'ACTIVE',
  expireTime: TOMORROW,
  publicKey: { pem: owners[bits].pem },
  ...more,
})
