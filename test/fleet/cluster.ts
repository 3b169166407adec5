// A PostgreSQL of our own, in a private folder: on a socket, and on loopback with TLS. What is started here alone is stopped.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { makeFolder, remove } from '../support/folders.ts'

const BASE = '/usr/lib/postgresql'

/** What is here, the newest first. */
export const versions = (): string[] => readdirSync(BASE).sort((a, b) => Number(b) - Number(a))

const bin = (name: string) => join(BASE, versions()[0]!, 'bin', name)

/** PostgreSQL does not run as root. */
const USER = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : []

export function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    }),
  )
}

export class Cluster implements Disposable {
  protected constructor(
    readonly dir: string,
    readonly port: number,
  ) {}

  static async start(): Promise<Cluster> {
    const cluster = new Cluster(makeFolder('postgresql'), await freePort())
    cluster.#make()
    cluster.up()
    return cluster
  }

  /** With the database `keyrite`, and roles that log in by the password. */
  static async serving(...roles: string[]): Promise<Cluster> {
    const cluster = await Cluster.start()
    cluster.sql('create database keyrite', { database: 'postgres' })
    for (const role of roles) cluster.sql(`create role ${role} login password '${PASSWORD}'`)
    return cluster
  }

  get socket(): string {
    return join(this.dir, 'run')
  }

  get ca(): string {
    return join(this.dir, 'ca.pem')
  }

  #make(): void {
    this.makeFiles()
    this.#run('initdb', '-D', this.#data, '-A', 'trust', '-U', 'postgres', '--no-sync')
    this.configure(this.#data, { port: this.port, unix_socket_directories: this.socket })
  }

  get #data(): string {
    return join(this.dir, 'data')
  }

  /** Certificates, and a folder for the socket. */
  protected makeFiles(): void {
    const { dir, socket } = this
    mkdirSync(socket)
    for (const name of ['ca', 'other']) this.#authority(name)
    this.#request('server', 'db')
    this.certificate('server', { names: 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' })
    chmodSync(dir, 0o755)
    if (USER.length > 0) execFileSync('chown', ['-R', 'postgres', dir])
  }

  /** `folder`: where its settings lie. */
  protected configure(folder: string, more: Record<string, string | number> = {}): void {
    const { dir } = this
    const settings = {
      ...more,
      listen_addresses: '127.0.0.1,127.0.0.2',
      ssl: 'on',
      ssl_cert_file: join(dir, 'server.pem'),
      ssl_key_file: join(dir, 'server.key'),
      ssl_ca_file: join(dir, 'ca.pem'),
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`)
    appendFileSync(join(folder, 'postgresql.conf'), lines.join(''))
    const access =
      'local all all trust\nlocal replication all trust\nhostssl all certified 127.0.0.0/8 cert\nhostssl all all 127.0.0.0/8 scram-sha-256\n'
    writeFileSync(join(folder, 'pg_hba.conf'), access)
  }

  #authority(name: string): void {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`]
    this.#openssl('req', '-x509', '-newkey', 'ec', ...EC, ...files, '-days', '30', '-subj', `/CN=${name}`)
  }

  #request(name: string, subject: string): void {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`]
    this.#openssl('req', '-newkey', 'ec', ...EC, ...files, '-subj', `/CN=${subject}`)
  }

  /** For the key of the server, or for one of its own. Gives the path. */
  certificate(
    name: string,
    { names = 'keyUsage=digitalSignature\n', days = 30, authority = 'ca', subject = 'db', own = false } = {},
  ): string {
    if (own) this.#request(name, subject)
    writeFileSync(join(this.dir, 'names'), names)
    const signing = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-days', `${days}`]
    const request = own ? `${name}.csr` : 'server.csr'
    this.#openssl('x509', '-req', '-in', request, ...signing, '-extfile', 'names', '-out', `${name}.pem`)
    // The server is another user.
    chmodSync(join(this.dir, `${name}.pem`), 0o644)
    return join(this.dir, `${name}.pem`)
  }

  /** What it shows of itself from now on. */
  serve(certificate: string): void {
    this.set('ssl_cert_file', certificate)
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.dir, stdio: 'pipe' })
  }

  #run(name: string, ...args: string[]): string {
    const [program, ...words] = [...USER, bin(name), ...args]
    return execFileSync(program!, words, { cwd: this.dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** A copy of this one that follows it, under this name. */
  async standby(name: string): Promise<Cluster> {
    const standby = new Cluster(makeFolder('standby'), await freePort())
    const { dir, port, socket } = standby
    chmodSync(dir, 0o755)
    mkdirSync(socket)
    if (USER.length > 0) execFileSync('chown', ['-R', 'postgres', dir])
    const from = `host=${this.socket} port=${this.port} user=postgres application_name=${name}`
    this.#run('pg_basebackup', '-D', standby.#data, '-d', from, '-c', 'fast', '-R', '--no-sync')
    // What is set last counts.
    const settings = { port, unix_socket_directories: socket, primary_conninfo: from }
    for (const [setting, value] of Object.entries(settings)) standby.#write(setting, `${value}`)
    standby.up()
    return standby
  }

  #write(setting: string, value: string): void {
    appendFileSync(join(this.#data, 'postgresql.auto.conf'), `${setting} = '${value}'\n`)
  }

  set(setting: string, value: string): void {
    this.sql(`alter system set ${setting} = '${value}'`)
    this.sql('select pg_reload_conf()')
    // Who comes later has it: the first process rereads it within a moment.
    while (this.sql(`select setting from pg_settings where name = '${setting}'`) !== value) spawnSync('sleep', ['0.1'])
    spawnSync('sleep', ['0.5'])
  }

  promote(): void {
    this.#run('pg_ctl', '-D', this.#data, '-w', 'promote')
  }

  up(): void {
    const log = join(this.dir, 'log')
    const [program, ...words] = [...USER, bin('pg_ctl'), '-D', this.#data, '-w', '-l', log, 'start']
    // What was killed may hold its memory for a moment.
    for (let tries = 0; spawnSync(program!, words, { cwd: this.dir, stdio: 'ignore' }).status !== 0; tries++) {
      if (tries === 10) throw new Error(readFileSync(log, 'utf8'))
      spawnSync('sleep', ['0.3'])
    }
  }

  /** As a power cut ends it: SIGKILL of the first process, which its children notice. */
  kill(): void {
    const [pid] = readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n')
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', pid!], { encoding: 'utf8' }).trim().split(/\s+/)
    for (const one of [pid!, ...children]) {
      try {
        process.kill(Number(one), 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    // A dead process that nobody waits for looks alive to the next.
    remove(join(this.#data, 'postmaster.pid'))
  }

  down(): void {
    this.#run('pg_ctl', '-D', this.#data, '-m', 'fast', '-w', 'stop')
  }

  /** As the administrator, or another role. Rows as text, members between bars. */
  sql(text: string, { database = 'keyrite', role = 'postgres' } = {}): string {
    const args = ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-h', this.socket, '-p', `${this.port}`, '-U', role]
    return execFileSync('psql', [...args, '-d', database], { input: text, encoding: 'utf8', stdio: 'pipe' }).trim()
  }

  [Symbol.dispose](): void {
    const [program, ...words] = [...USER, bin('pg_ctl'), '-D', this.#data, '-m', 'immediate', 'stop']
    spawnSync(program!, words, { cwd: this.dir, stdio: 'ignore' })
    remove(this.dir)
  }
}

export const PASSWORD = 'kept-in-a-file-alone-7fd1'

const EC = ['-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
