// A station's request on the disk: signed with the key that it asks for, and read back with every check.
import { readRegular } from '../disk/files.ts'
import { fromBase64url, fromUtf8, toBase64url } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import { formatRequest, parseRequest, requestMessage, type StationRequest } from '../domain/station-request.ts'
import type { Signer } from './port.ts'
import { checkKey, isSigned } from './signatures.ts'

export async function signRequest(request: StationRequest, { key, sign }: Signer): Promise<string> {
  const value = toBase64url(await sign(requestMessage(request)))
  return formatRequest({ request, signature: { key: key.id, alg: key.alg, value } })
}

const ANOTHER = 'take another copy of the request, or ask anew at that machine'

/** STATION-REQUEST, KEY-ID-DERIVED, KEY-SPKI: it is one, of a sound key, and by that key. */
export function readRequest(path: string): StationRequest {
  const { request, signature } = parseRequest(textOf(path))
  const { id, alg, spki } = request.key
  checkKey(request.key, 'EdDSA')
  const isOwn = signature.key === id && signature.alg === alg
  if (!isOwn || !isSigned(alg, spki, requestMessage(request), fromBase64url(signature.value)))
    throw notVerified('STATION-REQUEST', `${path} is not signed with the key that it asks for`, ANOTHER)
  return request
}

function textOf(path: string): string {
  const bytes = readRegular(path)
  try {
    return fromUtf8(bytes)
  } catch {
    return ''
  }
}
