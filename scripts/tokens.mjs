// The life of a partition on every PKCS#11 module of this Debian: `npm run test:tokens`, or `-- softhsm nss` for those; `--write` puts the
// matrix into docs/tokens.md; `--suite trixie` has the modules of that Debian, in a folder that is kept in build/suites. Root installs what is missing.
import { spawn, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { bundle, placeHost } from './bundle.mjs'
import { enter, inside } from './suite.mjs'

/** In here the machine's daemons, their sockets and shared memory are not to be seen; processes and mounts end with the first one, however it ends. */
const PRIVATE =
  'mount -t proc proc /proc && mount -t tmpfs tmpfs /run && mount -t tmpfs -o mode=1777 tmpfs /dev/shm && mkdir -m 1777 /run/lock && exec "$@"'
const PRIVATELY = ['unshare', '--mount', '--ipc', '--pid', '--fork', '--kill-child', 'sh', '-c', PRIVATE, 'private']

const can = () => process.getuid?.() === 0 && spawnSync(PRIVATELY[0], ['--mount', '--ipc', 'true']).status === 0

const INTERRUPTED = 130

function start([program, ...args], env = {}) {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  // In a namespace of their own all processes end with the first; elsewhere it hears the signal, and ends what it has started.
  const isFirst = program === PRIVATELY[0]
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(isFirst ? 'SIGKILL' : signal))
  return new Promise((resolve) => {
    child.on('error', () => resolve(1))
    child.on('exit', (code) => resolve(code ?? INTERRUPTED))
  })
}

const words = process.argv.slice(2)
const at = words.indexOf('--suite')
const [, suite] = at < 0 ? [] : words.splice(at, 2)
const file = await bundle('test/tokens/main.ts', 'tokens/main')
placeHost(dirname(file))
const apart = can()
if (suite !== undefined && !apart) {
  console.error('tokens: --suite wants root, and unshare')
  process.exit(1)
}
const main = suite === undefined ? [process.execPath, file] : [...enter(suite), inside(file)]
const mounts = suite === undefined ? [] : ['unshare', '--mount']
process.exitCode = await start([...mounts, ...main, 'install', ...words])
if (process.exitCode === 0) {
  const env = apart ? { KEYRITE_TOKENS_PRIVATE: '1' } : {}
  process.exitCode = await start([...(apart ? PRIVATELY : []), ...main, 'run', ...words], env)
}
