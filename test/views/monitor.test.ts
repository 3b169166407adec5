// Certificates that were delivered with keys, and when they are told of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certificatesOf, findingsOf } from '../../src/views/monitor/findings.ts'
import { auditText } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { runProgram } from '../support/keyrite.ts'
import { Story } from '../support/story.ts'

test('a certificate is told of 30 days before it ends, and once it is over', async () => {
  const make =
    'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=web -days 60 -outform der 2>/dev/null | base64 -w0'
  const { stdout } = await runProgram('sh', ['-c', make])
  const certificate = Buffer.from(stdout, 'base64').toString('base64url')
  const copy = { name: 'tls', version: 1, wished: true, certificate, state: 'present' }
  const history = auditText(Story.tell(await newCast(), 30).text).history
  const app = { name: 'web', copies: new Map([['tls#1', copy]]), pin: { kind: 'given' }, found: [] }
  Object.assign(history, { applications: { live: [app] } })
  const known = certificatesOf(history).find(({ what }) => what.includes('tls'))
  assert.equal(known?.what, 'the certificate of tls#1 on web')
  const at = (days: number) =>
    findingsOf(history, new Date(known!.ends + days * 86_400_000), undefined)
      .filter(({ message }) => message.startsWith('the certificate of tls#1 on web'))
      .map(({ severity }) => severity)
  assert.deepEqual([at(-31), at(-29), at(1)], [[], ['warning'], ['critical']])
})

test('certificates that were issued, and revocation lists', async () => {
  const { history } = auditText(Story.tell(await newCast()).text)
  const days = 86_400_000
  const told = (at: number) =>
    findingsOf(history, new Date(at), undefined).flatMap(({ check, severity, message }) =>
      check === 'certificates' ? [`${severity}: ${message}`] : [],
    )
  assert.deepEqual(
    certificatesOf(history).map(({ what, ends }) => [
      what,
      ...[-40, -5, 1, 31].map((day) =>
        told(ends + day * days)
          .filter((text) => text.includes(what))
          .map((text) => text.split(':')[0]),
      ),
    ]),
    [
      ['revocation list 2 of sign/root#1', [], ['warning'], ['critical'], ['critical']],
      [
        'the certificate of CN=Example Root CA,O=Example Bank,C=DE, signed by sign/root#1',
        [],
        ['warning'],
        ['warning'],
        [],
      ],
    ],
  )
})
