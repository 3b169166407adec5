// Requests and certificates of CAs as other programs make them: of a request each name and attribute is told, in letters or in hex, and what no certificate here can say is told as that.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BitString, fromBER, Null, ObjectIdentifier, OctetString, Sequence } from 'asn1js'
import { der, requestInfo } from '../../src/domain/certificate-request.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { parseSubject } from '../../src/domain/subject.ts'
import { extensionInWords } from '../../src/x509/asked.ts'
import { readIssuer } from '../../src/x509/issuer.ts'
import { readRequest } from '../../src/x509/request.ts'
import { makeFolder } from '../support/softhsm.ts'
import vectors from '../vectors/certificates.json' with { type: 'json' }

const read = (bytes: Uint8Array | string) => readRequest(Buffer.from(bytes as string), 'their.csr')

const refusedWith =
  (said: string, code = 'CERT-REQUEST') =>
  (error: unknown) =>
    error instanceof KeyriteError && error.code === code && error.message.includes(said)

for (const [what, base64, said] of vectors.issuers as [string, string, string | object][])
  test(what, async () => {
    const reading = readIssuer(Uint8Array.from(Buffer.from(base64, 'base64')), 'ca.pem')
    if (typeof said === 'string') await assert.rejects(reading, refusedWith(said, 'CERT-ISSUER'))
    else assert.deepEqual({ ...(await reading), ...said }, await reading)
  })

for (const [what, base64, said] of vectors.requests as [string, string, string | object][])
  test(what, async () => {
    const reading = read(Buffer.from(base64, 'base64'))
    if (typeof said === 'string') await assert.rejects(reading, refusedWith(said))
    else assert.deepEqual({ ...(await reading), ...said }, await reading)
  })

const ASKED = `
[req]
distinguished_name = dn
prompt = no
string_mask = utf8only
req_extensions = ext
attributes = attributes
[dn]
C = DE
OU = one
+O = two
organizationIdentifier = PSDDE-BAFIN-123456
CN = "Anna Müller, \\"A\\""
emailAddress = anna@corp.example
[attributes]
challengePassword = not-for-you
unstructuredName = pos "7"
[ext]
subjectAltName = @names
basicConstraints = CA:TRUE
1.2.3.4 = DER:0500
[names]
otherName.0 = 1.3.6.1.4.1.311.20.2.3;UTF8:anna@corp.example
otherName.1 = 1.3.6.1.5.2.2;SEQUENCE:kerberos
dirName = directory
RID = 1.2.840.113556.1.4
DNS = corp.example
email = anna@corp.example
IP = 2001:db8::1
URI = urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6
[directory]
C = DE
CN = "a \\"b\\", c"
[kerberos]
realm = INTEGER:5
`

test('whatever openssl can ask for is told, and no password', async () => {
  const folder = makeFolder('foreign-requests')
  writeFileSync(join(folder, 'req.cnf'), ASKED)
  const made = ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-utf8', '-keyout', 'key', '-config', 'req.cnf']
  execFileSync('openssl', [...made, '-out', 'csr.der', '-outform', 'DER'], { cwd: folder, stdio: 'ignore' })
  const csr = readFileSync(join(folder, 'csr.der'))
  const { subject, unfit, asks } = await read(csr)
  assert.equal(
    subject,
    'emailAddress=anna@corp.example,CN=Anna Müller\\, \\"A\\",organizationIdentifier=PSDDE-BAFIN-123456,O=two+OU=one,C=DE',
  )
  assert.ok(unfit)
  assert.deepEqual(asks, [
    'unstructuredName "pos 7"',
    'a challengePassword, which is not shown',
    'otherName 1.3.6.1.4.1.311.20.2.3 "anna@corp.example"',
    'otherName 1.3.6.1.5.2.2 #3003020105',
    'directoryName "CN=a \\"b\\"\\, c,C=DE"',
    'registeredID 1.2.840.113556.1.4',
    'DNS:corp.example',
    'EMAIL:anna@corp.example',
    'IP:2001:db8:0:0:0:0:0:1',
    'URI:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    'CA: yes, with any number of CAs below it',
    'the extension 1.2.3.4: #0500',
  ])
})

test('parameters that the algorithm of a signature does not have are refused', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const info = requestInfo({ subject: parseSubject('CN=a'), names: [], spki })
  const bits = new BitString({ valueHex: sign('sha256', info, privateKey) })
  const whole = (...parameters: Null[]) =>
    der(
      new Sequence({
        value: [
          fromBER(Buffer.from(info)).result,
          new Sequence({ value: [new ObjectIdentifier({ value: '1.2.840.10045.4.3.2' }), ...parameters] }),
          bits,
        ],
      }),
    )
  assert.equal((await read(whole())).subject, 'CN=a')
  await assert.rejects(read(whole(new Null())), refusedWith('1.2.840.10045.4.3.2 with parameters'))
})

test('a request that an RSA key signed by PSS is taken, and one of a key that is for PSS alone is called so', async () => {
  const folder = makeFolder('pss-requests')
  const made = (file: string, key: string, ...how: string[]) => {
    const args = ['req', '-new', '-newkey', key, '-nodes', '-keyout', 'key', '-subj', '/CN=a', ...how]
    execFileSync('openssl', [...args, '-out', file, '-outform', 'DER'], { cwd: folder, stdio: 'ignore' })
    return readFileSync(join(folder, file))
  }
  const pss = ['-sigopt', 'rsa_padding_mode:pss']
  for (const how of [
    ['-sha256', ...pss, '-sigopt', 'rsa_pss_saltlen:digest'],
    ['-sha384', ...pss, '-sigopt', 'rsa_pss_saltlen:max'],
    ['-sha512', ...pss, '-sigopt', 'rsa_pss_saltlen:0'],
  ]) {
    const csr = made('pss', 'rsa:2048', ...how)
    assert.equal((await read(csr)).subject, 'CN=a', how.join(' '))
    const bent = Buffer.from(csr)
    bent[bent.length - 9]! ^= 1
    await assert.rejects(read(bent), refusedWith('is not signed by the key that it is for'))
    const renamed = Buffer.from(csr.toString('latin1').replace('\x0c\x01a', '\x0c\x01b'), 'latin1')
    await assert.rejects(read(renamed), refusedWith('is not signed by the key that it is for'))
  }
  const other = ['-sigopt', 'rsa_mgf1_md:sha1']
  await assert.rejects(
    read(made('two', 'rsa:2048', '-sha256', ...pss, ...other)),
    refusedWith('RSA-PSS with SHA-1, two'),
  )
  await assert.rejects(read(made('one', 'rsa:2048', '-sha1', ...pss)), refusedWith('RSA-PSS with SHA-1, two'))
  await assert.rejects(read(made('alone', 'rsa-pss')), refusedWith('for PSS alone'))
})

test('an extension whose value can not be parsed is told in hex', () => {
  const extnValue = new OctetString({ valueHex: Buffer.from('180178', 'hex') })
  const broken = {
    extnID: '2.5.29.32',
    critical: true,
    extnValue,
    get parsedValue() {
      throw new Error('no time')
    },
  }
  assert.deepEqual(extensionInWords(broken as never), ['the extension certificatePolicies: #180178 (critical)'])
})
