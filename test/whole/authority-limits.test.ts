// What an offline root must not sign: names that another CA of the ledger has, keys that were given away, purposes that the issuer lacks, certificates that look like files; and the dates of one whose ledger is ahead of the clock.
import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { ISSUING, ROOT, readyAuthority, request } from '../support/authority-files.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'

interface Signed {
  serial: string
  plan: { crl: { thisUpdate: string; nextUpdate: string }; certificate: { notBefore: string; notAfter: string } }
}

/** The words of `cert VERB`, with the profile that has this text. */
function signing(place: TestPartition, verb: string, text: string, out: string): string[] {
  writeFileSync(place.path(`${verb}.toml`), text)
  const csr = verb === 'issue' ? ['--in', place.path('issuing.csr')] : []
  return ['cert', verb, place.path(`${verb}.toml`), ...csr, '--out', place.path(out), ...by(place)]
}

const signed = (place: TestPartition, verb: string, text: string, out: string): Promise<Signed> =>
  place.data(...signing(place, verb, text, out))
const planned = (place: TestPartition, verb: string, text: string, ...more: string[]): Promise<Signed> =>
  place.data(...signing(place, verb, text, 'planned'), '--dry-run', ...more)

async function refusal(place: TestPartition, words: string[], rule: string, said: RegExp): Promise<void> {
  const { code, json } = await place.keyrite(words)
  assert.deepEqual([code, json.error?.code], [3, rule], `${words.slice(0, 3)} ${json.error?.message}`)
  assert.match(json.error.message, said)
}

const LEAF = `${ISSUING.replace('ca = true\npath-length = 0', 'ca = false')}key-usage = ["digitalSignature"]\n`

let ready: TestPartition
before(async () => {
  ready = await partition()
  await readyAuthority(ready)
  await signed(ready, 'root', ROOT, 'root.pem')
})

/** A CA of this partition below the root: `own.pem`. */
async function own(place: TestPartition, more = ''): Promise<Signed> {
  await place.data('key', 'generate', 'ca/own', '--type', 'ec-p256', ...by(place))
  await requestOf(place, 'ca/own', 'CN=Own CA,O=Example Bank')
  return await signed(place, 'issue', `${ISSUING}${more}`, 'own.pem')
}

/** It lies where `cert issue` takes it from. */
async function requestOf(place: TestPartition, key: string, subject: string): Promise<void> {
  const file = place.path(`${key.replace(/\W/g, '-')}.csr`)
  await place.data('cert', 'request', key, '--subject', subject, '--out', file, ...by(place))
  copyFileSync(file, place.path('issuing.csr'))
}

test('nobody else gets the name of a CA whose key this ledger has', async () => {
  using place = ready.copy()
  await own(place)
  for (const [subject, whose] of [
    ['/C=DE/O=Example Bank/CN=Example Root CA', 'ca/root#1'],
    ['/C=DE/O=example  bank/CN= EXAMPLE ROOT CA', 'ca/root#1'],
    ['/O=Example Bank/CN=own ca', 'ca/own#1'],
  ]) {
    request(place, 'issuing.csr', subject!)
    const said = new RegExp(`is the name of the CA ${whose}`)
    await refusal(place, signing(place, 'issue', ISSUING, 'x'), 'CERT-FITS', said)
    const list = LEAF.replace('digitalSignature', 'cRLSign')
    await refusal(place, signing(place, 'issue', list, 'x'), 'CERT-FITS', said)
  }
  await place.data('key', 'generate', 'second', '--type', 'ec-p256', ...by(place))
  const second = ROOT.replace('ca/root', 'second')
  await refusal(place, signing(place, 'root', second, 'x'), 'CERT-FITS', /is the name of the CA ca\/root#1/)
  await planned(place, 'root', second.replace('Root CA', 'Root CA 2'))
  await planned(place, 'root', ROOT)

  await place.data('key', 'rotate', 'ca/own', ...by(place))
  await requestOf(place, 'ca/own#2', 'CN=Own CA,O=Example Bank')
  await planned(place, 'issue', ISSUING)
  const reason = ['--reason', 'a test', ...by(place)]
  for (const verb of ['deactivate', 'destroy'])
    await place.data('key', verb, 'ca/root', ...reason, ...(verb === 'destroy' ? ['--confirm', 'ca/root#1'] : []))
  await planned(place, 'root', second)
  await isWhole(place)
})
