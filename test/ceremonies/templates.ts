// Every template as a ceremony: linted, rehearsed on a twin, run at a terminal with an exception and a break at which the program ends, signed by two witnesses, and verified.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TemplateName } from '../../src/ceremony/templates/templates.ts'
import { answerAll, type Day, filledIn } from '../support/ceremony-people.ts'
import { blank, by, CUSTODIANS, partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { softhsm } from '../support/softhsm.ts'
import { spawnTerminal } from '../support/terminal.ts'

export interface Trial {
  template: TemplateName
  /** What else than the template it is. */
  title?: string
  /** Of the template's script, and of its site file. */
  bend?(script: string): string
  site?(text: string, place: TestPartition): string
  /** Of a token that is taken over, in earnest and on the twin. */
  pins?: readonly [Day['pins'], Day['pins']]
  partition: string
  /** What the script finds. */
  place(): Promise<TestPartition>
  /** And the files that come in. */
  bring?(place: TestPartition): void
  /** At this step somebody tells an exception; at that one the program ends. */
  exception: string
  breakAt: string
  /** It leaves the keys of the partition so. */
  keys: Readonly<Record<string, string>>
}

const withKey = async (name: string, rotations: number): Promise<TestPartition> => {
  const place = await partition()
  await place.data('key', 'generate', name, '--type', 'aes-256', ...by(place))
  for (let i = 0; i < rotations; i++) await place.data('key', 'rotate', name, ...by(place))
  return place
}

const openssl = (place: TestPartition, ...args: string[]) =>
  execFileSync('openssl', args, { cwd: place.path('media'), stdio: 'ignore' })

function bringProfiles(place: TestPartition): void {
  const key = 'key = "ca/root"\n'
  const write = (name: string, text: string) => writeFileSync(place.path('media', name), text)
  write(
    'root-profile',
    `${key}subject = "CN=Example Root CA,O=Example Bank,C=DE"\nnot-after = 2051-12-01T00:00:00Z\npath-length = 1\n`,
  )
  write(
    'issuing-profile',
    `${key}issuer = "root"\nsubject = "CN=Example Issuing CA 1,O=Example Bank,C=DE"\nca = true\npath-length = 0\nvalid-for = "3650d"\n`,
  )
  write('crl-profile', `${key}issuer = "root"\nvalid-for = "190d"\n`)
  openssl(
    place,
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-384',
    '-nodes',
    '-keyout',
    '../issuing.key',
    '-subj',
    '/C=DE/O=Example Bank/CN=Example Issuing CA 1',
    '-out',
    'request',
  )
}

async function restorePlace(): Promise<TestPartition> {
  const place = await partition()
  mkdirSync(place.path('media'), { mode: 0o700 })
  await place.data('backup', 'create', place.path('media', 'backup'), ...by(place))
  return place
}

export const TRIALS: readonly Trial[] = [
  {
    template: 'rotate',
    partition: 'pay',
    place: () => withKey('payments/card-dek', 1),
    exception: '1.5',
    breakAt: '3.1',
    keys: { 'payments/card-dek#1': 'destroyed', 'payments/card-dek#2': 'deactivated', 'payments/card-dek#3': 'active' },
  },
  {
    template: 'destroy',
    partition: 'pay',
    place: () => withKey('payments/old-dek', 0),
    exception: '2.2',
    breakAt: '3.1',
    keys: { 'payments/old-dek#1': 'destroyed' },
  },
  { template: 'replace', partition: 'pay', place: () => partition(), exception: '2.1', breakAt: '3.2', keys: {} },
  { template: 'restore-test', partition: 'pay', place: restorePlace, exception: '2.1', breakAt: '2.3', keys: {} },
  {
    template: 'init',
    partition: 'pay',
    place: async () => blank(),
    exception: '2.1',
    breakAt: '2.2',
    keys: { 'payments/card-dek#1': 'active' },
  },
  {
    template: 'root-ca',
    partition: 'root',
    place: async () => blank(),
    bring: bringProfiles,
    exception: '4.1',
    breakAt: '5.2',
    keys: { 'ca/root#1': 'active' },
  },
]

const NAME = 'trial'

export async function goThrough(trial: Trial): Promise<void> {
  using place = await trial.place()
  await writeTrial(trial, place)
  const site = ['--site', `${NAME}.site.toml`]
  await place.data('ceremony', 'lint', `${NAME}.toml`, ...site)
  const before = ledgerOf(trial, place)
  await sitThrough(place, ['ceremony', 'rehearse', `${NAME}.toml`, ...site], {
    ...dayOf(place, twinOf(trial, place)),
    pins: trial.pins?.[1],
  })
  assert.equal(ledgerOf(trial, place), before, 'a rehearsal touches no ledger')
  assert.ok(existsSync(place.path(`${NAME}.toml.rehearsal`)))
  const day = { ...dayOf(place, place.path()), pins: trial.pins?.[0] }
  await sitThrough(place, ['ceremony', 'run', `${NAME}.toml`, ...site], {
    ...day,
    exception: trial.exception,
    hangUpAt: trial.breakAt,
  })
  await sitThrough(place, ['ceremony', 'resume'], day)
  const [{ state, exceptions }] = (await place.data('ceremony', 'status')).ceremonies
  assert.deepEqual([state, exceptions], ['closed', 1])
  for (const [key, state] of Object.entries(trial.keys))
    assert.equal((await place.data('key', 'show', key)).state, state, key)
  await verify(trial, place)
}

/** The script asks for a rehearsal, the paths of its site are those of the place, and two witnesses have keys. */
async function writeTrial(trial: Trial, place: TestPartition): Promise<void> {
  await place.data('ceremony', 'new', NAME, '--template', trial.template)
  for (const folder of [...CUSTODIANS, 'dan', 'shares', 'out'])
    mkdirSync(place.path('media', folder), { recursive: true, mode: 0o700 })
  trial.bring?.(place)
  writeFileSync(place.path('photo.jpg'), 'a photo')
  const script = (trial.bend ?? asItIs)(readFileSync(place.path(`${NAME}.toml`), 'utf8'))
  writeFileSync(place.path(`${NAME}.toml`), script.replace('[requires]', '[requires]\nrehearsal = "P14D"'))
  const keys = [1, 2].map((i) => {
    execFileSync('ssh-keygen', ['-q', '-N', '', '-C', '', '-t', 'ed25519', '-f', place.path(`witness-${i}`)])
    return readFileSync(place.path(`witness-${i}.pub`), 'utf8').trim()
  })
  const site = filledIn(readFileSync(place.path(`${NAME}.site.toml`), 'utf8'))
    .replaceAll('/media/', `${place.path('media')}/`)
    .replaceAll(/module = .*/g, `module = "${softhsm}"`)
    .replace(/key = .*/, `key = "${keys[0]}"`)
  const second = `\n[[people]]\nname = "Second witness"\nroles = ["internal-witness"]\nkey = "${keys[1]}"\n`
  writeFileSync(place.path(`${NAME}.site.toml`), (trial.site ?? asItIs)(site + second, place))
}

const asItIs = (text: string): string => text

const twinOf = (trial: Trial, place: TestPartition): string =>
  join(place.home, '.rehearsals', `${trial.partition}.${NAME}`)

const ledgerOf = (trial: Trial, place: TestPartition): string | undefined => {
  const path = place.path('home', trial.partition, 'ledger.jsonl')
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** `root`: of the folder with shares and media, which those of a twin mirror. */
function dayOf(place: TestPartition, root: string): Day {
  const media = root === place.path() ? place.path('media') : join(root, 'files', place.path('media'))
  const shares = [join(root, 'shares'), ...[...CUSTODIANS, 'dan', 'shares'].map((name) => join(media, name))]
  return {
    shares,
    photo: place.path('photo.jpg'),
    stay: 'Mx operator, Mx administrator',
    custodians: ['alice', 'bob'],
    values: { 'request-sha256': 'a'.repeat(64) },
  }
}

async function sitThrough(place: TestPartition, args: readonly string[], day: Day): Promise<void> {
  using terminal = spawnTerminal(args, { home: place.home, cwd: place.folder.dir, env: place.folder.env })
  await answerAll(terminal, day)
  const { code } = await terminal.exit
  if (day.hangUpAt === undefined) assert.equal(code, 0, terminal.screen().slice(-3000))
}

async function verify(trial: Trial, place: TestPartition): Promise<void> {
  await place.data('ceremony', 'sign', NAME, '--out', 'head')
  for (const i of [1, 2]) {
    execFileSync(
      'ssh-keygen',
      ['-Y', 'sign', '-q', '-n', 'keyrite-ceremony', '-f', place.path(`witness-${i}`), place.path('head')],
      { stdio: 'ignore' },
    )
    renameSync(place.path('head.sig'), place.path(`head.${i}.sig`))
    await place.data('ceremony', 'sign', NAME, '--role', 'internal-witness', '--signature', `head.${i}.sig`)
  }
  await place.data('ceremony', 'record', NAME, '--out', 'record')
  copyFileSync(place.path('home', trial.partition, 'ledger.jsonl'), place.path('ledger'))
  const { anchor } = await place.data('partition', 'show')
  const told = await place.data('ceremony', 'verify', 'record', '--ledger', 'ledger', '--anchor', anchor)
  assert.deepEqual([told.mode, told.end, told.witnesses.length], ['real', 'closed', 2])
  const args = [inRepo('test/independent/ceremony.py'), place.path('ledger'), 'record']
  const verdict = JSON.parse(execFileSync('python3', args, { cwd: place.folder.dir, encoding: 'utf8' }))
  assert.deepEqual(verdict, { record: [] })
  const twin = twinOf(trial, place)
  const { code } = await place.keyrite(['ceremony', 'record', NAME, '--out', 'rehearsed'], { home: join(twin, 'home') })
  assert.equal(code, 0)
  const real = await place.keyrite(['ceremony', 'verify', 'rehearsed', '--ledger', 'ledger'])
  assert.equal(real.code, 5, 'a rehearsal is nothing to the real ledger')
  const own = await place.data(
    'ceremony',
    'verify',
    'rehearsed',
    '--ledger',
    join(twin, 'home', trial.partition, 'ledger.jsonl'),
  )
  assert.equal(own.mode, 'rehearsal')
}
