// Who holds a lock, and whether they are still there. An owner counts as gone only where that is certain: a process of another
// machine, another container or another user that we can't see may be making a key.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { hostname, platform } from 'node:os'
import { kill, pid as ourPid } from 'node:process'
import { errnoOf } from '../disk/files.ts'

export interface Owner {
  pid: number
  /** When the process began, in the system's own words: a pid is used again. Empty where it can't be told. */
  began: string
}

/** Where a pid means anything. What can't be told is empty, and equals nothing. */
export interface Place {
  host: string
  /** The installation: a clone or a container of the same name has another one. */
  machine: string
  /** The running kernel. */
  boot: string
  /** The namespaces of its process ids and of its clock. */
  space: string
}

export const ownPlace = (): Place => ({ host: hostname(), ...(platform() === 'linux' ? linuxPlace() : macPlace()) })

const linuxPlace = () => ({
  machine: textOf('/etc/machine-id'),
  boot: textOf('/proc/sys/kernel/random/boot_id'),
  space: ['pid', 'time'].map((kind) => linkOf(`/proc/self/ns/${kind}`)).join(' '),
})

const macPlace = () => ({ machine: '', boot: said('sysctl', '-n', 'kern.bootsessionuuid'), space: 'macOS' })

/** Undefined where our own table of processes tells of it; else where it is, in words. */
export function elsewhere(place: Place): string | undefined {
  const ours = ownPlace()
  if (place.host !== ours.host) return `on ${place.host}`
  if (!isSame(place.boot, ours.boot)) return `on another machine called ${place.host}, or before it was started anew`
  if (!isSame(place.space, ours.space)) return 'in another container of this machine'
  return undefined
}

/** This very machine has been restarted since: no earlier process is left. */
export function isBeforeBoot({ host, machine, boot }: Place): boolean {
  const ours = ownPlace()
  return host === ours.host && isSame(machine, ours.machine) && boot !== '' && ours.boot !== '' && boot !== ours.boot
}

const isSame = (one: string, other: string): boolean => one.trim() !== '' && one === other

export const ownerOf = (pid: number): Owner => ({ pid, began: seen(pid)?.began ?? '' })

/** It has ended, or its number belongs to another process now. */
export function isGone({ pid, began }: Owner): boolean {
  if (!exists(pid)) return true
  const now = seen(pid)
  if (now === undefined) return false
  return now.dead || (began !== '' && now.began !== began)
}

/** A process of another user answers EPERM. */
function exists(pid: number): boolean {
  try {
    kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) !== 'ESRCH'
  }
}

interface Seen {
  began: string
  /** It can't make a key any more. */
  dead: boolean
}

/** Undefined where it can't be seen, whether it is there or not. */
function seen(pid: number): Seen | undefined {
  try {
    return platform() === 'linux' ? seenInProc(pid) : seenByPs(pid)
  } catch {
    return undefined
  }
}

function seenInProc(pid: number): Seen | undefined {
  // /proc may be that of another namespace, where our numbers are other processes'.
  if (readlinkSync('/proc/self') !== `${ourPid}`) return undefined
  // The name, in parentheses, may hold blanks: the fields are counted after it. State is the 3rd, start time the 22nd.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  // The first thread may be a zombie while another hangs in a driver.
  const dead = fields[0] === 'X' || (fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length < 2)
  return { began: fields[19]!, dead }
}

function seenByPs(pid: number): Seen {
  const [state = 'Z', ...began] = said('ps', '-o', 'state=,lstart=', '-p', `${pid}`).split(/\s+/)
  return { began: began.join(' '), dead: state.startsWith('Z') }
}

const said = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' }).trim()

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
