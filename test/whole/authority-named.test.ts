// A CA whose name others spelled otherwise than keyrite does: what it issues has that very name, byte by byte, and openssl finds its signer by it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import type { Sequence } from 'asn1js'
import { der, parsedDer } from '../../src/domain/certificate-request.ts'
import { toPem } from '../../src/domain/pem.ts'
import { exactInWords, exactName } from '../../src/domain/x509/exact-name.ts'
import { certificateInfo, keyIdOf, signedWhole } from '../../src/domain/x509/write.ts'
import { readIssuer } from '../../src/x509/issuer.ts'
import { ISSUING, LIST, readyAuthority, request } from '../support/authority-files.ts'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'

let ready: TestPartition
before(async () => {
  ready = await partition()
  await readyAuthority(ready)
})

const outer = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

/** A certificate of the key on the token under this name, by somebody else's CA. */
function certificateOf(spki: Uint8Array, name: string): string {
  const info = certificateInfo({
    serial: '4a02',
    algorithm: 'ecdsa-sha256',
    issuer: 'CN=Outer',
    subject: 'CN=inner',
    notBefore: '2025-01-01T00:00:00.000Z',
    notAfter: '2056-01-01T00:00:00.000Z',
    spki: Buffer.from(spki).toString('base64url'),
    subjectKeyId: keyIdOf(spki),
    authorityKeyId: 'aa',
    ca: true,
    keyUsage: ['keyCertSign', 'cRLSign'],
  })
  const { result } = parsedDer(info)
  const parts = (result as Sequence).valueBlock.value
  parts[5] = exactName(name)
  const named = der(result)
  const signature = sign('sha256', named, { key: outer, dsaEncoding: 'ieee-p1363' })
  return toPem('CERTIFICATE', signedWhole(named, 'ecdsa-sha256', signature))
}

/** Of a PrintableString, one of BMP and one of T.61, several values and a type without letters. */
const NAMES = [
  'CN=#1307526f6f742c2031,O=#1e06005a04300062,C=DE',
  'CN=#1405526f6f742d,OU=one+OU=#130374776f,1.2.3.4=#0c0178,C=#13026465',
]

for (const name of NAMES)
  test(exactInWords(name), async () => {
    using place = ready.copy()
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: place.path(), encoding: 'utf8' })
    await place.data('key', 'public', 'ca/root', '--format', 'der', '--out', place.path('ca.spki'))
    writeFileSync(place.path('ca.pem'), certificateOf(Uint8Array.from(readFileSync(place.path('ca.spki'))), name))
    assert.equal((await readIssuer(Uint8Array.from(readFileSync(place.path('ca.pem'))), 'ca.pem')).subject, name)
    assert.equal((await place.data('inspect', place.path('ca.pem'))).subject, exactInWords(name))

    const signing = (verb: string, text: string, out: string) => {
      writeFileSync(place.path(`${verb}.toml`), text.replace('root.pem', 'ca.pem'))
      const csr = verb === 'issue' ? ['--in', place.path('issuing.csr')] : []
      return ['cert', verb, place.path(`${verb}.toml`), ...csr, '--out', place.path(out), ...by(place)]
    }
    const around = { home: place.home, env: place.folder.env, cwd: place.folder.dir }
    const { stdout } = await perform([...signing('issue', ISSUING, 'issued.pem'), '--dry-run'], around)
    const shown = stdout.replace(/\s+/g, ' ')
    assert.ok(shown.includes(`issuer ${exactInWords(name)}`), stdout)
    assert.ok(stdout.replace(/\s+/g, '').includes(`spelledasinitsowncertificate:${name}`), stdout)

    if (name === NAMES[0]) assert.match(shown, /LETTERS .*U\+0430/)
    await place.data(...signing('issue', ISSUING, 'issued.pem'))
    await place.data(...signing('crl', LIST, 'list.crl'))
    assert.match(openssl('verify', '-partial_chain', '-trusted', 'ca.pem', 'issued.pem'), /: OK/)
    assert.match(openssl('crl', '-in', 'list.crl', '-CAfile', 'ca.pem', '-noout', '-issuer'), /issuer/)
    const [above, below] = ['ca.pem', 'issued.pem'].map((file) => new X509Certificate(readFileSync(place.path(file))))
    assert.ok(below!.checkIssued(above!))
    assert.ok(Buffer.from(below!.raw).includes(Buffer.from(der(exactName(name)))))
    await isWhole(place)
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
    if (name !== NAMES[0]) return
    const utf8 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-utf8']
    request(place, 'issuing.csr', '/C=DE/O=Zаb/CN=root, 1', ...utf8)
    const same = await place.keyrite(signing('issue', ISSUING, 'same.pem'))
    assert.match(same.json.error.message, /is the name of the CA ca\/root#1/)
  })
