// Every example, and every command of docs/postgresql.md, in its order: a server, a second workstation, a standby that takes over, an upgrade, and a workstation that is stolen.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { examplesOf } from '../../src/cli/examples.ts'
import { treeOf } from '../../src/docs/generate.ts'
import { commandsOf } from '../support/commands.ts'
import { answerFaults } from '../support/json-schema.ts'
import { type Result, runProgram } from '../support/keyrite.ts'
import { inRepo } from '../support/paths.ts'
import { Cluster, PASSWORD } from './cluster.ts'
import { Fleet } from './fleet.ts'

const written = readFileSync(inRepo('docs', 'postgresql.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('    '))
  .map((line) => line.trim())

/** What the machine is told that the server runs on. */
export const commandsOfServer = written.filter((line) => /^pg_(drop|upgrade)cluster /.test(line))

export async function everyCommand(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.begin(cluster)
  cluster.sql('drop schema keyrite cascade; drop role keyrite_owner')
  cluster.sql('drop role if exists pay_writers, laptop')
  cluster.sql('create role pay_writers; create role laptop in role pay_writers login; grant pay_writers to pay')
  const servers = new Map<string, Cluster>([['db', cluster]])
  let ran = 0
  let hasTakenOver = false
  try {
    for (const command of written.filter((line) => !commandsOfServer.includes(line))) {
      if (command.includes('standby=site2')) servers.set('db2', await cluster.standby('site2'))
      if (/db2\.example/.test(command) && !hasTakenOver) {
        hasTakenOver = true
        cluster.kill()
        servers.get('db2')!.promote()
      }
      if (/db3\.example/.test(command) && !servers.has('db3')) servers.set('db3', await Cluster.start())
      const home = /join 'postgresql:\/\/pay@db\.example\/keyrite\?sslrootcert=[^&]*'/.test(command) ? 'laptop' : 'home'
      await run(command, home, fleet, servers)
      ran++
      if (home === 'laptop') await asStation(fleet)
    }
    assert.ok(ran > 15, `${ran} commands`)
    await fleet.verifies()
    await fleet.change('home', 'key', 'rotate', 'card')
    assert.deepEqual(fleet.rowsIn(servers.get('db3')!), fleet.lines())
    // Whoever has it makes no change, and can't look either.
    const stolen = await fleet.try('laptop', 'key', 'rotate', 'card')
    assert.equal(stolen.code, 3, stolen.stderr)
    assert.doesNotMatch(stolen.stderr, /approves/)
  } finally {
    for (const [name, server] of servers) if (name !== 'db') server[Symbol.dispose]()
    if (hasTakenOver) cluster.up()
  }
}

/** The examples of what a database is wanted for, as their help shows them; each answer is as the schema has it. */
export async function everyExample(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.begin(cluster)
  const servers = new Map([['db', cluster]])
  const examples = (words: string) =>
    examplesOf(commandsOf(treeOf('0')).find((one) => one.words.join(' ') === `keyrite ${words}`)!.command)
  const [there, back] = examples('partition move') as [string, string]
  // The authority here is one that nobody knows.
  const join = examples('partition join')[0]!.replace("/keyrite'", "/keyrite?sslrootcert=/etc/db-ca.pem'")
  for (const [line, home, command] of [
    [there, 'home', 'partition move'],
    [join, 'far', 'partition join'],
    [back, 'home', 'partition move'],
  ] as const) {
    const { json, stdout } = await run(`${line.replaceAll(/ --share \S+/g, '')} --json`, home, fleet, servers)
    assert.deepEqual(answerFaults(json, command), [], stdout)
  }
  await fleet.verifies()
}

/** Its own role, and its own key. */
async function asStation(fleet: Fleet): Promise<void> {
  fleet.cluster.sql(`alter role laptop password '${PASSWORD}'`)
  await fleet.letIn('laptop', 'laptop')
}

/** As it stands there, but for where servers are, and whose partition it is. */
async function run(
  command: string,
  home: string,
  fleet: Fleet,
  servers: ReadonlyMap<string, Cluster>,
): Promise<Result> {
  const { place, uuid, anchor, cluster } = fleet
  const isChange = /^keyrite (partition move|station remove)/.test(command)
  const here = (name: string) => servers.get(name)!
  const text = command
    .replaceAll(/@(db\d?)\.example/g, (_, name) => `@127.0.0.1:${here(name).port}`)
    .replaceAll(/-h (db\d?)\.example/g, (_, name) => `-h ${here(name).socket} -p ${here(name).port}`)
    .replaceAll('/etc/db-ca.pem', cluster.ca)
    .replaceAll('CBM63 NVH7A MC344 HKXYY C1V8N', anchor)
    .replaceAll('UUID', uuid)
  const where = text.includes('127.0.0.1') ? text.replace(cluster.ca, caOf(text, servers)) : text
  const given = isChange ? `${where} ${place.approvedBy('alice', 'bob').join(' ')} --no-input` : where
  const env = {
    ...place.folder.env,
    PGPASSFILE: place.path('pgpass'),
    PGHOST: cluster.socket,
    PGPORT: `${cluster.port}`,
    PGUSER: 'postgres',
  }
  const options = { home: place.path(home), env, cwd: place.folder.dir, timeoutMs: 120_000 }
  const result = await runProgram('sh', ['-c', given], options)
  assert.equal(result.code, 0, `${given}\n${result.stdout}${result.stderr}`)
  return result
}

/** A server that was made anew has an authority of its own. */
function caOf(text: string, servers: ReadonlyMap<string, Cluster>): string {
  const anew = servers.get('db3')
  return (anew && text.includes(`:${anew.port}/`) ? anew : servers.get('db')!).ca
}
