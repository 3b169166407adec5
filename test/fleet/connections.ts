// The way to the database: who is verified by what, what a workstation shows of itself, and that its password is nowhere but in its file.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Cluster, PASSWORD } from './cluster.ts'
import { Fleet } from './fleet.ts'

const to = (url: string) => ['partition', 'move', '--to', url] as const

/** Nothing is asked of anybody, and nothing is sent to a server that is not the right one. */
export async function connections(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.begin(cluster)
  const { place } = fleet
  const away = async (url: string, said: RegExp) =>
    assert.match((await fleet.refuses('home', 'LEDGER-AWAY', 3, ...to(url))).stderr, said)
  await away(fleet.url('pay', `${cluster.dir}/other.pem`), /unable to verify|self-signed|signature/)
  await away(fleet.url('pay', `${cluster.dir}/nowhere.pem`), /can't be read/)
  writeFileSync(place.path('cut.pem'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n')
  await away(fleet.url('pay', place.path('cut.pem')), /cut\.pem.* holds no certificate/)
  await away(fleet.url().replace('127.0.0.1', '127.0.0.2'), /127\.0\.0\.2 is not in the cert's list/)
  await away(fleet.url('nobody'), /authentication failed/)
  for (const [subject, days, said] of [
    ['subjectAltName=IP:127.0.0.1\n', 0, /certificate has expired/],
    ['subjectAltName=DNS:elsewhere.example\n', 30, /is not in the cert's list/],
  ] as const) {
    cluster.serve(cluster.certificate('other-server', { names: subject, days }))
    await away(fleet.url(), said)
  }
  cluster.serve(cluster.certificate('by-others', { authority: 'other', names: 'subjectAltName=IP:127.0.0.1\n' }))
  await away(fleet.url(), /unable to verify|self-signed|signature/)
  cluster.serve(join(cluster.dir, 'server.pem'))
  // A server that would do without.
  cluster.set('ssl', 'off')
  await away(fleet.url(), /does not support SSL/)
  cluster.set('ssl', 'on')
  for (const url of [
    fleet.url().replace('pay@', `pay:${PASSWORD}@`),
    `${fleet.url()}&sslmode=disable`,
    `${fleet.url()}&options=x`,
  ])
    await fleet.refuses('home', 'LEDGER-ADDRESS', 2, ...to(url))
  chmodSync(place.path('pgpass'), 0o644)
  await fleet.refuses('home', 'HOME-OPEN', 3, ...to(fleet.url()))
  writeFileSync(place.path('pgpass'), '127.0.0.1:*:keyrite:pay:wrong\n')
  chmodSync(place.path('pgpass'), 0o600)
  await away(fleet.url(), /authentication failed/)
  const socket = `postgresql://pay@${encodeURIComponent(cluster.socket)}:${cluster.port}/keyrite`
  await fleet.change('home', ...to(socket))
  await fleet.isWhole()
  assert.equal(cluster.sql('select count(*) from keyrite.claims'), '0')
}

/** A workstation that shows a certificate needs no password; one by others, of another name, or with a key that others read gets nowhere. */
export async function clientCertificates(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.begin(cluster)
  const { place } = fleet
  cluster.sql(`insert into keyrite.access values ('${fleet.uuid}', 'certified', true)`)
  writeFileSync(place.path('pgpass'), '')
  const by = (name: string, how: Parameters<Cluster['certificate']>[1] = {}) => {
    const certificate = cluster.certificate(name, { subject: 'certified', own: true, ...how })
    const key = join(cluster.dir, `${name}.key`)
    return { url: `${fleet.url('certified')}&sslcert=${certificate}&sslkey=${key}`, key }
  }
  const right = by('client')
  const others = by('stranger', { authority: 'other' })
  const named = by('misnamed', { subject: 'somebody' })
  await fleet.refuses('home', 'LEDGER-AWAY', 3, ...to(fleet.url('certified')))
  const mixed = right.url.replace(/sslkey=.*/, `sslkey=${others.key}`)
  const { stderr } = await fleet.refuses('home', 'LEDGER-AWAY', 3, ...to(mixed))
  assert.match(stderr, /client\.pem.* is no certificate of the key .*stranger\.key/)
  for (const { url } of [others, named, by('expired', { days: 0 })])
    await fleet.refuses('home', 'LEDGER-AWAY', 3, ...to(url))
  chmodSync(right.key, 0o644)
  await fleet.refuses('home', 'HOME-OPEN', 3, ...to(right.url))
  chmodSync(right.key, 0o600)
  await fleet.change('home', ...to(right.url))
  await fleet.change('home', 'key', 'rotate', 'card')
  await fleet.isWhole()
}

/** Searched for while commands run, in what they say and leave, and at the server. */
export async function passwordNowhere(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.begin(cluster)
  const { place } = fleet
  cluster.set('log_statement', 'all')
  const seen: string[] = []
  const watched = async (...args: string[]) => {
    const timer = { at: undefined as NodeJS.Timeout | undefined }
    const watch = (pid: number) => (timer.at = setInterval(() => seen.push(...shownBy(pid)), 5))
    const { stdout, stderr, code } = await fleet.tryWatched('home', watch, ...args)
    clearInterval(timer.at)
    seen.push(stdout, stderr)
    return code
  }
  assert.equal(await watched(...to(fleet.url())), 0)
  assert.equal(await watched('key', 'rotate', 'card', '--trace', place.path('trace')), 0)
  writeFileSync(place.path('wrong'), `127.0.0.1:*:keyrite:*:${PASSWORD}x\n`, { mode: 0o600 })
  writeFileSync(place.path('right'), readFileSync(place.path('pgpass')), { mode: 0o600 })
  writeFileSync(place.path('pgpass'), readFileSync(place.path('wrong')))
  assert.equal(await watched('key', 'rotate', 'card'), 3)
  cluster.set('log_statement', 'none')
  assert.ok(seen.length > 20)
  assert.deepEqual(
    seen.filter((text) => text.includes(PASSWORD)),
    [],
  )
  const inFiles = withPassword(place.folder.dir).filter((path) => !/\/(pgpass|wrong|right)$/.test(path))
  assert.deepEqual([...inFiles, ...withPassword(join(cluster.dir, 'log'))], [])
}

/** Arguments and environment of a process and of those that it has started. */
function shownBy(pid: number): string[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
    const own = ['cmdline', 'environ'].map((what) => readFileSync(`/proc/${pid}/${what}`, 'latin1'))
    return [...own, ...children.flatMap(shownBy)]
  } catch {
    return []
  }
}

/** The files there that have it. */
function withPassword(path: string): string[] {
  try {
    return execFileSync('grep', ['-rlF', PASSWORD, path], { encoding: 'utf8' }).trim().split('\n')
  } catch (error) {
    // By 1 it says that it has found nothing; by another that it could not look.
    assert.equal((error as { status?: number }).status, 1, `${error}`)
    return []
  }
}
