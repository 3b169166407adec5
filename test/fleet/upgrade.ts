// A server that Debian's tools made is upgraded by them to the next PostgreSQL, as docs/postgresql.md says: the workstations go on at the same address.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { makeFolder, remove } from '../support/folders.ts'
import { Cluster, freePort, PASSWORD, versions } from './cluster.ts'
import { Fleet, generate } from './fleet.ts'
import { commandsOfServer } from './page.ts'

/** Two PostgreSQLs lie side by side: so they do after an upgrade of Debian. */
export const isUpgradable = (): boolean => versions().length > 1

/** `main`, of the older one. */
class DebianCluster extends Cluster {
  static async older(): Promise<DebianCluster> {
    const cluster = new DebianCluster(makeFolder('debian'), await freePort())
    cluster.makeFiles()
    const [newer, older] = versions() as [string, string]
    // Packages make one of their own version.
    for (const version of [newer, older]) cluster.#drop(version)
    const place = ['--port', `${cluster.port}`, '--socketdir', cluster.socket]
    run('pg_createcluster', older, 'main', ...place, '--', '-A', 'trust', '--no-sync')
    cluster.configure(join('/etc/postgresql', older, 'main'))
    run('pg_ctlcluster', older, 'main', 'start')
    cluster.sql('create database keyrite', { database: 'postgres' })
    cluster.sql(`create role pay login password '${PASSWORD}'`)
    // The package of the newer one has made this.
    run('pg_createcluster', newer, 'main')
    return cluster
  }

  get version(): string {
    return this.sql('show server_version')
  }

  #drop(version: string): void {
    spawnSync('pg_dropcluster', ['--stop', version, 'main'], { stdio: 'ignore' })
  }

  override [Symbol.dispose](): void {
    for (const version of versions()) this.#drop(version)
    remove(this.dir)
  }
}

const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe' })

export async function upgraded(): Promise<void> {
  using cluster = await DebianCluster.older()
  using fleet = await Fleet.moved(cluster)
  await fleet.letIn('far')
  await fleet.change('far', ...generate('k'))
  const [newer, older] = versions() as [string, string]
  assert.match(cluster.version, new RegExp(`^${older}\\.`))
  for (const command of commandsOfServer)
    execFileSync('sh', ['-ec', command.replace(/\b15\b/, older).replace(/\b17\b/, newer)], { stdio: 'pipe' })
  assert.match(cluster.version, new RegExp(`^${newer}\\.`))
  for (const home of ['home', 'far']) {
    const { checks } = (await fleet.run(home, 'doctor')).json.data
    assert.equal(checks.find(({ name }: { name: string }) => name === 'pay: database').status, 'ok')
  }
  await fleet.change('far', 'key', 'rotate', 'k')
  await fleet.change('home', ...generate('after'))
  await fleet.isWhole()
  await fleet.isWhole('far')
}
