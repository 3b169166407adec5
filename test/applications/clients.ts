// Programs that people use keys with, each started as a configuration of theirs would: it logs in once, by a file with the PIN.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { connect } from 'node:tls'
import { inRepo } from '../support/paths.ts'
import { softhsm } from '../support/softhsm.ts'
import type { ApplicationPlace } from './place.ts'

/** A client at work. */
export interface Working {
  /** Uses its key once; throws where that fails. */
  use(): Promise<void>
  /** What its runbook says after a promotion. */
  reload(): Promise<void>
  stop(): void
}

export interface Client {
  name: string
  /** Of Debian, and a file of it. */
  package: string
  wants: string
  key: 'tls' | 'dek'
  /** It logs in for each use: a PIN that is no more is refused. */
  logsInAnew?: boolean
  start(place: ApplicationPlace): Promise<Working>
}

const LIB = '/usr/lib/x86_64-linux-gnu'
const ENGINE = `${LIB}/engines-3/pkcs11.so`
let lastPort = 20_000 + (process.pid % 20_000)

function started(place: ApplicationPlace, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { cwd: place.path(), env: place.env, stdio: ['ignore', 'ignore', 'ignore'] })
  child.on('error', () => undefined)
  return child
}

/** A handshake, under the certificate that the CA of the place has made. */
function shakeHands(port: number, ca: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: readFileSync(ca), timeout: 5_000 })
    socket.on('timeout', () => socket.destroy(new Error('no answer')))
    socket.on('error', reject)
    socket.on('secureConnect', () => {
      socket.destroy()
      resolve()
    })
  })
}

/** A TLS server that is started anew where it has no way to load its key again. */
async function server(
  place: ApplicationPlace,
  start: (port: number) => ChildProcess,
  reload?: (child: ChildProcess) => void,
): Promise<Working> {
  const port = ++lastPort
  let child = start(port)
  const use = () => shakeHands(port, place.path('ca.pem'))
  await until(use)
  return {
    use,
    async reload() {
      if (reload) reload(child)
      else {
        const gone = new Promise((resolve) => child.once('exit', resolve))
        child.kill()
        await gone
        child = start(port)
      }
      await until(use)
    },
    stop: () => void child.kill(),
  }
}

/** A program takes a while to come up. */
async function until(use: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await use()
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

const openssl: Client = {
  name: 'OpenSSL engine',
  package: 'libengine-pkcs11-openssl',
  wants: ENGINE,
  key: 'tls',
  async start(place) {
    const key = await place.uri('web', 'tls', 'private')
    const how = ['-engine', 'pkcs11', '-keyform', 'engine', '-key', key, '-cert', place.path('tls.pem'), '-quiet']
    return server(place, (port) => started(place, 'openssl', ['s_server', ...how, '-port', `${port}`]))
  },
}

const gnutls: Client = {
  name: 'GnuTLS',
  package: 'gnutls-bin',
  wants: '/usr/bin/gnutls-serv',
  key: 'tls',
  async start(place) {
    const key = await place.uri('web', 'tls', 'private')
    const how = ['--provider', softhsm, '--x509keyfile', key, '--x509certfile', place.path('tls.pem'), '--quiet']
    return server(place, (port) => started(place, 'gnutls-serv', [...how, '-p', `${port}`]))
  },
}

/** Its workers run as who may read the token and the PIN: here whoever starts it. */
const nginx: Client = {
  name: 'nginx',
  package: 'nginx-light',
  wants: '/usr/sbin/nginx',
  key: 'tls',
  async start(place) {
    if (!existsSync(ENGINE)) throw new Error('it wants libengine-pkcs11-openssl')
    const key = await place.uri('web', 'tls', 'private')
    const user = process.getuid?.() === 0 ? 'user root;' : ''
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    const temporary = folders.map((name) => `${name}_temp_path ${place.path(name)};`).join(' ')
    const file = place.path('nginx.conf')
    return server(
      place,
      (port) => {
        writeFileSync(
          file,
          `daemon off; ${user} pid ${place.path('nginx.pid')}; error_log ${place.path('nginx.log')};
           env SOFTHSM2_CONF; env PKCS11_MODULE_PATH; ssl_engine pkcs11; events {}
           http { access_log off; ${temporary} server { listen 127.0.0.1:${port} ssl; ssl_session_cache off;
             ssl_certificate ${place.path('tls.pem')}; ssl_certificate_key "engine:pkcs11:${key}"; } }`,
        )
        return started(place, '/usr/sbin/nginx', ['-c', file, '-e', place.path('nginx.log')])
      },
      (child) => void child.kill('SIGHUP'),
    )
  },
}

const java: Client = {
  name: 'Java SunPKCS11',
  package: 'openjdk-17-jdk-headless',
  wants: '/usr/bin/javac',
  key: 'dek',
  async start(place) {
    writeFileSync(
      place.path('java.cfg'),
      `name = tills\nlibrary = ${softhsm}\nslot = ${slotOf(place, await place.tokenLabel('tills'))}\n`,
    )
    const args = [inRepo('test/applications/Till.java'), place.path('java.cfg'), place.path('tills.pin')]
    const child = spawn('java', args, { env: place.env, stdio: ['pipe', 'pipe', 'ignore'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const answer = async () => {
      const { value, done } = await lines.next()
      if (done || value !== 'ok') throw new Error(`${value ?? 'it has ended'}`)
    }
    await answer()
    const ask = (word: string) => {
      child.stdin.write(`${word}\n`)
      return answer()
    }
    return { use: () => ask('use'), reload: () => ask('reload'), stop: () => void child.kill() }
  },
}

/** SoftHSM's slots change when a token is made; SunPKCS11 knows no other name. */
function slotOf({ env }: ApplicationPlace, label: string): string {
  const text = execFileSync('softhsm2-util', ['--show-slots'], { env, encoding: 'utf8' })
  const [, slot] = new RegExp(`^Slot (\\d+)$(?:(?!^Slot)[^])*Label: +${label} *$`, 'm').exec(text) ?? []
  return slot!
}

/** A process for each use, with the PIN in its environment. It finds a secret key by its id alone, which is that of a version. */
const pkcs11Tool: Client = {
  name: 'pkcs11-tool',
  package: 'opensc',
  wants: '/usr/bin/pkcs11-tool',
  key: 'dek',
  logsInAnew: true,
  async start(place) {
    const label = await place.tokenLabel('tills')
    let id = await place.idOf('tills', 'dek')
    writeFileSync(place.path('plain'), 'sixteen bytes ok')
    const common = ['--module', softhsm, '--token-label', label, '--login', '--pin', 'env:PIN']
    const how = ['--mechanism', 'AES-CBC', '--iv', '00'.repeat(16)]
    const tool = (...args: string[]) =>
      execFileSync('pkcs11-tool', [...common, ...how, '--id', id, ...args], {
        cwd: place.path(),
        env: { ...place.env, PIN: place.pin('tills') },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
    const use = async () => {
      tool('--encrypt', '--input-file', 'plain', '--output-file', 'sealed')
      tool('--decrypt', '--input-file', 'sealed', '--output-file', 'opened')
      if (readFileSync(place.path('opened'), 'utf8') !== 'sixteen bytes ok') throw new Error('another text')
    }
    const reload = async () => {
      id = await place.idOf('tills', 'dek')
    }
    return { use, reload, stop: () => undefined }
  },
}

export const CLIENTS: readonly Client[] = [openssl, gnutls, nginx, java, pkcs11Tool]
