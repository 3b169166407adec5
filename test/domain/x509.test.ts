// What stands in certificates: name constraints, their spelling, and fields that come back from DER as they went in.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Certificate, Crl } from '../../src/domain/certificate-plans.ts'
import { parseConstraint, parseName, ruledOut, unclearHost } from '../../src/domain/x509/constraints.ts'
import { certificateInfo, crlInfo, signedWhole } from '../../src/domain/x509/write.ts'
import { readCertificate, readCrl } from '../../src/x509/read.ts'
import { CERTIFICATE, listing } from '../support/authority.ts'

const SIGNATURE = new Uint8Array(64).fill(1)

describe('which names a CA lets stand (RFC 5280, 4.2.1.10)', () => {
  for (const [constraint, name, isWithin] of [
    ['DNS:example.com', 'DNS:example.com', true],
    ['DNS:example.com', 'DNS:WWW.Example.Com', true],
    ['DNS:example.com', 'DNS:*.example.com', true],
    ['DNS:example.com', 'DNS:badexample.com', false],
    ['DNS:example.com', 'DNS:com', false],
    ['DNS:.example.com', 'DNS:example.com', false],
    ['DNS:.example.com', 'DNS:a.b.example.com', true],
    ['EMAIL:example.com', 'EMAIL:Ann@EXAMPLE.com', true],
    ['EMAIL:example.com', 'EMAIL:ann@mail.example.com', false],
    ['EMAIL:.example.com', 'EMAIL:ann@mail.example.com', true],
    ['EMAIL:.example.com', 'EMAIL:ann@example.com', false],
    ['EMAIL:ann@example.com', 'EMAIL:ann@EXAMPLE.com', true],
    ['EMAIL:ann@example.com', 'EMAIL:bob@example.com', false],
    ['IP:10.0.0.0/8', 'IP:10.255.0.1', true],
    ['IP:10.0.0.0/8', 'IP:11.0.0.1', false],
    ['IP:10.0.0.0/9', 'IP:10.128.0.1', false],
    ['IP:0.0.0.0/0', 'IP:1.2.3.4', true],
    ['IP:0.0.0.0/0', 'IP:0:0:0:0:0:0:0:1', false],
    ['IP:2001:db8:0:0:0:0:0:0/32', 'IP:2001:db8:1:0:0:0:0:1', true],
    ['IP:2001:db8:0:0:0:0:0:0/32', 'IP:2001:db9:0:0:0:0:0:1', false],
  ] as const)
    test(`${constraint} ${isWithin ? 'covers' : 'does not cover'} ${name}`, () => {
      assert.equal(ruledOut({ permitted: [constraint] }, { names: [name] }), isWithin ? undefined : name)
      assert.equal(ruledOut({ excluded: [constraint] }, { names: [name] }), isWithin ? name : undefined)
    })

  test('a wildcard is ruled out by whatever it may stand for, a mailbox in any case, and a CN that is taken for a host', () => {
    const out = (rules: Parameters<typeof ruledOut>[0], names: string[], subject?: string) =>
      ruledOut(rules, { names, ...(subject === undefined ? {} : { subject }), ca: false })
    const secret = { excluded: ['DNS:secret.example.com', 'EMAIL:Ann@example.com'] }
    for (const name of ['DNS:*.example.com', 'DNS:*.Com', 'DNS:*.secret.example.com', 'EMAIL:ann@Example.com'])
      assert.equal(out(secret, [name]), name)
    for (const name of ['DNS:example.com', 'DNS:*.example.org', 'DNS:*.xample.com', 'DNS:*.cret.example.com'])
      assert.equal(out(secret, [name]), undefined, name)
    assert.equal(out({ excluded: ['DNS:.secret.example.com'] }, ['DNS:*.example.com']), 'DNS:*.example.com')
    const permitted = { permitted: ['DNS:www.example.com'] }
    assert.equal(out(permitted, ['DNS:*.example.com']), 'DNS:*.example.com')
    assert.equal(out(permitted, ['DNS:*.www.example.com']), undefined)
    assert.equal(out(secret, [], 'CN=secret.example.com,C=DE'), 'DNS:secret.example.com')
    assert.equal(out(secret, [], 'CN=*.example.com'), 'DNS:*.example.com')
    assert.equal(out(secret, [], 'CN=Example Bank'), undefined)
    assert.equal(out(secret, ['DNS:www.example.com'], 'CN=secret.example.com'), undefined)
  })

  test('a CN that programs match with a host though it is none is unclear where there are constraints, or a server', () => {
    const inside = { permitted: ['DNS:example.com'] }
    const leaf = { ca: false, keyUsage: ['digitalSignature' as const], extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] }
    for (const cn of [
      'ww*.evil.com',
      'secre*.example.com',
      'w*.x',
      'www.evil.com.',
      'a_b.evil.com',
      '-x.evil.com',
      '.evil.com',
      '*',
      'w*',
      '*.*.evil.com',
      'www\u3002evil\u3002com',
      'www.stra\u00dfe.example.com',
      'www.e\u034fvil.com',
    ]) {
      const subject = `C=DE,CN=${cn}`
      assert.equal(ruledOut(inside, { ...leaf, subject }), undefined, cn)
      assert.equal(unclearHost(inside, { ...leaf, subject }), cn, cn)
      assert.equal(unclearHost({ excluded: ['DNS:secret.example.com'] }, { ...leaf, subject }), cn, cn)
      assert.equal(unclearHost({}, { ...leaf, subject }), undefined, cn)
      assert.equal(unclearHost({}, { ...leaf, subject, extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }), cn, cn)
      assert.equal(unclearHost({}, { ...leaf, subject, extendedKeyUsage: ['2.5.29.37.0'] }), cn, cn)
      assert.equal(unclearHost({}, { ca: false, keyUsage: leaf.keyUsage, subject }), cn, cn)
      assert.equal(unclearHost(inside, { ...leaf, subject, names: ['DNS:www.example.com'] }), undefined, cn)
      assert.equal(unclearHost(inside, { ...leaf, subject, ca: true }), cn, cn)
      assert.equal(unclearHost(inside, { ca: true, keyUsage: ['keyCertSign', 'cRLSign'], subject }), undefined, cn)
    }
    assert.equal(ruledOut(inside, { ca: false, subject: 'CN=www.evil.com\\ ' }), 'DNS:www.evil.com')
    for (const cn of [
      'Anna Example',
      'Dr. Anna Example',
      'Example Issuing CA 1',
      'Example Ltd.\\, Bank',
      'anna@evil.com',
      'Anna',
      'Zo\u00eb',
      'CA-1',
      'www.example.com',
      '*.example.com',
    ])
      assert.equal(unclearHost(inside, { ca: false, keyUsage: leaf.keyUsage, subject: `CN=${cn}` }), undefined, cn)
    const server = {
      ca: true,
      keyUsage: ['digitalSignature' as const, 'keyCertSign' as const],
      subject: 'CN=www.evil.com',
    }
    assert.equal(ruledOut(inside, server), 'DNS:www.evil.com')
    assert.equal(ruledOut(inside, { ...server, keyUsage: ['keyCertSign'] }), undefined)
  })

  test('a kind of name that no constraint speaks of is free, and a CA below may be narrower, not wider', () => {
    const issuer = { permitted: ['DNS:example.com', 'IP:10.0.0.0/8'] }
    assert.equal(ruledOut(issuer, { names: ['EMAIL:a@b.c', 'URI:http://x.org/'] }), undefined)
    assert.equal(ruledOut(issuer, { permitted: ['DNS:a.example.com', 'IP:10.1.0.0/16'] }), undefined)
    assert.equal(ruledOut(issuer, { permitted: ['IP:0.0.0.0/0'] }), 'IP:0.0.0.0/0')
  })
})

test('each is spelled in one way', () => {
  for (const [text, spelled] of [
    ['dns:Example.COM', 'DNS:example.com'],
    ['IP:2001:DB8::/32', 'IP:2001:db8:0:0:0:0:0:0/32'],
    ['ip:10.0.0.0/8', 'IP:10.0.0.0/8'],
  ])
    assert.equal(parseConstraint(text!), spelled)
  assert.equal(parseName('IP:::1'), 'IP:0:0:0:0:0:0:0:1')
  for (const wrong of [
    'IP:10.0.0.1/8',
    'IP:10.0.0.0',
    'IP:10.0.0.0/33',
    'IP:::/129',
    'DNS:',
    'DNS:a b',
    'URI:x.org',
    'x',
  ])
    assert.throws(() => parseConstraint(wrong), { code: 'CERT-NAME' }, wrong)
})

describe('another library reads what was written', () => {
  const {
    extendedKeyUsage: _,
    names: __,
    permitted: ___,
    excluded: ____,
    policies: _____,
    crlAt,
    ...plain
  } = CERTIFICATE
  const { ocspAt: ______, issuerAt: _______, pathLength: ________, ...bare } = plain
  for (const [what, change] of [
    ['every field', {}],
    ['a serial number with its highest bit set', { serial: 'ff00' }],
    ['a serial number of 20 bytes', { serial: `7f${'01'.repeat(19)}` }],
    [
      'the last second of UTCTime and the first after it',
      { notBefore: '2049-12-31T23:59:59.000Z', notAfter: '2050-01-01T00:00:00.000Z' },
    ],
    ['a time of before 1950', { notBefore: '1949-12-31T23:59:59.000Z' }],
    ['a path of 100', { pathLength: 100 }],
    ['several lists', { crlAt: [...crlAt!, 'ldap://x.org/crl'] }],
    ['one usage', { keyUsage: ['digitalSignature'] }],
    [
      'every usage',
      {
        keyUsage: [
          'digitalSignature',
          'nonRepudiation',
          'keyEncipherment',
          'dataEncipherment',
          'keyAgreement',
          'keyCertSign',
          'cRLSign',
        ],
      },
    ],
    ['excluded names alone', { permitted: undefined }],
    [
      'a name of every type',
      { subject: 'CN=Zo\u00eb\\, #\\+\\ ,SERIALNUMBER=5,C=DE,L=a,ST=b,STREET=c,O=\\#d,OU=e,UID=f,DC=g' },
    ],
  ] as [string, Partial<Certificate>][])
    test(what, async () => {
      const changed = Object.entries({ ...CERTIFICATE, ...change }).filter(([, value]) => value !== undefined)
      const wanted = Object.fromEntries(changed) as Certificate
      assert.deepEqual(await readCertificate(signedWhole(certificateInfo(wanted), wanted.algorithm, SIGNATURE)), wanted)
    })

  test('nothing but what has to be', async () => {
    const wanted: Certificate = { ...bare, ca: false, keyUsage: ['digitalSignature'] }
    assert.deepEqual(await readCertificate(signedWhole(certificateInfo(wanted), wanted.algorithm, SIGNATURE)), wanted)
  })

  test('a list, and one that revokes nothing', async () => {
    for (const revoked of [listing().crl.revoked.map(({ elsewhere: _, ...one }) => one), []]) {
      const wanted: Crl = { ...listing(2 ** 40).crl, revoked }
      assert.deepEqual(await readCrl(signedWhole(crlInfo(wanted), wanted.algorithm, SIGNATURE)), wanted)
    }
  })
})
