// Certificates of keys that others wrap with: what openssl writes into one of its use is kept.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { whyNotToWrap } from '../../src/x509/wraps.ts'

const SUBJECT = [
  '-subj',
  '/CN=partner',
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  '-keyout',
  '/dev/null',
  '-out',
  '-',
]

/** A certificate with these extensions, as DER. */
function certificate(extensions: readonly string[]): Uint8Array {
  const added = extensions.flatMap((one) => ['-addext', one])
  const pem = execFileSync('openssl', ['req', '-x509', '-config', '/dev/null', ...SUBJECT, ...added], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return Uint8Array.from(new X509Certificate(pem).raw)
}

for (const [what, extensions, why] of [
  ['one that says nothing', [], undefined],
  ['to encipher keys', ['keyUsage=critical,keyEncipherment,digitalSignature'], undefined],
  [
    'to sign',
    ['keyUsage=critical,digitalSignature'],
    /for digitalSignature \(key usage\), and not for keyEncipherment/,
  ],
  ['of a CA', ['keyUsage=keyCertSign,cRLSign'], /for keyCertSign, cRLSign/],
  ['to sign code', ['extendedKeyUsage=codeSigning'], /for 1\.3\.6\.1\.5\.5\.7\.3\.3 alone/],
  ['of a server', ['keyUsage=keyEncipherment', 'extendedKeyUsage=serverAuth,clientAuth'], /3\.1, .*3\.2 alone/],
  ['for mail', ['keyUsage=keyEncipherment', 'extendedKeyUsage=emailProtection,clientAuth'], undefined],
  ['for whatever there is', ['extendedKeyUsage=anyExtendedKeyUsage'], undefined],
] as const)
  test(`a certificate ${what}`, async () => {
    const found = await whyNotToWrap(certificate(extensions))
    if (why) assert.match(found!, why)
    else assert.equal(found, undefined)
  })

test('what can not be read is not let be', async () => {
  assert.match((await whyNotToWrap(Uint8Array.of(48, 0)))!, /can not be read/)
})
