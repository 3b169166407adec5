// A ledger in PostgreSQL, at a server of Debian's packages that is started in a private folder and stopped again: `npm run test:fleet`, or `-- rights key-cut`
// for those; `--every N` breaks the way to the server at each N-th piece; `--suite trixie` runs it in that Debian, with its PostgreSQL and this one's beside it.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundle, placeHost, root, runBundle } from './bundle.mjs'
import { enter, inside } from './suite.mjs'

const PACKAGES = 'postgresql openssl procps python3 libgnutls30t64'
const INSTALL = `require('child_process').execSync('apt-get -qq update && apt-get -qq install -y --no-install-recommends ${PACKAGES}', { stdio: ['ignore', 'ignore', 'inherit'] })`

/** As an upgrade of Debian leaves it: the old PostgreSQL lies beside the new one. */
async function runIn(suite, args) {
  const file = await bundle('test/fleet/main.ts', 'fleet/main')
  placeHost(dirname(file))
  const [program, ...way] = ['unshare', '--mount', ...enter(suite)]
  const node = (...words) => spawnSync(program, [...way, ...words], { cwd: root, stdio: 'inherit' }).status ?? 1
  const failed = node('-e', INSTALL)
  if (failed) return failed
  takeAlong(join(root, 'build', 'suites', suite))
  return node('--enable-source-maps', inside(file), ...args)
}

/** The PostgreSQL of this machine, and the libraries that the other Debian has no more. */
function takeAlong(folder) {
  for (const place of ['/usr/lib/postgresql', '/usr/share/postgresql'])
    cpSync(place, join(folder, place), { recursive: true, verbatimSymlinks: true })
  for (const version of readdirSync('/usr/lib/postgresql')) {
    const server = `/usr/lib/postgresql/${version}/bin/postgres`
    const here = librariesOf(server)
    for (const [name, path] of librariesOf(server, 'chroot', folder))
      if (path === 'not found') copyFileSync(realpathSync(here.get(name)), join(folder, 'usr/lib', name))
  }
}

/** By name, where each is found. */
function librariesOf(program, ...way) {
  const [ldd, ...args] = [...way, 'ldd', program]
  const said = execFileSync(ldd, args, { encoding: 'utf8' })
  return new Map([...said.matchAll(/^\s*(\S+) => (not found|\S+)/gm)].map(([, name, path]) => [name, path]))
}

const words = process.argv.slice(2)
const at = words.indexOf('--suite')
const [, suite] = at < 0 ? [] : words.splice(at, 2)
if (suite === undefined) await runBundle('test/fleet/main.ts', 'fleet/main', words)
else process.exitCode = await runIn(suite, words)
