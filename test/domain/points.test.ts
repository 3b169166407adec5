// Requests for keys whose points are none, or not whole. Node ends itself where it is asked about the point at infinity.
import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { KeyriteError } from '../../src/domain/errors.ts'
import { publicKeyOrNone } from '../../src/domain/public-keys.ts'
import { readRequest } from '../../src/x509/request.ts'
import points from '../vectors/points.json' with { type: 'json' }

for (const [what, der, said] of points.requests as [string, string, string][])
  test(`a request for ${what}: refused`, () =>
    assert.rejects(
      readRequest(Uint8Array.from(Buffer.from(der, 'base64')), 'a.csr'),
      (error) => error instanceof KeyriteError && error.code === 'CERT-REQUEST' && error.message.includes(said),
    ))

test('the point at infinity is no public key', () => {
  const infinity = Buffer.from(points.infinity, 'hex')
  assert.equal(createPublicKey({ key: infinity, format: 'der', type: 'spki' }).asymmetricKeyType, 'ec')
  assert.equal(publicKeyOrNone(infinity), undefined)
})
