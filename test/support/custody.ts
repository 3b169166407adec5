// Custodians and signing keys in software: keys that sign like a share, a token or a station.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { toBase64url } from '../../src/domain/encoding.ts'
import { withLowS } from '../../src/domain/public-keys.ts'
import { keyIdOf } from '../../src/domain/record.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { Alg, Group, GroupRole, KeyApproval, SigningKey } from '../../src/domain/shapes.ts'
import type { Signer } from '../../src/ledger/port.ts'
import { quorum } from '../../src/quorum/quorum.ts'

export interface TestSigner {
  key: SigningKey
  /** ES256: r‖s. */
  sign(message: Uint8Array): Uint8Array
}

const signFor: Record<Alg, (message: Uint8Array, key: KeyObject) => Uint8Array> = {
  ES256: (message, key) => withLowS(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })),
  EdDSA: (message, key) => sign(null, message, key),
  PS256: (message, key) => sign('sha256', message, { key, padding: 6 /* RSA_PKCS1_PSS_PADDING */, saltLength: 32 }),
}

function newPair(alg: Alg): { publicKey: KeyObject; privateKey: KeyObject } {
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519')
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

export const signerOf = (alg: Alg, { publicKey, privateKey }: ReturnType<typeof newPair>): TestSigner => {
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return {
    key: { id: keyIdOf(spki), alg, spki: toBase64url(spki) },
    sign: (message) => Uint8Array.from(signFor[alg](message, privateKey)),
  }
}

export const newSigner = (alg: Alg): TestSigner => signerOf(alg, newPair(alg))

const made = new WeakMap<TestSigner, Map<string, Uint8Array>>()

/** The same signature each time: most of what a telling signs, another has signed before it. */
export function signedOnce(signer: TestSigner, message: Uint8Array): Uint8Array {
  const known = made.get(signer) ?? new Map<string, Uint8Array>()
  made.set(signer, known)
  const text = Buffer.from(message).toString('latin1')
  const signature = known.get(text) ?? signer.sign(message)
  known.set(text, signature)
  return signature
}

/** As the ledger's port wants it. */
export const asPort = ({ key, sign: signNow }: TestSigner): Signer => ({ key, sign: async (m) => signNow(m) })

/** A group as the roster knows it, and the shares that its custodians hold. */
export interface Custody {
  group: Group
  /** Of each custodian. A share makes this key anew for every signature, which takes longer than to sign. */
  signers: TestSigner[]
}

export interface CustodyRequest {
  name: string
  roles: GroupRole[]
  threshold: number
  people: string[]
  epoch?: number
}

/** As a roster names it: the last 32 bytes of its SubjectPublicKeyInfo. */
const rawKeyOf = ({ key }: TestSigner): string => toBase64url(Buffer.from(key.spki, 'base64url').subarray(-32))

export function newCustody(partition: string, request: CustodyRequest): Custody {
  const { name, roles, threshold, people, epoch = 1 } = request
  using secret = new Secret(Uint8Array.from(randomBytes(32)))
  const signers = people.map(() => newSigner('EdDSA'))
  const custodians = people.map((person, i) => ({ name: person, key: rawKeyOf(signers[i]!) }))
  const check = toBase64url(quorum.checkValue(secret, partition))
  return { group: { name, roles, threshold, epoch, check, custodians }, signers }
}

/** What custodians sign: these people, or the first M. */
export function signaturesOf({ group, signers }: Custody, message: Uint8Array, people?: string[]): KeyApproval[] {
  const whose = people ?? group.custodians.slice(0, group.threshold).map((custodian) => custodian.name)
  return whose.map((person) => {
    const i = group.custodians.findIndex((custodian) => custodian.name === person)
    const { name: custodian, key } = group.custodians[i]!
    return {
      custodian,
      group: group.name,
      epoch: group.epoch,
      key,
      value: toBase64url(signedOnce(signers[i]!, message)),
    }
  })
}

export const everyone = ({ group }: Custody): string[] => group.custodians.map((custodian) => custodian.name)
