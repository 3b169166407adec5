// Wrapping keys of other sides, as the tools of clouds write them.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import RSA from '../vectors/rsa.json' with { type: 'json' }

const described = (publicKey: KeyObject, privateKey: KeyObject) => {
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string
  return { publicKey, privateKey, spki, pem, jwk: publicKey.export({ format: 'jwk' }) }
}

export const owner = (modulusLength: number, publicExponent = 65537) => {
  const pair = generateKeyPairSync('rsa', { modulusLength, publicExponent })
  return described(pair.publicKey, pair.privateKey)
}
export type Bits = 2048 | 3072 | 4096
const read = new Map<Bits, ReturnType<typeof owner>>()

/** One of each length for all tests: to make them takes seconds. */
function ownerOf(bits: Bits): ReturnType<typeof owner> {
  const known = read.get(bits)
  if (known) return known
  const key = createPrivateKey({ key: Buffer.from(RSA[bits], 'base64'), format: 'der', type: 'pkcs8' })
  const one = described(createPublicKey(key), key)
  read.set(bits, one)
  return one
}

/** Of the lengths that clouds have. */
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
