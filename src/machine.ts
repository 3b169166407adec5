// Facts of the machine and of this process, for the doctor: read from where Linux keeps them, and not judged here.
import { execFile } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { MachineFacts, Swap } from './cli/machine-facts.ts'

/** What only the process itself can tell. */
export type Own = Pick<MachineFacts, 'node' | 'platform' | 'arch' | 'uid' | 'columns'>

/** `root`: the folder that holds proc, sys, run and dev. */
export async function readMachine(own: Own, root = '/'): Promise<MachineFacts> {
  const read = (path: string) => textOf(join(root, path))
  const limits = read('proc/self/limits')
  return {
    ...own,
    swaps: swapsIn(read('proc/swaps'), read),
    coreLimit: limits && /^Max core file size +(\S+)/m.exec(limits)?.[1],
    corePattern: read('proc/sys/kernel/core_pattern'),
    ptraceScope: read('proc/sys/kernel/yama/ptrace_scope'),
    clockSynchronised: await isSynchronised(root),
    tty: canOpen(join(root, 'dev/tty')),
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

function canOpen(path: string): boolean {
  try {
    closeSync(openSync(path, 'r+'))
    return true
  } catch {
    return false
  }
}

function swapsIn(text: string | undefined, read: (path: string) => string | undefined): Swap[] | undefined {
  const devices = text
    ?.split('\n')
    .slice(1)
    .flatMap((line) => line.split(/\s/)[0] || [])
  return devices?.map((device) => ({ device, kept: keptBy(device, read) }))
}

/** dm-crypt names its devices so; zram is memory. A file lies on who knows what. */
function keptBy(device: string, read: (path: string) => string | undefined): Swap['kept'] {
  if (/^\/dev\/zram\d+$/.test(device)) return 'memory'
  const uuid = device.startsWith('/dev/') ? read(`sys/class/block/${basename(device)}/dm/uuid`) : undefined
  return uuid?.startsWith('CRYPT-') ? 'encrypted' : 'plain'
}

/** systemd's own mark first: it costs no process. */
async function isSynchronised(root: string): Promise<boolean | undefined> {
  if (existsSync(join(root, 'run/systemd/timesync/synchronized'))) return true
  if (!existsSync(join(root, 'run/systemd/system'))) return undefined
  return new Promise((resolve) => {
    execFile('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { timeout: 2_000 }, (failed, stdout) =>
      resolve(failed ? undefined : { yes: true, no: false }[stdout.trim()]),
    )
  })
}
