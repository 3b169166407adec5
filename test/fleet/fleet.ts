// A partition whose ledger lies in a database of our own, and workstations that share it: each has a home, and all have the token.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { launcher, type Result, runProgram } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'
import { type Cluster, PASSWORD } from './cluster.ts'

export const generate = (name: string): string[] => ['key', 'generate', name, '--type', 'aes-256']

// biome-ignore lint/suspicious/noExplicitAny: as TestPartition.records
export const recordsOf = (lines: readonly string[]): any[] => lines.map((line) => JSON.parse(line).record)

export class Fleet implements Disposable {
  readonly #names = new Set<string>()
  uuid = ''
  anchor = ''

  private constructor(
    readonly cluster: Cluster,
    readonly place: TestPartition,
    /** Of the database. */
    readonly port: number,
  ) {}

  /** A partition in a file, and a database that lets it in. */
  static async begin(cluster: Cluster, port = cluster.port): Promise<Fleet> {
    const place = await partition()
    const fleet = new Fleet(cluster, place, port)
    writeFileSync(place.path('pgpass'), `127.0.0.1:*:keyrite:*:${PASSWORD}\n`, { mode: 0o600 })
    const { partition: uuid, anchor } = (await fleet.ok('home', 'partition', 'show')).json.data
    Object.assign(fleet, { uuid, anchor })
    cluster.sql('drop schema if exists keyrite cascade; drop role if exists keyrite_owner')
    const { stdout } = await runProgram(launcher, ['doctor', '--ddl'], {})
    cluster.sql(stdout)
    cluster.sql(`insert into keyrite.ledgers values ('${uuid}', 'pay')`)
    cluster.sql(`insert into keyrite.access values ('${uuid}', 'pay', true), ('${uuid}', 'reader', false)`)
    return fleet
  }

  /** The same, moved there. */
  static async moved(cluster: Cluster, port = cluster.port): Promise<Fleet> {
    const fleet = await Fleet.begin(cluster, port)
    await fleet.change('home', 'partition', 'move', 'pay', '--to', fleet.url())
    return fleet
  }

  url(user = 'pay', ca = this.cluster.ca, port = this.port): string {
    return `postgresql://${user}@127.0.0.1:${port}/keyrite?sslrootcert=${ca}`
  }

  /** At a server that has come in its place. */
  urlAt = ({ port }: { port: number }): string => this.url('pay', this.cluster.ca, port)

  joining = (url = this.url()): string[] => ['partition', 'join', url, 'pay', '--anchor', this.anchor]

  /** A home of its own reads it there, and becomes a station. */
  async letIn(home: string, user = 'pay'): Promise<void> {
    const request = this.place.path(`${home}.request`)
    await this.ok(home, ...this.joining(this.url(user)))
    await this.ok(home, '--partition', 'pay', 'config', 'set', 'module', softhsm)
    await this.ok(home, 'station', 'request', '--out', request)
    await this.change('home', 'station', 'add', home, '--in', request)
  }

  /** A home is a workstation. */
  run = (home: string, ...args: string[]): Promise<Result> => this.#run(home, args)

  #run(home: string, args: string[], watch?: (pid: number) => void): Promise<Result> {
    const { place } = this
    this.#names.add(home)
    const env = { ...place.folder.env, PGPASSFILE: place.path('pgpass') }
    const options = {
      home: place.path(home),
      env,
      cwd: place.folder.dir,
      timeoutMs: 120_000,
      ...(watch ? { watch } : {}),
    }
    return runProgram(launcher, [...args, '--json', '--no-input'], options)
  }

  async ok(home: string, ...args: string[]): Promise<Result> {
    const result = await this.run(home, ...args)
    assert.equal(result.code, 0, `${args.join(' ')}\n${result.stdout}${result.stderr}`)
    return result
  }

  try = (home: string, ...args: string[]): Promise<Result> =>
    this.run(home, ...args, ...this.place.approvedBy('alice', 'bob'))

  tryWatched = (home: string, watch: (pid: number) => void, ...args: string[]): Promise<Result> =>
    this.#run(home, [...args, ...this.place.approvedBy('alice', 'bob')], watch)

  change = (home: string, ...args: string[]): Promise<Result> =>
    this.ok(home, ...args, ...this.place.approvedBy('alice', 'bob'))

  async fails(home: string, code: string, exit: number, ...args: string[]): Promise<Result> {
    const result = await this.run(home, ...args)
    assert.deepEqual(
      [result.json?.error?.code, result.code],
      [code, exit],
      `${args.join(' ')}\n${result.stdout}${result.stderr}`,
    )
    return result
  }

  /** Nobody was asked for a share. */
  async refuses(home: string, code: string, exit: number, ...args: string[]): Promise<Result> {
    const result = await this.fails(home, code, exit, ...args, ...this.place.approvedBy('alice', 'bob'))
    assert.doesNotMatch(result.stderr, /approves/)
    return result
  }

  copyHome(from: string, to: string): void {
    rmSync(this.place.path(to), { recursive: true, force: true })
    cpSync(this.place.path(from), this.place.path(to), { recursive: true })
  }

  lines = (home = 'home'): string[] =>
    readFileSync(this.place.path(home, 'pay', 'ledger.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')

  get rows(): string[] {
    return this.rowsIn(this.cluster)
  }

  rowsIn(cluster: Cluster): string[] {
    const found = cluster.sql(
      `select convert_from(line, 'UTF8') from keyrite.lines where partition = '${this.uuid}' order by seq`,
    )
    return found === '' ? [] : found.split('\n')
  }

  /** Copy and token say the same, and every rule holds. */
  async verifies(home = 'home'): Promise<void> {
    const checked = await this.change(home, 'partition', 'check')
    assert.deepEqual(checked.json.data.findings, [])
    await this.ok(home, 'audit', 'verify', '--anchor', this.anchor)
  }

  /** The database too. */
  async isWhole(home = 'home'): Promise<void> {
    await this.verifies(home)
    assert.deepEqual(this.rows, this.lines(home))
  }

  [Symbol.dispose](): void {
    this.place[Symbol.dispose]()
  }
}
