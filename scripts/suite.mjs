// Another Debian in a folder, kept in build/suites: a second run begins at once. Only root can make and enter one.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bundle.mjs'

const INSIDE = '/keyrite'

/** Whoever runs this has mounts of their own: they go with the last process. */
const ENTER = `
  mount -t proc proc "$1/proc"
  mount --rbind /dev "$1/dev"
  mount -t tmpfs tmpfs "$1/run"
  mkdir -m 1777 "$1/run/lock"
  mount --bind "$2" "$1${INSIDE}"
  cd /
  root=$1 suite=$3
  shift 3
  exec chroot "$root" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    KEYRITE_TOKENS_PRIVATE="\${KEYRITE_TOKENS_PRIVATE-}" KEYRITE_TOKENS_SUITE="$suite" http_proxy="\${http_proxy-}" node "$@"`

/** What starts node in there, for somebody in a mount namespace of their own. */
export function enter(suite) {
  const folder = join(root, 'build', 'suites', suite)
  if (!existsSync(`${folder}.done`)) make(suite, folder)
  // The node of this machine: the other Debian may have none that is new enough, and what was built for this one loads in it.
  copyFileSync(process.execPath, join(folder, 'usr/local/bin/node'))
  for (const name of ['resolv.conf', 'hosts']) copyFileSync(`/etc/${name}`, join(folder, 'etc', name))
  return ['sh', '-euc', ENTER, 'enter', folder, root, suite]
}

/** The path that a file of this repository has in there. */
export const inside = (path) => path.replace(root, INSIDE)

function make(suite, folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  console.error(`tokens: making a Debian ${suite} in ${folder}`)
  const { status, error } = spawnSync(
    'debootstrap',
    ['--variant=minbase', '--include=libstdc++6,softhsm2', suite, folder],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  if (status !== 0) throw new Error(`debootstrap failed: ${error?.message ?? status}; apt-get install debootstrap`)
  mkdirSync(join(folder, INSIDE))
  // What is installed in there starts nothing.
  writeFileSync(join(folder, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  writeFileSync(`${folder}.done`, '')
}
