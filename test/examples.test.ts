// Every example in help is run, as it stands, on a real partition. Only what a person would be asked for is added as flags.
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, describe, mock, test } from 'node:test'
import packageJson from '../package.json' with { type: 'json' }
import { examplesOf, SHARES } from '../src/cli/examples.ts'
import { treeOf } from '../src/docs/generate.ts'
import { planCode } from '../src/domain/proposal.ts'
import { signedBy, wide } from './support/afar.ts'
import { foreignToken } from './support/application.ts'
import { readyAuthority } from './support/authority-files.ts'
import { begun, signHead } from './support/ceremony-place.ts'
import { commandsOf, type Named } from './support/commands.ts'
import { idOf, pkcs11Tool } from './support/foreign.ts'
import { makeForeign } from './support/foreign-keys.ts'
import { perform } from './support/in-process.ts'
import { killedAfter, onDisk } from './support/interrupted.ts'
import { answerFaults } from './support/json-schema.ts'
import { keyBlocks } from './support/key-blocks.ts'
import { runProgram } from './support/keyrite.ts'
import { blank, partition, type TestPartition } from './support/partition.ts'
import { WRAPPING_KEY } from './support/plan-samples.ts'
import { SCRIPT, SITE } from './support/script-files.ts'
import { folderOfToken, loseTokens, softhsm } from './support/softhsm.ts'
import { identity, newShare, ofFour, staged } from './support/stage.ts'
import componentVectors from './vectors/components.json' with { type: 'json' }

const ZMK = componentVectors.vectors[0]!

const PARTNER = `-----BEGIN PUBLIC KEY-----\n${Buffer.from(WRAPPING_KEY, 'base64url').toString('base64')}\n-----END PUBLIC KEY-----\n`

const CHANGE = SHARES.split(' ')

/** Plain shares, which open quicker, under the names that sealed ones have. */
async function bare(): Promise<TestPartition> {
  const place = await partition()
  for (const name of ['alice', 'bob', 'carol'])
    copyFileSync(place.share(name), place.path('shares', `${name}.share.age`))
  return place
}

/** A partition in which the examples find what they name. */
async function build(): Promise<TestPartition> {
  const place = await bare()
  await place.data('key', 'generate', 'payments/card-dek', '--type', 'aes-256', ...CHANGE)
  await place.data('key', 'rotate', 'payments/card-dek', ...CHANGE)
  await place.data('key', 'generate', 'payments/signing', '--type', 'ec-p256', ...CHANGE)
  await place.data('backup', 'create', 'pay.backup', ...CHANGE)
  copyFileSync(place.path('home', 'pay', 'checkpoint'), place.path('carried-away.checkpoint'))
  return place
}

let built: Promise<TestPartition> | undefined
const ready = async () => (await (built ??= build())).copy()

const second = (place: TestPartition) => place.data('member', 'add', 'site-b', '--module', softhsm, ...CHANGE)

async function secondLost(place: TestPartition): Promise<void> {
  await second(place)
  rmSync(folderOfToken(place.folder, 'site-b-'), { recursive: true })
}

async function missed(place: TestPartition): Promise<void> {
  await second(place)
  const alone = ['--absent', 'site-b', '--no-checkpoint']
  await place.data('key', 'rotate', 'payments/card-dek', ...alone, ...CHANGE)
}

async function withRoot(place: TestPartition): Promise<void> {
  await readyAuthority(place, 'ec-p256', CHANGE)
  await place.data('cert', 'root', 'root.toml', '--out', 'root.pem', ...CHANGE)
}

const DESTROY = ['key', 'destroy', 'payments/card-dek#1', '--confirm', 'payments/card-dek#1']

/** SoftHSM shows a blank token in an empty folder. */
function loseToken(place: TestPartition) {
  loseTokens(place.folder)
}

/** Under the passphrase `keyrite`. */
const sealedKey = (): string => JSON.parse(readFileSync('test/vectors/pkcs8.json', 'utf8')).files['scrypt aes-256-cbc']

/** A rotation that ends once its intent is on the disk. */
const crash = (place: TestPartition) =>
  killedAfter(place, () => ['key', 'rotate', 'payments/card-dek', ...CHANGE], onDisk)

/** An application that the examples name. */
const web = (place: TestPartition) =>
  place.data('app', 'init', 'web', '--module', softhsm, '--pin-out', 'web.pin', ...CHANGE)

/** A token whose PIN is somebody else's. */
async function others(place: TestPartition) {
  await foreignToken(place, 'batch', 'their-so-pin', 'their-user')
  writeFileSync(place.path('user.pin'), 'their-user\n', { mode: 0o600 })
}

/** It has a key. */
async function delivered(place: TestPartition) {
  await web(place)
  await place.data('key', 'deliver', 'payments/card-dek', '--app', 'web', ...CHANGE)
}

/** A key that waits for a time which has come when the examples are run: for them the clock is ahead. */
async function waiting(place: TestPartition) {
  const at = Date.now() + 600_000
  const time = ['--activate-at', new Date(at).toISOString()]
  await place.data('key', 'generate', 'payments/card-dek', '--type', 'aes-256', ...time, ...CHANGE)
  mock.timers.enable({ apis: ['Date'], now: at })
}

/** The request of another machine, which has the ledger and a key of its own. */
async function requested(place: TestPartition) {
  const [own, aside] = [place.path('home', 'pay', 'station.key'), place.path('aside')]
  renameSync(own, aside)
  await place.data('station', 'request', '--out', 'laptop.request')
  renameSync(aside, own)
}

/** dan, who joins, gets a share for a recipient of his own. */
async function stagedFor(place: TestPartition) {
  const { file, recipient } = identity(place, 'dan')
  await staged(place, '--recipient', `dan=${recipient}`)
  renameSync(file, place.path('identity'))
  renameSync(newShare(place, 'dan', 2, 'age'), place.path('shares', 'dan.e2.share.age'))
}

/** Plain shares of four under the names that sealed ones have. */
async function four(): Promise<TestPartition> {
  const place = await ofFour()
  for (const name of ['alice', 'bob']) renameSync(place.share(name), place.path('shares', `${name}.share.age`))
  return place
}

/** A plan that two custodians have signed, and nobody waits with. */
async function leaveSigned(place: TestPartition) {
  copyFileSync(place.share('carol'), place.path('shares', 'carol.share.age'))
  copyFileSync(place.ledger, place.path('pay.ledger'))
  const { plan } = await place.data('key', 'rotate', 'card', '--dry-run', '--remote', place.folder.dir)
  writeFileSync(place.path('rotate.plan'), signedBy(place, plan, 'alice', 'bob'))
  writeFileSync(place.path('code'), planCode(plan))
}

const MANIFEST = `format = "keyrite.manifest/1"
[policies.dek]
type = "aes-256"
rotate-every = "P1Y"
process-for = "P1Y"
[keys."payments/card-dek"]
policy = "dek"
deliver = ["web"]
[keys."payments/pin"]
policy = "dek"
[duties]
"partition.check" = "P92D"
`

/** With an application that the manifest names. */
async function written(place: TestPartition) {
  await web(place)
  writeFileSync(place.path('keys.toml'), MANIFEST)
}

async function inForce(place: TestPartition) {
  await written(place)
  await place.data('manifest', 'apply', 'keys.toml', ...CHANGE)
}

/** A ceremony of two people, with its site. */
function scripted(place: TestPartition) {
  writeFileSync(place.path('rotation.toml'), SCRIPT)
  writeFileSync(place.path('rotation.site.toml'), SITE)
}

/** Before the second example the ceremony is opened again, as far as the ledger knows, and the journal is gone. */
function lostLater() {
  let isSecond = false
  let before = ''
  return (place: TestPartition) => {
    if (isSecond) {
      rmSync(place.path('home', '.ceremonies'), { recursive: true })
      writeFileSync(place.ledger, before, { mode: 0o600 })
      rmSync(place.path('home', 'pay', 'checkpoint'), { force: true })
    } else before = readFileSync(place.ledger, 'utf8')
    isSecond = true
  }
}

const aborted = (place: TestPartition) => place.data('ceremony', 'abort', '--reason', 'the HSM was not reachable')

/** Once the head is there. */
function signed(place: TestPartition) {
  if (existsSync(place.path('q4.head'))) signHead(place, 'witness', place.path('q4.head'))
}

interface Stage {
  place?: () => Promise<TestPartition>
  prepare?: (place: TestPartition) => unknown
  /** Before each example. */
  clear?: (place: TestPartition) => void
  flags?: string
}

/** What a command needs beyond that partition. */
const STAGES: Record<string, Stage> = {
  'partition init': {
    place: async () => blank(),
    flags: '--unsafe-plain-shares',
    clear: (place) => {
      loseToken(place)
      for (const folder of ['home', 'shares']) rmSync(place.path(folder), { recursive: true, force: true })
      mkdirSync(place.path('shares'), { mode: 0o700 })
    },
  },
  'partition adopt': {
    place: async () => {
      const place = blank()
      await makeForeign(place.folder)
      return place
    },
    flags: "--unsafe-plain-shares --name 'Card DEK=card/dek'",
  },
  'member sync': { prepare: missed },
  'member check': { prepare: second },
  'member retire': { prepare: secondLost },
  'app list': { prepare: web },
  'config set': { prepare: web },
  'app adopt': { prepare: others },
  'app check': { prepare: web },
  'app replace': { prepare: web },
  'app retire': { prepare: web },
  'app pin': { prepare: web },
  'app show': { prepare: web },
  'app sync': { prepare: delivered },
  'key deliver': { prepare: web },
  'key withdraw': {
    prepare: async (place) => {
      await delivered(place)
      await place.data('key', 'deliver', 'payments/card-dek#1', '--app', 'web', ...CHANGE)
    },
  },
  'key publish': { prepare: delivered },
  'key promote': {
    prepare: async (place) => {
      await delivered(place)
      await place.data('key', 'publish', 'payments/card-dek', ...CHANGE)
      await place.data('backup', 'create', 'published.backup', ...CHANGE)
    },
  },
  'manifest apply': { prepare: written, clear: (place) => rmSync(place.path('due.txt'), { force: true }) },
  'manifest diff': { prepare: written },
  'manifest show': { prepare: inForce },
  'key list': { prepare: inForce },
  'partition recover': { prepare: crash },
  'key activate': { place: bare, prepare: waiting },
  'key restore': {
    prepare: (place) =>
      pkcs11Tool(place, ['--delete-object', '--type', 'secrkey', '--id', idOf(place, 'payments/card-dek')]),
  },
  'cert request': {
    prepare: (place) => {
      writeFileSync(place.path('pay.toml'), 'subject = "CN=pay.example.com,O=Example Bank,C=DE"\n')
      return place.data('key', 'generate', 'sign/statements', '--type', 'ec-p256', ...CHANGE)
    },
    clear: (place) => rmSync(place.path('pay.csr'), { force: true }),
  },
  'cert root': {
    prepare: (place) => readyAuthority(place, 'ec-p256', CHANGE),
    clear: (place) => rmSync(place.path('root.pem'), { force: true }),
  },
  'cert issue': {
    prepare: withRoot,
    clear: (place) => rmSync(place.path('issuing.pem'), { force: true }),
  },
  'cert crl': { prepare: withRoot, clear: (place) => rmSync(place.path('root.crl.pem'), { force: true }) },
  'key export': {
    prepare: async (place) => {
      await place.data('key', 'generate', 'partner/zmk', '--type', 'aes-256', ...CHANGE)
      await place.data('key', 'generate', 'pos/tmk', '--type', 'aes-256', '--count', '2', ...CHANGE)
      await place.data('key', 'generate', 'partner/kbpk', '--type', 'aes-256', '--usage', 'wrap', ...CHANGE)
      writeFileSync(place.path('partner.pem'), PARTNER)
      mkdirSync(place.path('wrapped'))
    },
    clear: (place) => {
      for (const name of ['zmk.wrapped', 'zmk.block']) rmSync(place.path(name), { force: true })
    },
  },
  'ceremony lint': { prepare: scripted },
  'ceremony print': {
    prepare: scripted,
    clear: (place) => {
      for (const name of ['rotation.html', 'witness.txt', 'rehearsal.html']) rmSync(place.path(name), { force: true })
    },
  },
  'ceremony new': {
    clear: (place) => {
      for (const name of ['rotation', 'root-ca'])
        for (const end of ['toml', 'site.toml']) rmSync(place.path(`${name}.${end}`), { force: true })
    },
  },
  'ceremony status': { place: begun },
  'ceremony abort': {
    place: begun,
    // The second one is of a journal that is lost; the first has moved it out of the way.
    clear: lostLater(),
  },
  'ceremony sign': { place: begun, prepare: aborted, clear: signed },
  'ceremony record': { place: begun, prepare: aborted },
  'ceremony verify': {
    place: begun,
    prepare: async (place) => {
      await aborted(place)
      await place.data('ceremony', 'record', 'q4', '--out', 'record')
      copyFileSync(place.ledger, place.path('pay.backup.ledger'))
      writeFileSync(place.path('witnesses'), `wim ${readFileSync(place.path('witness.pub'), 'utf8')}`)
    },
  },
  inspect: {
    prepare: (place) => {
      writeFileSync(place.path('zmk.block'), `${keyBlocks()[8]!.block}\n`)
      writeFileSync(place.path('q4.toml'), SCRIPT)
    },
  },
  'key import': {
    prepare: async (place) => {
      await place.data('key', 'import-request', 'partner/dek', '--type', 'aes-256', '--out', 'dek.request', ...CHANGE)
      writeFileSync(place.path('dek.wrapped'), Buffer.alloc(384, 1))
      writeFileSync(place.path('partner.pem'), sealedKey())
      writeFileSync(place.path('partner.pass'), 'keyrite\n', { mode: 0o600 })
      await place.data('key', 'generate', 'partner/kbpk', '--type', 'aes-256', '--usage', 'unwrap', ...CHANGE)
      writeFileSync(place.path('data.block'), keyBlocks().find(({ block }) => block.startsWith('D0144D0A'))!.block)
      writeFileSync(place.path('kek.jwk'), JSON.stringify({ kty: 'oct', k: 'P0GeHLcHlEKqN0dMLvv4uA' }), { mode: 0o600 })
      for (const [i, name] of ['one', 'two', 'three'].entries())
        writeFileSync(place.path(name), `${ZMK.components[i]}\n`, { mode: 0o600 })
    },
  },
  'key sign': {
    prepare: async (place) => {
      await place.data('key', 'generate', 'sign/statements', '--type', 'ec-p256', ...CHANGE)
      writeFileSync(place.path('statement.pdf'), 'a statement')
    },
    clear: (place) => rmSync(place.path('statement.sig'), { force: true }),
  },
  'key resume': {
    prepare: (place) => place.data('key', 'suspend', 'payments/signing', '--reason', 'rest', ...CHANGE),
  },
  'backup create': {
    prepare: (place) => {
      for (const name of ['pay.backup', 'pay.backup.ledger']) rmSync(place.path(name))
    },
  },
  'audit verify': {
    prepare: (place) => place.data(...DESTROY, '--certificate', 'destruction.txt', ...CHANGE),
  },
  'audit export': { clear: (place) => rmSync(place.path('keyrite.log'), { force: true }) },
  'audit publish': { prepare: (place) => mkdirSync(place.path('published')) },
  'report keys': { clear: (place) => rmSync(place.path('keys.csv'), { force: true }) },
  'report evidence': { clear: (place) => rmSync(place.path('evidence.html'), { force: true }) },
  'report access': { clear: (place) => rmSync(place.path('access.html'), { force: true }) },
  'report verify': {
    prepare: (place) => place.data('report', 'evidence', '--format', 'html', '--out', 'evidence.html'),
  },
  'station request': { prepare: (place) => rmSync(place.path('home', 'pay', 'station.key')) },
  'station add': { prepare: requested },
  'station remove': {
    prepare: async (place) => {
      await requested(place)
      await place.data('station', 'add', 'laptop', '--in', 'laptop.request', ...CHANGE)
    },
  },
  'quorum stage': {
    prepare: (place) => mkdirSync(place.path('new'), { mode: 0o700 }),
    flags: '--unsafe-plain-shares',
  },
  'quorum replace': {
    prepare: async (place) => {
      await staged(place)
      mkdirSync(place.path('stick'))
    },
    flags: `${['alice', 'bob', 'dan'].map((name) => `--share new/${name}.e2.share.txt`).join(' ')} --confirm custodians --accept unbacked`,
  },
  'quorum unstage': { prepare: (place) => staged(place) },
  'quorum confirm': { prepare: stagedFor, flags: '--identity identity' },
  'custodian suspend': { place: four },
  'custodian resume': {
    place: four,
    prepare: (place) => place.data('custodian', 'suspend', 'carol', '--until', '2099-01-31', ...CHANGE),
  },
  'custodian acknowledge': { prepare: (place) => writeFileSync(place.path('form.pdf'), 'signed\n') },
  'share print': { clear: (place) => rmSync(place.path('alice.html'), { force: true }) },
  'share passphrase': {
    prepare: (place) => writeFileSync(place.path('new'), 'correct horse battery staple\n', { mode: 0o600 }),
    clear: (place) => rmSync(place.path('shares', 'alice.new.share.age'), { force: true }),
    flags: '--new-passphrase-file new --passphrase-cost 14',
  },
  'plan show': { place: () => wide(3, 5), prepare: leaveSigned },
  'plan approve': { place: () => wide(3, 5), prepare: leaveSigned },
  'backup restore': { clear: loseToken, flags: '--confirm pay' },
}

/** What else has to be said where nobody can be asked. */
function complete(line: string, { command }: Named, flags = ''): string {
  const approves = command.options.some(({ long }) => long === '--share')
  const shares =
    approves && !/--share |--dry-run|--out \S+$|--in /.test(line) && !['init', 'adopt'].includes(command.name())
      ? SHARES
      : ''
  return `${line} ${shares} ${flags} --no-input`.replace('/usr/lib/softhsm/libsofthsm2.so', softhsm)
}

/** Nothing in it that a shell would make anything else of. */
const PLAIN = /^keyrite(?: [\w./:,=@%+-][\w./:,=@%+#-]*)*$/

/** The words of a command line, as a shell gives them to keyrite. */
async function wordsOf(line: string, place: TestPartition): Promise<string[]> {
  if (PLAIN.test(line)) return line.split(' ').slice(1)
  const script = `keyrite() { printf '%s\\n' "$@"; }; ${line}`
  const { code, stdout, stderr } = await runProgram('sh', ['-c', script], { cwd: place.folder.dir })
  assert.deepEqual([code, stderr], [0, ''], line)
  return stdout.split('\n').slice(0, -1)
}

async function runExamples(named: Named) {
  const stage = STAGES[named.words.slice(1).join(' ')] ?? {}
  using place = await (stage.place ?? ready)()
  await stage.prepare?.(place)
  const lines = examplesOf(named.command)
  for (const line of lines) {
    stage.clear?.(place)
    // An anchor is each partition's own.
    const own = line.includes('--anchor') ? (await place.data('partition', 'show')).anchor : ''
    const read = line.includes('--code') ? readFileSync(place.path('code'), 'utf8') : ''
    const coded = line.replace('K7QD 9XMA 2FJT 6V1C H8RW', read)
    const typed = complete(coded.replace('CBM63 NVH7A MC344 HKXYY C1V8N', own), named, stage.flags)
    const options = { cwd: place.folder.dir, home: place.home, env: place.folder.env }
    // The last one is also held against the published schema.
    const asks = line === lines.at(-1) && !named.words.includes('completion')
    const { code, json, stdout, stderr } = await perform(
      await wordsOf(asks ? `${typed} --json` : typed, place),
      options,
    )
    assert.equal(code, 0, `${typed}\n${stdout}${stderr}`)
    // Those of keyrite itself are other commands'.
    const command = named.words.slice(1).join(' ') || 'help'
    if (asks) assert.deepEqual(answerFaults(json, command), [], stdout)
  }
}

describe('examples', { concurrency: 1 }, () => {
  afterEach(() => mock.timers.reset())
  for (const named of commandsOf(treeOf(packageJson.version))) {
    // People type there: test/tty/ceremony runs them.
    const isTyped = ['rehearse', 'run', 'resume'].includes(named.command.name()) && named.words.includes('ceremony')
    // A database is wanted: npm run test:fleet has one.
    const isInDatabase = ['move', 'join'].includes(named.command.name()) && named.words.includes('partition')
    if (examplesOf(named.command).length > 0 && !isTyped && !isInDatabase)
      test(named.words.join(' '), () => runExamples(named))
  }
})
