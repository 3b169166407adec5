// The modules of Debian: the packages of each, and how a token of it is started that belongs to nobody.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environment } from '../support/keyrite.ts'
import type { Daemons } from './daemons.ts'

export interface TokenModule {
  name: string
  packages: readonly string[]
  /** The library; `*` stands for the folder that is named after the machine. */
  library: string
  /** What a process needs to reach a new, empty token. Daemons that run for an earlier one have been ended. */
  start(folder: string, daemons: Daemons): Promise<Started>
  /** The PIN that a new token has for its SO; empty where it has none. */
  soPin?: string
  /** How Keyrite speaks to it: `keyrite help profiles`. */
  profile?: string
  /** There is this one token, and nothing makes it empty again. */
  isSingle?: boolean
  /** It is at places of the machine, which have to be hidden behind others. */
  wantsPrivacy?: true
}

export interface Started {
  env: Record<string, string>
  /** For C_Initialize. */
  parameters?: string
}

/** In the processes of this run the machine's own /run and shared memory are not to be seen: scripts/tokens.mjs has seen to that. */
export const isPrivate = (): boolean => process.env.KEYRITE_TOKENS_PRIVATE === '1'

export function libraryOf({ library }: TokenModule): string | undefined {
  const [before, after] = library.split('*') as [string, string?]
  if (after === undefined) return existsSync(before) ? before : undefined
  return readdirSync(before)
    .map((name) => `${before}${name}${after}`)
    .find((path) => existsSync(path))
}

function softhsm(folder: string): Record<string, string> {
  mkdirSync(join(folder, 'tokens'), { recursive: true })
  const conf = join(folder, 'softhsm2.conf')
  writeFileSync(
    conf,
    `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  )
  return { SOFTHSM2_CONF: conf }
}

const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so'

async function remote(folder: string, daemons: Daemons): Promise<Started> {
  const socket = join(folder, 'p11.sock')
  const args = ['server', '--foreground', '--provider', SOFTHSM, '--name', socket, 'pkcs11:']
  const ready = () => existsSync(socket)
  await daemons.start('p11-kit', args, { folder, env: softhsm(folder), ready })
  return { env: { P11_KIT_SERVER_ADDRESS: `unix:path=${socket}` } }
}

async function nss(folder: string): Promise<Started> {
  const parameters = `configdir='sql:${folder}' certPrefix='' keyPrefix='' secmod='secmod.db' flags= `
  return { env: { NSS_DIR: folder }, parameters }
}

const OPENCRYPTOKI = '/var/lib/opencryptoki'

/** Its places are compiled in: in this run's own namespace they are empty, and nobody's token is touched. */
async function opencryptoki(folder: string, daemons: Daemons): Promise<Started> {
  const [conf, sockets] = ['/etc/opencryptoki', ['/run/pkcsslotd.socket', '/run/opencryptoki/pkcsslotd.socket']]
  hide(OPENCRYPTOKI, join(folder, 'var'), daemons)
  ran({}, 'cp', '-a', conf, join(folder, 'etc'))
  hide(conf, join(folder, 'etc'), daemons)
  for (const path of [...sockets, '/dev/shm/var.lib.opencryptoki.swtok']) rmSync(path, { force: true })
  configure(join(conf, 'opencryptoki.conf'))
  const lock = '/run/lock/opencryptoki'
  const folders = [
    lock,
    `${lock}/swtok`,
    ...['HSM_MK_CHANGE', 'swtok', 'swtok/TOK_OBJ'].map((name) => `${OPENCRYPTOKI}/${name}`),
  ]
  for (const path of folders) mkdirSync(path, { recursive: true })
  ran({}, 'chown', '-R', ':pkcs11', lock, OPENCRYPTOKI)
  ran({}, 'chmod', '770', OPENCRYPTOKI, ...folders)
  await daemons.start('pkcsslotd', ['-f'], { folder, ready: () => sockets.some((path) => existsSync(path)) })
  daemons.strayed('/run/opencryptoki/pkcsslotd.pid')
  return { env: {} }
}

/** The software token alone, as this version wants it. */
function configure(file: string): void {
  const before = readFileSync(file, 'utf8')
  const [version, token] = [/^version .*$/m, /^ *tokversion = .*$/m].map((line) => line.exec(before)?.[0] ?? '')
  const lines = [version, 'slot 0', '{', 'stdll = libpkcs11_sw.so', token, '}'].filter((line) => line !== '')
  writeFileSync(file, `${lines.join('\n')}\n`)
}

function hide(place: string, behind: string, daemons: Daemons): void {
  mkdirSync(behind, { recursive: true })
  ran({}, 'mount', '--bind', behind, place)
  daemons.afterwards(() => ran({}, 'umount', place))
}

function ran(env: Record<string, string>, program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: environment({ env }) })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}

async function bus(folder: string, daemons: Daemons): Promise<Record<string, string>> {
  const socket = join(folder, 'bus')
  const args = ['--session', '--nofork', '--nopidfile', `--address=unix:path=${socket}`]
  await daemons.start('dbus-daemon', args, { folder, ready: () => existsSync(socket) })
  return { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` }
}

async function tpm2(folder: string, daemons: Daemons): Promise<Started> {
  const [socket, state, store] = ['swtpm.sock', 'state', 'store'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const path of [state, store]) mkdirSync(path)
  const at = ['--server', `type=unixio,path=${socket}`, '--ctrl', `type=unixio,path=${socket}.ctrl`]
  const args = ['socket', '--tpm2', '--tpmstate', `dir=${state}`, ...at, '--flags', 'not-need-init,startup-clear']
  await daemons.start('swtpm', args, { folder, ready: () => existsSync(socket) })
  const env = await bus(folder, daemons)
  // As much room as the resource manager in Linux gives one process.
  const broker = ['--allow-root', '--session', '--max-transients=3', `--tcti=swtpm:path=${socket}`]
  await daemons.start('tpm2-abrmd', broker, { folder, env, ready: () => hasOwner('com.intel.tss2.Tabrmd', env) })
  const tcti = 'tabrmd:bus_type=session'
  // Wrong PINs are tried here, and a TPM locks after three.
  ran(
    { ...env, TPM2TOOLS_TCTI: tcti },
    ...['tpm2_dictionarylockout', '--setup-parameters', '--max-tries=1000', '--recovery-time=1'],
    '--lockout-recovery-time=1',
  )
  return { env: { ...env, TPM2_PKCS11_STORE: store, TPM2_PKCS11_TCTI: tcti, TPM2_PKCS11_LOG_LEVEL: '0' } }
}

function hasOwner(name: string, env: Record<string, string>): boolean {
  const call = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner']
  const { stdout } = spawnSync('dbus-send', [...call, `string:${name}`], {
    env: environment({ env }),
    encoding: 'utf8',
  })
  return stdout.includes('true')
}

async function gnomeKeyring(folder: string, daemons: Daemons): Promise<Started> {
  const [run, home] = [join(folder, 'run'), join(folder, 'home')]
  for (const path of [run, home]) mkdirSync(path, { mode: 0o700 })
  const env = { ...(await bus(folder, daemons)), XDG_RUNTIME_DIR: run, HOME: home }
  const control = join(run, 'keyring')
  const args = ['--foreground', '--unlock', '--components=pkcs11']
  const ready = () => existsSync(control) && readdirSync(control).length > 0
  await daemons.start('gnome-keyring-daemon', args, { folder, env, input: 'a password', ready })
  return { env: { ...env, GNOME_KEYRING_CONTROL: control } }
}

const inLib = (name: string): string => `/usr/lib/*/${name}`
const P11_KIT = ['p11-kit-modules', 'p11-kit']

export const MODULES: readonly TokenModule[] = [
  {
    name: 'softhsm',
    packages: ['softhsm2'],
    library: SOFTHSM,
    start: async (folder) => ({ env: softhsm(folder) }),
  },
  {
    name: 'p11-kit-remote',
    packages: [...P11_KIT, 'softhsm2'],
    library: inLib('pkcs11/p11-kit-client.so'),
    start: remote,
  },
  { name: 'nss', packages: ['libnss3'], library: inLib('libsoftokn3.so'), start: nss, soPin: '', profile: 'nss' },
  {
    name: 'opencryptoki',
    packages: ['opencryptoki', 'openssl'],
    library: inLib('opencryptoki/libopencryptoki.so.0'),
    start: opencryptoki,
    soPin: '87654321',
    wantsPrivacy: true,
  },
  {
    name: 'tpm2',
    packages: [
      ...['libtpm2-pkcs11-1', 'swtpm', 'tpm2-abrmd', 'tpm2-tools'],
      ...['libtss2-tcti-swtpm0', 'libtss2-tcti-tabrmd0', 'dbus'],
    ],
    library: inLib('pkcs11/libtpm2_pkcs11.so'),
    start: tpm2,
  },
  {
    name: 'gnome-keyring',
    packages: ['gnome-keyring', 'gnome-keyring-pkcs11', 'dbus'],
    library: inLib('pkcs11/gnome-keyring-pkcs11.so'),
    start: gnomeKeyring,
  },
  {
    name: 'p11-kit-trust',
    packages: P11_KIT,
    library: inLib('pkcs11/p11-kit-trust.so'),
    start: async () => ({ env: {} }),
  },
  {
    name: 'opensc',
    packages: ['opensc-pkcs11', 'libpcsclite1'],
    library: inLib('opensc-pkcs11.so'),
    start: async () => ({ env: {} }),
  },
]

/** Why a module is left out here. */
export function whyNot(module: TokenModule): string | undefined {
  if (libraryOf(module) === undefined) return `left out: ${module.library} is not there`
  if (module.wantsPrivacy && !isPrivate())
    return 'left out: it needs root and unshare, so that the token of this machine is left alone'
  return undefined
}
