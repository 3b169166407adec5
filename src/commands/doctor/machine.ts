// The machine and the process: whether secrets stay in memory, whether the clock is right, and whether somebody can be asked.

import type { Installation } from '../../cli/context.ts'
import type { MachineFacts } from '../../cli/machine-facts.ts'
import { refused, usage } from '../../domain/errors.ts'
import { sh } from '../../domain/hints.ts'
import { escaped } from '../../domain/names.ts'
import { clockBehind } from '../../session/clock.ts'
import { type Finding, ok, problem, skipped, warning } from './checks.ts'

type Env = Readonly<Record<string, string | undefined>>

const OLDEST = [20, 19] as const

export function node({ node, platform, arch }: MachineFacts): Finding {
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const found = `v${node}, ${platform} ${arch}`
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return problem(usage(`${found}: too old`, 'install node 20.19 or newer', 'NODE-VERSION'))
  if (platform !== 'linux') return warning(`${found}: keyrite is tried on linux only`, sh('npm', 'test'))
  return ok(found)
}

/** A modified program can claim anything: sha256sum is the proof, this is a reminder. */
export function program(installation: Installation | undefined): Finding {
  if (!installation) return skipped('no SHA256SUMS lies beside it: nothing tells which program this is')
  const { folder, sha256, code, changed } = installation
  if (changed.length === 0) return ok(`${code}  (sha256 of SHA256SUMS ${sha256})`)
  const found = `not what its SHA256SUMS says: ${changed.map(escaped).join(', ')}`
  return warning(found, { lines: [sh('cd', folder), sh('sha256sum', '-c', 'SHA256SUMS')] })
}

export function swap({ swaps }: MachineFacts): Finding {
  if (swaps === undefined) return skipped("can't be told on this system")
  const plain = swaps.filter(({ kept }) => kept === 'plain').map(({ device }) => escaped(device))
  if (plain.length > 0)
    return warning(`${plain.join(', ')}: secrets in memory may reach the disk`, sh('sudo', 'swapoff', '-a'))
  return ok(swaps.length === 0 ? 'none' : swaps.map(({ device, kept }) => `${escaped(device)}, ${kept}`).join('; '))
}

export function coreLimit({ coreLimit }: MachineFacts): Finding {
  if (coreLimit === undefined) return skipped("the limit can't be told on this system")
  if (coreLimit === '0') return ok('none is written (ulimit -c 0)')
  return warning(
    `a crash would write memory to a file (ulimit -c ${escaped(coreLimit)})`,
    'start it by bin/keyrite, which says: ulimit -c 0',
  )
}

/** A pipe hears of a crash whatever the limit is; systemd's looks at the limit itself. */
export function corePattern({ corePattern }: MachineFacts): Finding {
  if (corePattern === undefined) return skipped("can't be told on this system")
  const found = escaped(corePattern)
  if (!corePattern.startsWith('|') || /^\|\S*\/systemd-coredump /.test(corePattern)) return ok(found)
  return warning(`a crash is piped to a program: ${found}`, sh('sudo', 'sysctl', '-w', 'kernel.core_pattern=core'))
}

export function ptrace({ ptraceScope, platform }: MachineFacts): Finding {
  if (ptraceScope === undefined)
    return skipped(platform === 'linux' ? 'this kernel has no yama to tell' : "can't be told on this system")
  if (ptraceScope !== '0') return ok(`memory is closed to other processes of this user (scope ${escaped(ptraceScope)})`)
  return warning(
    'any process of this user may read our memory',
    sh('sudo', 'sysctl', '-w', 'kernel.yama.ptrace_scope=1'),
  )
}

/** CLOCK. `last`: the newest record of each ledger, by its partition. */
export function clock({ clockSynchronised }: MachineFacts, now: Date, last: ReadonlyMap<string, string>): Finding {
  const [behind] = [...last].flatMap(([name, time]) => clockBehind(name, time, now) ?? [])
  if (behind) return problem(refused('CLOCK', behind.message, behind.hint))
  const time = now.toISOString()
  if (clockSynchronised === undefined)
    return ok(`${time}${last.size > 0 ? ', after the last record' : ''}; whether it is synchronised can't be told`)
  if (clockSynchronised) return ok(`${time}, synchronised`)
  return warning(`${time}, not synchronised`, sh('sudo', 'timedatectl', 'set-ntp', 'true'))
}

export function terminal({ tty }: MachineFacts, env: Env): Finding {
  if (!tty) return warning('there is none: nobody can be asked here', 'give shares as flags: --share FILE')
  if (!env.TERM || env.TERM === 'dumb')
    return warning(`TERM is ${env.TERM || 'not set'}: the screen can't be cleared`, 'export TERM=xterm-256color')
  return ok(`/dev/tty, TERM ${escaped(env.TERM)}`)
}

export function locale(env: Env): Finding {
  const name = env.LC_ALL || env.LC_CTYPE || env.LANG
  if (name && /utf-?8/i.test(name)) return ok(escaped(name))
  return warning(`${name ? escaped(name) : 'none is set'}: names may not show as they are`, 'export LC_ALL=C.UTF-8')
}

export function width({ columns }: MachineFacts): Finding {
  if (columns === undefined) return skipped('output does not go to a terminal')
  if (columns >= 80) return ok(`${columns} columns`)
  return warning(`${columns} columns: plans and tables are cut into pieces`, 'make the window 80 columns wide')
}
