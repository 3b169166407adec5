// Keys as others send them, by the file of a request.
import { constants, publicEncrypt } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** RSA-OAEP for the transport key of that request, as it says. */
export function sealedFor(request: string, value: Uint8Array): Buffer {
  const { pem, hash } = JSON.parse(readFileSync(request, 'utf8')).request
  return publicEncrypt({ key: pem.join('\n'), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, value)
}
