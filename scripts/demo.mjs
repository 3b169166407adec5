// The main job from beginning to end, narrated, on private SoftHSM tokens in a temporary folder: nothing of yours is touched.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
]
const PEOPLE = ['alice', 'bob', 'carol']

const launcher = fileURLToPath(new URL('../bin/keyrite', import.meta.url))
const module = MODULES.find((path) => spawnSync('test', ['-e', path]).status === 0) ?? MODULES[0]
const folder = mkdtempSync(join(tmpdir(), 'keyrite-demo-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const home = join(folder, 'home')
const env = {
  PATH: process.env.PATH,
  HOME: folder,
  KEYRITE_HOME: home,
  SOFTHSM2_CONF: join(folder, 'softhsm2.conf'),
  TERM: process.env.TERM,
}
const colour = process.stdout.isTTY && !process.env.NO_COLOR

const tell = (text) => console.log(`\n${colour ? '\x1b[1m' : ''}${text}${colour ? '\x1b[0m' : ''}`)

/** What each flag says, told where it is first used. */
const FLAGS = {
  '--module': "the HSM's PKCS#11 library; here SoftHSM's, your HSM's own goes in its place",
  '--threshold': 'how many custodians must agree',
  '--custodian': 'one person who gets a share',
  '--passphrase-file': 'a passphrase from a file, since nobody sits here; people are asked, and type it unseen',
  '--shares-dir': 'the folder that the share files go to',
  '--passphrase-cost': 'how much work a passphrase is; 14 is quick, for this demo; 18 by default',
  '--no-input': 'never ask: a flag that is missing is an error',
  '--type': 'what kind of key; --help lists them',
  '--share': "a custodian's share file; presenting it approves the plan",
  '--confirm': "the name of what can't be undone, instead of typing it",
  '--certificate': 'where the certificate of destruction goes; beside it the same, signed, as JSON',
  '--checkpoint': 'the signed note that somebody carried away: it tells whether the ledger is whole',
  '--anchor': 'the code that was written down in the beginning',
}
const told = new Set()

function explain(args) {
  const fresh = args.filter((arg) => arg.startsWith('--') && !told.has(arg))
  for (const flag of new Set(fresh)) {
    told.add(flag)
    if (!FLAGS[flag]) throw new Error(`demo: ${flag} is not explained`)
    console.log(`  ${flag.padEnd(17)}  ${FLAGS[flag]}`)
  }
}

/** Runs keyrite as you would, shows what it prints, and stops the demo when the exit code is another than announced. */
function keyrite(args, { exit = 0, quiet = false } = {}) {
  console.log(`$ keyrite ${args.map((arg) => (/[\s#]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`)
  explain(args)
  const { status, stdout, stderr } = spawnSync(launcher, args, { cwd: folder, env, encoding: 'utf8' })
  if (!quiet) process.stdout.write(stderr + stdout)
  if (exit !== 0) console.log(`(exit code ${status})`)
  if (status === exit) return stdout
  console.error(`demo: exit code ${status} where ${exit} was expected\n${quiet ? stderr + stdout : ''}`)
  process.exit(1)
}

/** The shares of so many people, with the passphrases that they would type. */
const shares = (...people) =>
  people.flatMap((name) => ['--share', `shares/${name}.share.age`, '--passphrase-file', `${name}=${name}.passphrase`])

/** A folder for the token, empty: a new SoftHSM token is blank. */
function newToken(name) {
  mkdirSync(join(folder, name))
  const lines = [
    `directories.tokendir = ${join(folder, name)}`,
    'objectstore.backend = file',
    'log.level = ERROR',
    'slots.removable = false',
  ]
  writeFileSync(join(folder, 'softhsm2.conf'), `${lines.join('\n')}\n`)
}

newToken('token-1')
mkdirSync(join(folder, 'shares'), { mode: 0o700 })
for (const name of PEOPLE)
  writeFileSync(join(folder, `${name}.passphrase`), `the passphrase of ${name}\n`, { mode: 0o600 })

tell('1. A blank token comes under the care of three custodians. Any two of them can act, nobody alone.')
const init = keyrite([
  'partition',
  'init',
  'pay',
  '--module',
  module,
  '--threshold',
  '2',
  ...PEOPLE.flatMap((name) => ['--custodian', name, '--passphrase-file', `${name}=${name}.passphrase`]),
  '--shares-dir',
  'shares',
  '--passphrase-cost',
  '14',
  '--no-input',
])
const anchor = /anchor\s+((?:\w{5} ?){5})/.exec(init)[1].trim()

tell('2. Alice and Bob approve a key. It is made inside the token and never seen.')
keyrite(['key', 'generate', 'payments/card-dek', '--type', 'aes-256', ...shares('alice', 'bob'), '--no-input'])
keyrite(['key', 'generate', 'payments/signing', '--type', 'ec-p256', ...shares('bob', 'carol'), '--no-input'], {
  quiet: true,
})

tell('3. Alice alone tries to rotate it. She is refused, and the ledger keeps that.')
keyrite(['key', 'rotate', 'payments/card-dek', ...shares('alice'), '--no-input'], { exit: 3 })

tell('4. With Carol she may. The old version only decrypts from now on.')
keyrite(['key', 'rotate', 'payments/card-dek', ...shares('alice', 'carol'), '--no-input'])

tell('5. A backup: every key wrapped under one that only the custodians together can make.')
keyrite(['backup', 'create', 'pay.backup', ...shares('alice', 'bob'), '--no-input'])

tell('6. The old version is destroyed; that it is gone is proven, and the certificate says what still holds it.')
keyrite([
  'key',
  'destroy',
  'payments/card-dek#1',
  '--confirm',
  'payments/card-dek#1',
  '--certificate',
  'destruction.txt',
  ...shares('bob', 'carol'),
  '--no-input',
])
console.log(readFileSync(join(folder, 'destruction.txt'), 'utf8').trim())

tell('7. The token is lost. What the ledger says is still here, and the newest checkpoint.')
copyFileSync(join(home, 'pay/checkpoint'), join(folder, 'carried-away.checkpoint'))
rmSync(join(folder, 'token-1'), { recursive: true })
newToken('token-2')
keyrite(['key', 'list'])

tell('8. The partition comes back on another token. What was destroyed stays destroyed.')
keyrite([
  'backup',
  'restore',
  'pay.backup',
  '--module',
  module,
  '--checkpoint',
  'carried-away.checkpoint',
  '--confirm',
  'pay',
  ...shares('alice', 'carol'),
  '--no-input',
])
keyrite(['partition', 'check', ...shares('alice', 'bob'), '--no-input'])

tell('9. The whole history is checked offline, against the anchor that was noted in the beginning.')
keyrite(['audit', 'verify', '--anchor', anchor, '--checkpoint', 'carried-away.checkpoint'])

tell('10. Somebody edits the ledger, to hide that Alice tried alone. It is found.')
const ledger = join(home, 'pay/ledger.jsonl')
execFileSync('sed', ['-i', 's/QUORUM-MET/SOMETHING-ELSE/', ledger])
keyrite(['audit', 'verify', '--anchor', anchor], { exit: 5 })

tell('That was the whole life of a key. Nothing of it is left on this machine; your own HSM is next: see README.md')
