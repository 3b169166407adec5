// The station key: Ed25519, in a file. It signs only what happens without a login (design, part 6.3).
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createFile, errnoOf, readOwnText } from '../disk/files.ts'
import { toBase64url } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import { keyIdOf } from '../domain/record.ts'
import type { SigningKey } from '../domain/shapes.ts'
import type { Signer } from './port.ts'

/** Makes the key and its file (PKCS#8, PEM, mode 0600). */
export function createStationKey(path: string): Signer {
  const { privateKey } = generateKeyPairSync('ed25519')
  createFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }) as string)
  return signerOf(privateKey)
}

/** STATION-KEY: the file is there, is a key, and is the one that the ledger names. */
export function openStationKey(path: string, expected?: SigningKey): Signer {
  const signer = signerOf(parse(read(path), path))
  if (expected && signer.key.id !== expected.id) {
    throw refused('STATION-KEY', `${path} is not the station key that the ledger names (${expected.id})`)
  }
  return signer
}

function read(path: string): string {
  try {
    return readOwnText(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw refused('STATION-KEY', `the station key is missing: ${path}`)
    throw error
  }
}

function parse(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw refused('STATION-KEY', `${path} is not a private key`)
  }
}

function signerOf(privateKey: KeyObject): Signer {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return {
    key: { id: keyIdOf(spki), alg: 'EdDSA', spki: toBase64url(spki) },
    sign: async (message) => Uint8Array.from(sign(null, message, privateKey)),
  }
}
