// Keys that nobody needs, wrapped by node: with them a token is tried as that of an application.

import { createCipheriv, generateKeyPairSync, randomBytes } from 'node:crypto'
import { copyAttributes } from '../../domain/copy-attributes.ts'
import type { KeyType, Usage } from '../../domain/keys.ts'
import { pairFingerprint } from '../../domain/public-keys.ts'
import type { CopyToSeat } from '../../hsm/port.ts'
import { takes, type Wrap } from '../backup/wraps.ts'
import { cmac5 } from '../keys/fingerprint.ts'
import { CKM } from '../native/constants.ts'

export const LABEL = 'keyrite/probe'

/** A secret key, and a pair where the token wraps and uses such. */
export function specimens(kek: Uint8Array, wraps: readonly Wrap[], mechanisms: ReadonlySet<number>): CopyToSeat[] {
  const value = randomBytes(32)
  const secret = { ...spec('aes-256', ['encrypt', 'decrypt']), fingerprint: fingerprintOf(value) }
  const forPairs = wraps.find((wrap) => takes(wrap, 'ec-p256'))
  const made = [{ ...secret, ...wrapped(kek, wraps[0]!, value) }]
  return forPairs === undefined || !mechanisms.has(CKM.ECDSA) ? made : [...made, pair(kek, forPairs)]
}

function pair(kek: Uint8Array, wrap: Wrap): CopyToSeat {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  const spki = Uint8Array.from(publicKey)
  const key = { ...spec('ec-p256', ['sign', 'verify']), spki, fingerprint: pairFingerprint(spki) }
  return { ...key, ...wrapped(kek, wrap, privateKey) }
}

const spec = (type: KeyType, usage: readonly Usage[]) => ({
  label: LABEL,
  id: Uint8Array.from(randomBytes(16)),
  type,
  attributes: copyAttributes(type, usage),
})

function wrapped(kek: Uint8Array, { kind }: Wrap, value: Uint8Array): Required<Pick<CopyToSeat, 'wrap' | 'blob'>> {
  const iv = randomBytes(kind.ivLength)
  return { wrap: kind.name, blob: Uint8Array.from(Buffer.concat([iv, kind.wrapped(kek, value, iv)])) }
}

function fingerprintOf(value: Uint8Array): string {
  const block = (data: Uint8Array) => createCipheriv('aes-256-ecb', value, null).update(data)
  return cmac5(block)
}
