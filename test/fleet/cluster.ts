// A PostgreSQL of our own, in a private folder: on a socket, and on loopback with TLS. What is started here alone is stopped.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { makeFolder, remove } from '../support/folders.ts'

const BASE = '/usr/lib/postgresql'
const bin = (name: string) => join(BASE, readdirSync(BASE).sort((a, b) => Number(b) - Number(a))[0]!, 'bin', name)

/** PostgreSQL does not run as root. */
const USER = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : []

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    }),
  )
}

export class Cluster implements Disposable {
  private constructor(
    readonly dir: string,
    readonly port: number,
  ) {}

  static async start(): Promise<Cluster> {
    const cluster = new Cluster(makeFolder('postgresql'), await freePort())
    cluster.#make()
    cluster.up()
    return cluster
  }

  get socket(): string {
    return join(this.dir, 'run')
  }

  get ca(): string {
    return join(this.dir, 'ca.pem')
  }

  #make(): void {
    const { dir, port, socket } = this
    mkdirSync(socket)
    for (const name of ['ca', 'other']) this.#authority(name)
    this.#openssl('req', '-newkey', 'ec', ...EC, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=db')
    writeFileSync(join(dir, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', 'names']
    this.#openssl('x509', '-req', '-in', 'server.csr', ...signing, '-out', 'server.pem')
    chmodSync(dir, 0o755)
    if (USER.length > 0) execFileSync('chown', ['-R', 'postgres', dir])
    this.#run('initdb', '-D', this.#data, '-A', 'trust', '-U', 'postgres', '--no-sync')
    const settings = {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: socket,
      ssl: 'on',
      ssl_cert_file: join(dir, 'server.pem'),
      ssl_key_file: join(dir, 'server.key'),
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`)
    appendFileSync(join(this.#data, 'postgresql.conf'), lines.join(''))
    const access = 'local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n'
    writeFileSync(join(this.#data, 'pg_hba.conf'), access)
  }

  get #data(): string {
    return join(this.dir, 'data')
  }

  #authority(name: string): void {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`]
    this.#openssl('req', '-x509', '-newkey', 'ec', ...EC, ...files, '-days', '30', '-subj', `/CN=${name}`)
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.dir, stdio: 'pipe' })
  }

  #run(name: string, ...args: string[]): string {
    const [program, ...words] = [...USER, bin(name), ...args]
    return execFileSync(program!, words, { cwd: this.dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
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

const EC = ['-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
