// Keys of components on a real token: as other systems have them, for their whole life; what doesn't fit is refused before anybody approves; nothing of them stays on the disk.
import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { checkValueOf } from '../../src/domain/check-values.ts'
import { classOf, KEY_TYPES, secretLength } from '../../src/domain/keys.ts'
import { readAll } from '../support/independent.ts'
import { contentOf, filesBelow, spellings } from '../support/leaks.ts'
import { scripted, testModule } from '../support/module.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'
import { loseTokens, softhsm } from '../support/softhsm.ts'
import vectors from '../vectors/components.json' with { type: 'json' }

const ZMK = vectors.vectors[0]!

/** A file for each component, in the order of their names. */
function filesOf(place: TestPartition, name: string, components: readonly string[]): string[] {
  return components.flatMap((one, i) => {
    writeFileSync(place.path(`${name}.${i}`), `${one}\n`, { mode: 0o600 })
    return ['--component-file', place.path(`${name}.${i}`)]
  })
}

const importing = (
  place: TestPartition,
  name: string,
  type: string,
  components: readonly string[],
  ...more: string[]
) => [
  ...['key', 'import', name, '--type', type, '--components', `${components.length}`],
  ...filesOf(place, name, components),
  ...more,
  ...by(place),
]

const xored = (one: string, other: string): string =>
  Buffer.from(Buffer.from(one, 'hex').map((byte, i) => byte ^ Buffer.from(other, 'hex')[i]!)).toString('hex')

/** Components of a new key, and the key. */
function parts(bytes: number): { components: string[]; value: Buffer } {
  const [one, other] = [randomBytes(bytes), randomBytes(bytes)].map((value) => value.toString('hex')) as [
    string,
    string,
  ]
  return { components: [one, other], value: Buffer.from(xored(one, other), 'hex') }
}

let ready: TestPartition
before(async () => {
  ready = await partition()
  mkdirSync(ready.path('out'))
})

test('every type of secret key comes in, is backed up, rotated, and brought back to another token as the same key', async () => {
  using place = ready.copy()
  place.useModule(testModule())
  await place.data(...importing(place, 'zmk', 'tdes-112', ZMK.components, '--kcv', `ecb3:${ZMK.kcv}`))
  const values: Buffer[] = []
  for (const type of KEY_TYPES.filter((one) => classOf(one) === 'secret')) {
    const { components, value } = parts(secretLength(type)!)
    values.push(value, ...components.map((one) => Buffer.from(one, 'hex')))
    const uneven = type.startsWith('tdes') ? ['--accept', 'even-parity'] : []
    const { keys } = await place.data(...importing(place, type, type, components, ...uneven))
    const { accepted } = place.records().findLast(({ plan }) => plan?.op === 'key.import').plan
    assert.deepEqual(accepted, ['clear-on-host', ...uneven.slice(1)])
    assert.equal(keys[0].fingerprint, await checkValueOf(type, value), type)
    assert.equal(keys[0].attributes.LOCAL, false)
    for (const i of components.keys()) rmSync(place.path(`${type}.${i}`))
  }
  await isWhole(place)
  const { keys } = await place.data('key', 'rotate', 'aes-256', ...by(place))
  assert.deepEqual(
    keys.map(({ origin }: { origin: { kind: string } }) => origin.kind),
    ['components', 'generated'],
  )
  await place.data('backup', 'create', place.path('out', 'backup'), ...by(place))
  loseTokens(place.folder)
  const how = ['--module', softhsm, '--checkpoint', place.path('home', 'pay', 'checkpoint'), '--confirm', 'pay']
  await place.data('backup', 'restore', place.path('out', 'backup'), ...how, ...by(place))
  await isWhole(place)
  const shown = await place.data('key', 'show', 'zmk')
  assert.deepEqual(
    shown.origin.components,
    ZMK.kcvs!.map((one) => `ecb3:${one.toLowerCase()}`),
  )
  assert.equal((await readAll([readFileSync(place.ledger, 'utf8')]))[0], 'none')
  // Ours keep nothing of them: neither home, nor shares, nor backups.
  for (const [name, content] of [...filesBelow(place.path('home')), ...filesBelow(place.path('out'))])
    for (const value of values)
      for (const spelling of spellings(value)) assert.equal(content.includes(spelling), false, name)
})

test('what is no component, or makes another key or a weak one, is refused before anybody approves', async () => {
  using place = ready.copy()
  await place.data(...importing(place, 'zmk', 'tdes-112', ZMK.components))
  const before = place.records().length
  const [one, two, three] = ZMK.components as [string, string, string]
  const note = (of: string) => `# kcv ecb3:${ZMK.kcvs![0]}\n${of}`
  for (const [code, exit, says, components, type = 'tdes-112', ...more] of [
    ['COMPONENT-FORM', 3, /x\.1 has 31 hex digits, and should have 32/, [one, two.slice(1)]],
    ['COMPONENT-FORM', 3, /x\.0 has something that is no hex digit after 2 digits/, [`3BO${one.slice(3)}`, two]],
    ['COMPONENT-SOUND', 3, /component 3 is component 1 once more/, [one, two, one]],
    ['COMPONENT-SOUND', 3, /component 2 is all zeros/, [one, '0'.repeat(32)]],
    ['COMPONENT-SOUND', 3, /component 2 is all zeros, parity aside/, [one, '01'.repeat(16)]],
    ['COMPONENT-SOUND', 3, /component 2 could be guessed: all its bytes/, [`${one}${two}`, 'F'.repeat(64)], 'aes-256'],
    ['COMPONENT-KCV', 3, /x\.1 has the kcv ecb3:df9b9a, and the file says ecb3:caebaa/, [note(one), note(two)]],
    [
      'KEY-WEAK',
      3,
      /two of its DES keys are the same/,
      [one, xored(one, '0123456789abcdef0123456789abcdef')],
      'tdes-112',
      '--accept',
      'even-parity',
    ],
    [
      'DES-PARITY',
      3,
      /in the component in .*x\.1 digits 11 and 12 of 32 have even parity/,
      [one, two.replace('A104', 'A105')],
    ],
    [
      'IMPORT-CHECK',
      3,
      /a key with the kcv ecb3:dda8ba, and ecb3:dda8bb was announced/,
      [one, two, three],
      'tdes-112',
      '--kcv',
      'ecb3:DDA8BB',
    ],
    ['KEY-DISTINCT', 3, /zmk#1 has the check value ecb3:dda8ba: the ledger knows that key already$/, [one, two, three]],
    ['USAGE', 2, /ec-p256 is a pair: only secret keys come in components/, [one, two], 'ec-p256'],
    ['USAGE', 2, /2 files are given for 2 components/, [one, two], 'tdes-112', '--component-file', 'another'],
    ['USAGE', 2, /--components must be a whole number from 2 to 9/, [one]],
    ['USAGE-POSSIBLE', 2, /tdes-112 can't sign/, [one, two], 'tdes-112', '--usage', 'sign'],
  ] as [code: string, exit: number, says: RegExp, components: string[], type?: string, ...more: string[]][]) {
    const { code: found, json } = await place.keyrite(importing(place, 'x', type, components, ...more))
    assert.deepEqual([found, json.error.code, json.error.changed], [exit, code, false], json.error.message)
    assert.match(
      json.error.message,
      code === 'USAGE' && more[0] === '--component-file' ? /3 files are given for 2/ : says,
    )
  }
  chmodSync(place.path('x.0'), 0o644)
  const open = ['key', 'import', 'x', '--type', 'tdes-112', '--components', '2', '--component-file', place.path('x.0')]
  assert.equal((await place.keyrite([...open, ...by(place)])).json.error.code, 'INPUT-MISSING')
  const both = [...open, '--component-file', place.path('x.1'), ...by(place)]
  assert.equal((await place.keyrite(both)).json.error.code, 'SECRET-OPEN')
  const taken = await place.keyrite(importing(place, 'zmk', 'tdes-112', ['00', '00']))
  assert.equal(taken.json.error.code, 'KEY-NEW')
  assert.equal(place.records().length, before)
  // A key that was destroyed is known for good.
  await place.data('key', 'suspend', 'zmk', '--reason', 'r', ...by(place))
  const gone = ['--certificate', place.path('out', 'gone'), '--confirm', 'zmk#1', '--reason', 'r']
  const { stderr } = await place.keyrite(['key', 'destroy', 'zmk#1', ...gone, ...by(place)])
  const others = /its 3 components \(.+\), which others brought: all of\s+them\s+together\s+are\s+the\s+key/
  for (const told of [stderr, readFileSync(place.path('out', 'gone'), 'utf8')]) assert.match(told, others)
  const again = await place.keyrite(importing(place, 'y', 'tdes-112', [one, two, three]))
  assert.equal(again.json.error.code, 'KEY-DISTINCT')
})

test('an AES key whose forms have the older check value is compared by that, to its last digit, and shown by it', async () => {
  using place = ready.copy()
  const older = (value: Uint8Array) =>
    `ecb3:${createCipheriv('aes-256-ecb', value, null).update(Buffer.alloc(16)).toString('hex').slice(0, 10)}`
  const { components, value } = parts(32)
  const kcv = older(value)
  const wrong = `${kcv.slice(0, -1)}${kcv.endsWith('0') ? '1' : '0'}`
  const { code, json } = await place.keyrite(importing(place, 'x', 'aes-256', components, '--kcv', wrong))
  assert.deepEqual([code, json.error.code], [3, 'IMPORT-CHECK'])
  assert.equal(json.error.message, `the components make a key with the kcv ${kcv}, and ${wrong} was announced`)
  const checks = components.map((one) => older(Buffer.from(one, 'hex')).slice(0, 'ecb3:'.length + 6))
  const noted = components.map((one, i) => `# kcv ${checks[i]}\n${one}`)
  const args = importing(place, 'x', 'aes-256', noted, '--kcv', kcv)
  const seen = await place.keyrite([...args, '--dry-run'])
  for (const check of checks) assert.match(seen.stderr, new RegExp(`kcv ${check}, from`))
  const { keys } = await place.data(...args)
  assert.equal(keys[0].fingerprint, await checkValueOf('aes-256', value))
  const { plan } = place.records().findLast(({ plan }) => plan?.op === 'key.import')
  assert.deepEqual([plan.check, plan.keys[0].origin.components], [kcv, checks])
  await isWhole(place)
  assert.equal((await readAll([readFileSync(place.ledger, 'utf8')]))[0], 'none')
})

test('a token that makes another key of it is found out, and nothing of it stays', async () => {
  using place = ready.copy()
  place.useModule(testModule())
  for (const script of ['C_UnwrapKey * object CKA_LABEL=card#1', 'C_Encrypt * flip']) {
    const { env } = scripted([script])
    const { code, json } = await place.keyrite(importing(place, 'zmk', 'tdes-112', ZMK.components), { env })
    assert.ok([4, 5].includes(code!), JSON.stringify(json))
    assert.equal(json.error.changed, false)
    await isWhole(place)
  }
})

test('components that are made here go into files that nobody else reads, and make the same key anywhere', async () => {
  using place = ready.copy()
  const files = ['a', 'b', 'c'].map((name) => place.path('out', name))
  const options = files.flatMap((file) => ['--component-file', file])
  const make = ['key', 'generate', 'kek', '--type', 'aes-256', '--issue-components', '3', ...options]
  const { plan } = await place.data(...make, '--dry-run')
  assert.equal(plan.keys[0].origin.issued, true)
  assert.equal(existsSync(files[0]!), false, '--dry-run hands nothing out')
  // Nobody approves it: the files of no key are gone.
  const refused = await place.keyrite([...make, '--share', place.share('alice')])
  assert.equal(refused.json.error.changed, false)
  assert.deepEqual(files.map(existsSync), [false, false, false])
  const { keys } = await place.data(...make, ...by(place))
  for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600)
  const values = files.map((file) => {
    const [about, kcv, ...rows] = readFileSync(file, 'utf8').trim().split('\n')
    assert.match(about!, /^# component \d of 3 of kek, aes-256$/)
    assert.ok(keys[0].origin.components.includes(kcv!.replace('# kcv ', '')))
    return Buffer.from(rows.join('').replaceAll(' ', ''), 'hex')
  })
  const value = values.reduce((sum, one) => Buffer.from(sum.map((byte, i) => byte ^ one[i]!)))
  assert.equal(keys[0].fingerprint, await checkValueOf('aes-256', value))
  assert.deepEqual(await place.data('inspect', files[0]!), { file: files[0], kind: 'component' })
  const taken = await place.keyrite([...make, ...by(place)])
  assert.equal(taken.json.error.code, 'FILE-EXISTS')
  for (const [more, says] of [
    [['--count', '2'], /a key of components is one, and active at once/],
    [['--component-file', place.path('out', 'd')], /4 files are given for 3 components/],
  ] as const)
    assert.match((await place.keyrite([...make, ...more, ...by(place)])).json.error.message, says)
  // Another partition joins them to the same key.
  using other = await partition()
  const joins = ['key', 'import', 'kek', '--type', 'aes-256', '--components', '3', ...options]
  assert.equal((await other.data(...joins, ...by(other))).keys[0].fingerprint, keys[0].fingerprint)
  await isWhole(place)
  const trace = place.path('out', 'trace')
  await other.data(
    'key',
    'import',
    'kek-2',
    '--type',
    'aes-256',
    '--components',
    '2',
    ...options.slice(0, 4),
    '--trace',
    trace,
    ...by(other),
  )
  for (const one of spellings(values[0]!)) assert.equal(contentOf(trace).includes(one), false)
})
