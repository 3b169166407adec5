// Where the operations begin: partitions with a past, and what is typed in them.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testModule } from '../support/module.ts'
import { WRAPPING_KEY } from '../support/plan-samples.ts'
import { loseTokens } from '../support/softhsm.ts'
import { type Place, TWO_GROUPS } from './place.ts'
import { Prepared, type Step } from './prepared.ts'

export const WHY = ['--reason', 'a test']

export const suspend = (place: Place): string[] => place.changing('key', 'suspend', 'old', ...WHY)

export const deactivate = (place: Place): string[] => place.changing('key', 'deactivate', 'old', ...WHY)

export const destroy = (place: Place): string[] =>
  place.changing('key', 'destroy', 'old#1', '--confirm', 'old#1', '--certificate', join(place.out, 'certificate'))

export const retire = (place: Place): string[] => [
  ...['partition', 'retire', 'pay', '--confirm', 'pay', '--certificate', join(place.out, 'certificate')],
  ...place.approvedBy('all'),
]

export const backUp = (place: Place): string[] => [
  ...['backup', 'create', join(place.out, 'backup')],
  ...place.approvedBy('all'),
]

export const testBackup = (place: Place): string[] => [
  ...['backup', 'test', join(place.out, 'backup'), '--module', testModule()],
  ...place.approvedBy('all'),
]

export const requestOf = ({ out }: Place): string => join(out, 'new.request')
export const askForKey = (place: Place): string[] =>
  place.changing('key', 'import-request', 'new', '--type', 'aes-128', '--bits', '2048', '--out', requestOf(place))

const requestFor = (place: Place, name: string): string[] =>
  place.changing('cert', 'request', name, '--subject', 'CN=pay', '--out', join(place.out, 'csr'))
export const requestCertificate = (place: Place): string[] => requestFor(place, 'old')

const profile = (place: Place, name: string, ...members: string[]): string => {
  const path = join(place.out, `${name}.toml`)
  writeFileSync(path, ['key = "old"', ...members].join('\n'))
  return path
}

const ROOT = ['subject = "CN=Root"', 'not-before = 2025-01-01T00:00:00Z', 'valid-for = "9000d"']

/** A CA's own certificate. */
export const signRoot = (place: Place): string[] =>
  place.changing('cert', 'root', profile(place, 'root', ...ROOT), '--out', join(place.out, 'root'))

/** What it takes back: something that it never issued here. */
export const signList = (place: Place): string[] => {
  const entry = ['[[revoked]]', 'serial = "99"', 'date = 2025-01-01T00:00:00Z', 'elsewhere = true']
  const file = profile(place, 'crl', 'issuer = "root"', 'valid-for = "90d"', ...entry)
  return place.changing('cert', 'crl', file, '--out', join(place.out, 'crl'))
}

/** For the key that asked. */
export const signLeaf = (place: Place): string[] => {
  const usage = ['ca = false', 'key-usage = ["digitalSignature"]']
  const file = profile(place, 'issue', 'issuer = "root"', 'valid-for = "90d"', ...usage)
  return place.changing('cert', 'issue', file, '--in', join(place.out, 'csr'), '--out', join(place.out, 'leaf'))
}

/** What is signed is this file: whatever a test may look at is there. */
export const signFile = (place: Place): string[] =>
  place.changing('key', 'sign', 'old', '--in', join(place.home, 'config.json'), '--out', join(place.out, 'sig'))

function wrapped(place: Place, out: string, ...what: string[]): string[] {
  const key = join(place.out, 'wrapping.der')
  writeFileSync(key, Buffer.from(WRAPPING_KEY, 'base64url'))
  return place.changing('key', 'export', ...what, '--wrapping-key', key, '--out', out)
}

export const exportKey = (place: Place): string[] =>
  wrapped(place, join(place.out, 'wrapped'), 'kept#1', '--for', 'google', '--method', 'RSA_OAEP_3072_SHA1_AES_256')

/** All of them, or none. */
export const exportSeveral = (place: Place): string[] => {
  const folder = join(place.out, 'several')
  mkdirSync(folder, { recursive: true })
  return wrapped(place, folder, 'kept#1', 'old#1', '--for', 'rsa-aes', '--method', 'sha1')
}

export const addStation = (place: Place): string[] =>
  place.changing('station', 'add', 'laptop', '--in', join(place.out, 'request'))

export const removeStation = (place: Place): string[] =>
  place.changing('station', 'remove', 'laptop', '--confirm', 'laptop', ...WHY)

export const restore = (place: Place): string[] => [
  ...['backup', 'restore', join(place.out, 'backup'), '--module', testModule()],
  ...['--checkpoint', join(place.out, 'checkpoint'), '--confirm', 'pay'],
  ...place.approvedBy('all'),
]

export const restoreFromCopy = (place: Place): string[] => [
  ...restore(place),
  ...['--ledger', join(place.out, 'ledger.jsonl')],
]

export const keys = (place: Place): string[][] => [place.generate('kept'), place.generate('old', '--type', 'ec-p256')]
const resting = (place: Place): string[][] => [...keys(place), deactivate(place)]
/** Something of everything that has a check value; that of a key at rest is taken in another way. */
const looked = (place: Place): string[][] => [
  place.generate('kept'),
  place.generate('pair', '--type', 'ec-p256'),
  place.generate('old'),
  deactivate(place),
]
const backedUp = (place: Place): string[][] => [...resting(place), backUp(place), destroy(place)]

/** Another machine has asked to be a station. */
const asking = (place: Place): Step[] => {
  const second = join(place.out, 'second')
  return [
    ...keys(place),
    () => {
      mkdirSync(join(second, 'pay'), { recursive: true, mode: 0o700 })
      copyFileSync(join(place.home, 'config.json'), join(second, 'config.json'))
      for (const name of ['ledger.jsonl', 'checkpoint']) copyFileSync(join(place.path, name), join(second, 'pay', name))
    },
    ['--home', second, 'station', 'request', '--out', join(place.out, 'request')],
  ]
}

export const withBackup = new Prepared((place) => [...keys(place), backUp(place)])
export const KBPK = '88e1ab2a2e3dd38c1fa039a536500cc8a87ab9d62dc92c01058fa79f44657de6'

function bringProtector(place: Place): string[] {
  mkdirSync(place.out, { recursive: true })
  const file = join(place.out, 'kbpk.jwk')
  writeFileSync(file, JSON.stringify({ kty: 'oct', k: Buffer.from(KBPK, 'hex').toString('base64url') }), {
    mode: 0o600,
  })
  const what = ['--in', file, '--type', 'aes-256', '--usage', 'wrap', '--usage', 'unwrap', '--accept', 'clear-on-host']
  return place.changing('key', 'import', 'kbpk', ...what)
}

/** Keys whose check values of 24 bits are one. */
const ALIKE = ['86a102942532d957943e0e139bf88f10', 'c15e1043d6adea91168af11597385b5b']

/** The first of them, or the second. */
export function bringAlike(place: Place, which: 0 | 1): string[] {
  mkdirSync(place.out, { recursive: true })
  const file = join(place.out, `alike-${which}.jwk`)
  writeFileSync(file, JSON.stringify({ kty: 'oct', k: Buffer.from(ALIKE[which]!, 'hex').toString('base64url') }), {
    mode: 0o600,
  })
  const how = ['--in', file, '--type', 'tdes-112', '--accept', 'clear-on-host']
  return place.changing('key', 'import', which === 0 ? 'alike' : 'new', ...how)
}

export const withRequest = new Prepared(asking)
export const withLaptop = new Prepared((place) => [...asking(place), addStation(place)])
export const withKeys = new Prepared(keys)
export const withAsked = new Prepared((place) => [...keys(place), askForKey(place)])
export const withAlike = new Prepared((place) => [...keys(place), bringAlike(place, 0)])
/** A key that others know, which protects what they send. */
export const withProtector = new Prepared((place) => [...keys(place), bringProtector(place)])
export const withRoot = new Prepared((place) => [...keys(place), signRoot(place)])
const asked = (place: Place) => [place.generate('leaf', '--type', 'ec-p256'), requestFor(place, 'leaf')]
export const withRootAsked = new Prepared((place) => [...keys(place), signRoot(place), ...asked(place)])
export const withResting = new Prepared(resting)
export const withAllKinds = new Prepared(looked)
export const withRestingOfTwo = new Prepared(resting, { groups: TWO_GROUPS })

/** A key of the backup has been destroyed since, and what people carry away has been carried away; then the token is lost. */
export const withoutToken = new Prepared(backedUp, { lastly: loseToken })

/** The partition's folder too. */
export const withoutAnything = new Prepared(backedUp, {
  lastly(place) {
    loseToken(place)
    rmSync(place.home, { recursive: true })
  },
})

export function loseToken({ path, out, folder }: Place): void {
  for (const name of ['checkpoint', 'ledger.jsonl']) copyFileSync(join(path, name), join(out, name))
  loseTokens(folder)
}
