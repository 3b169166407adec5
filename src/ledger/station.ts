// The station key: Ed25519, in a file. It signs only what happens without a login (docs/formats.md, 3).

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createFile, errnoOf, readOwnText } from '../disk/files.ts'
import { toBase64url } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import { apart, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { Plan } from '../domain/plan.ts'
import { keyIdOf } from '../domain/record.ts'
import { NEWER_COPY } from '../domain/stations.ts'
import type { Signer } from './port.ts'

/** A copy of the file of another: the key is the same. */
export function copyStationKey(from: string, path: string): Signer {
  const pem = readOwnText(from)
  const signer = signerOf(parse(pem, from))
  createFile(path, pem)
  return signer
}

/** Makes the key and its file (PKCS#8, PEM, mode 0600). */
export function createStationKey(path: string): Signer {
  const { privateKey } = generateKeyPairSync('ed25519')
  createFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }) as string)
  return signerOf(privateKey)
}

/** STATION-KEY: the file is there, and is a key. */
export const openStationKey = (path: string): Signer => signerOf(parse(read(path), path))

/** STATION-KNOWN: the name that the ledger gives this key, or that the plan gives it which is open, or is to be recorded next. */
export function stationName(id: string | undefined, history: History, next?: Plan): string {
  const known =
    history.stations.present.find(({ key }) => key.id === id) ?? history.arriving(next).find(({ key }) => key.id === id)
  if (known) return known.name
  const message = `this machine is not a station of partition ${history.name}: nothing that it signs would be accepted`
  const request = keyrite('station', 'request', '--out', 'FILE')
  const asked = id !== undefined && !history.stations.hasKey(id)
  throw refused('STATION-KNOWN', message, asked ? apart(NEWER_COPY, to('if it was not let in', request)) : request)
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
