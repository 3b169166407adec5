// Whom a key is given to: what the file of a wrapping key says of itself is held against the plan, before anybody is asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planExport } from '../../src/change/operations/export-keys.ts'
import { samplePartition } from '../../src/docs/sample-plans.ts'
import type { Destination } from '../../src/domain/destinations.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { wrongExport } from '../../src/domain/export-rules.ts'
import { parseKeyVersion } from '../../src/domain/names.ts'
import { readPublicKeyFile } from '../../src/domain/wrapping-key.ts'
import { roca } from '../support/bad-numbers.ts'
import { aws, azure, google, HSM_KEK, KEK, owner, owners } from '../support/wrapping-keys.ts'

const partition = samplePartition()
const inputs = partition.inputs()
const [EARLIER, LATER] = [-1, 1].map((days) =>
  new Date(inputs.sources.clock().getTime() + days * 86_400_000).toISOString(),
)
const DEK = 'payments/card-dek'
const PAIR = 'sign/statements'

interface Typed {
  method?: string
  kid?: string
  accept?: string[]
}

const planned = (name: string, destination: Destination, file: object, typed: Typed = {}) => {
  const bytes = file instanceof Uint8Array ? file : Buffer.from(JSON.stringify(file))
  const wrapping = readPublicKeyFile(Uint8Array.from(bytes), 'partner')
  const wanted = { keys: [parseKeyVersion(`${name}#1`)], destination, wrapping, fileOf: () => '/srv/out', ...typed }
  return planExport(wanted, partition.history, inputs)
}

const { jwk, spki } = owners[3072]

const TAKEN: readonly [what: string, method: string, ...given: Parameters<typeof planned>][] = [
  ['by what fits best', 'sha256', DEK, 'rsa-aes', spki],
  ['by what its JWK is for', 'sha1', DEK, 'rsa-aes', { ...jwk, alg: 'RSA-OAEP', use: 'enc', key_ops: ['wrapKey'] }],
  ['by the method of that name', 'SHA384', DEK, 'vault', { ...owners[4096].jwk, alg: 'RSA-OAEP-384' }],
  ['by the method that was said', 'sha512', DEK, 'oaep', { ...jwk, alg: 'RSA-OAEP-512' }, { method: 'SHA512' }],
  ['to AWS, until its parameters end', 'RSAES_OAEP_SHA_256', DEK, 'aws', aws({ ParametersValidTo: LATER })],
  ['to Azure', 'RSA_AES_KEY_WRAP', PAIR, 'azure', azure({}, { expires: LATER })],
  ['to Azure, by the key alone', 'RSA_AES_KEY_WRAP', PAIR, 'azure', azure().key],
  ['to a managed HSM of Azure', 'RSA_AES_KEY_WRAP', DEK, 'azure', azure({ kid: HSM_KEK }, { expires: null })],
  [
    'to Google',
    'RSA_OAEP_3072_SHA1_AES_256',
    DEK,
    'google',
    google('RSA_OAEP_3072_SHA1_AES_256', 3072, { expireTime: LATER }),
  ],
]

for (const [what, method, ...given] of TAKEN)
  test(`it goes out: ${what}`, () => assert.equal(planned(...given).method, method))

const job = (more: object = {}, method = 'RSA_OAEP_3072_SHA1_AES_256') =>
  google(method, 3072, { expireTime: LATER, ...more })
const oci = (state: string) => ({ data: { 'public-key': owners[4096].pem, 'lifecycle-state': state } })

test('under a key that no HSM has it goes out where that is accepted, and the plan says so', () => {
  const accept = ['software-key']
  for (const [name, destination, file, accepted] of [
    [PAIR, 'azure', azure({ kty: 'RSA' }), accept],
    [DEK, 'google', job({ protectionLevel: 'EXTERNAL' }), accept],
    [DEK, 'google', job({ protectionLevel: 'HSM_SINGLE_TENANT' }), undefined],
    [PAIR, 'azure', azure(), undefined],
    [DEK, 'oci', oci('ENABLED'), undefined],
  ] as const)
    assert.deepEqual(planned(name, destination, file, { accept }).accepted, accepted)
  const plan = planned(PAIR, 'azure', azure({ kty: 'RSA' }), { accept })
  assert.equal(wrongExport({ ...plan, for: 'rsa-aes', method: 'sha1' }), 'what it accepts does not happen')
})

const REFUSED: readonly [code: string, what: string, ...given: Parameters<typeof planned>][] = [
  ['WRAPPING-KEY', 'RSA-1024', DEK, 'rsa-aes', owner(1024).spki],
  ['WRAPPING-KEY', 'e = 3', DEK, 'rsa-aes', { ...jwk, e: 'Aw' }],
  ['WRAPPING-KEY', 'a modulus that can be factored', DEK, 'rsa-aes', { kty: 'RSA', n: roca().n, e: 'AQAB' }],
  ['WRAPPING-KEY', 'a JWK for signatures', DEK, 'rsa-aes', { ...jwk, use: 'sig' }],
  ['WRAPPING-KEY', 'a JWK for PKCS#1 v1.5', DEK, 'rsa-aes', { ...jwk, alg: 'RSA1_5' }],
  ['WRAPPING-KEY', 'a JWK that may verify', DEK, 'rsa-aes', { ...jwk, key_ops: ['verify'] }],
  ['WRAPPING-KEY', 'a JWK that may do nothing', DEK, 'rsa-aes', { ...jwk, key_ops: [] }],
  ['WRAPPING-KEY', 'another OAEP than its own', DEK, 'rsa-aes', { ...jwk, alg: 'RSA-OAEP-256' }, { method: 'sha1' }],
  ['EXPORT-FITS', 'an OAEP that is not of the place', DEK, 'aws', { ...jwk, alg: 'RSA-OAEP-512' }],
  ['WRAPPING-KEY', 'of another cloud', DEK, 'google', aws()],
  ['WRAPPING-EXPIRED', 'of AWS, expired', DEK, 'aws', aws({ ParametersValidTo: EARLIER })],
  ['WRAPPING-EXPIRED', 'of AWS, expired in seconds', DEK, 'aws', aws({ ParametersValidTo: 1_700_000_000.5 })],
  ['EXPORT-FITS', 'a way that is not of AWS for this type', DEK, 'aws', aws(), { method: 'RSA_AES_KEY_WRAP_SHA_1' }],
  ['EXPORT-FITS', 'a pair directly', PAIR, 'aws', aws(), { method: 'RSAES_OAEP_SHA_1' }],
  ['USAGE', 'a way that nobody has', DEK, 'aws', aws(), { method: 'RSAES_PKCS1_V1_5' }],
  ['WRAPPING-KEY', 'of Azure, for more than import', PAIR, 'azure', azure({ keyOps: ['import', 'wrapKey'] })],
  ['WRAPPING-KEY', 'of Azure, for something else', PAIR, 'azure', azure({ keyOps: ['encrypt'] })],
  ['WRAPPING-KEY', 'of Azure, disabled', PAIR, 'azure', azure({}, { enabled: false })],
  ['WRAPPING-EXPIRED', 'of Azure, expired', PAIR, 'azure', azure({}, { expires: EARLIER })],
  ['WRAPPING-EXPIRED', 'of Azure, not yet', PAIR, 'azure', azure({}, { notBefore: LATER })],
  ['WRAPPING-KEY', 'of Azure, of another kid', PAIR, 'azure', azure(), { kid: `${KEK.slice(0, -1)}0` }],
  ['EXPORT-FITS', 'of Azure, without a kid', PAIR, 'azure', spki],
  ['EXPORT-FITS', 'of Azure, a secret key to a vault', DEK, 'azure', azure()],
  ['WRAPPING-KEY', 'of Azure, in software', PAIR, 'azure', azure({ kty: 'RSA' })],
  ['WRAPPING-KEY', 'of Azure, in software, by the key alone', PAIR, 'azure', azure({ kty: 'RSA' }).key],
  ['WRAPPING-KEY', 'of Google, in software', DEK, 'google', job({ protectionLevel: 'SOFTWARE' })],
  ['WRAPPING-KEY', 'of Google, elsewhere', DEK, 'google', job({ protectionLevel: 'EXTERNAL_VPC' })],
  ['WRAPPING-KEY', 'of OCI, deleted', DEK, 'oci', oci('DELETED')],
  ['WRAPPING-KEY', 'of OCI, disabled', DEK, 'oci', oci('DISABLED')],
  ['WRAPPING-EXPIRED', 'of Google, expired', DEK, 'google', job({ expireTime: EARLIER })],
  ['WRAPPING-KEY', 'of Google, pending', DEK, 'google', job({ state: 'PENDING_GENERATION' })],
  ['WRAPPING-KEY', 'of Google, not as its job', DEK, 'google', job(), { method: 'RSA_OAEP_3072_SHA256_AES_256' }],
  ['EXPORT-FITS', 'of Google, of other bits than its job', DEK, 'google', job({}, 'RSA_OAEP_4096_SHA1_AES_256')],
  ['EXPORT-FITS', 'of Google, a job of tomorrow', DEK, 'google', job({}, 'RSA_OAEP_9999')],
  ['EXPORT-FITS', 'of Vault, too short', DEK, 'vault', spki, { method: 'sha1' }],
]

for (const [code, what, ...given] of REFUSED)
  test(`${code}: ${what}`, () => {
    assert.throws(
      () => planned(...given),
      (error) => error instanceof KeyriteError && error.code === code,
    )
  })
