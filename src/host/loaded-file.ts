// The library that was loaded is the file that was hashed. Vendors' libraries find their neighbours by their own path, so it is loaded
// by that, and what is mapped then is held against the descriptor that was read, before any call that does something.

import { readFileSync, statSync } from 'node:fs'
import { platform } from 'node:os'
import { notVerified } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import { type ModuleFile, type OpenModule, openModule } from '../hsm/module-file.ts'

/** What of a file does not change while nobody writes it or puts another in its place. */
const FACTS = ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const

/** MODULE-CHANGED. `approved`: SHA-256 in hex of what the custodians were shown, where they were shown something. */
export async function loadHashed<T>(
  path: string,
  load: (path: string) => Promise<T>,
  approved?: string,
): Promise<{ file: ModuleFile; loaded: T }> {
  await using module = await openModule(path)
  if (approved !== undefined && module.sha256 !== approved) throw changed(module, 'is not the file that was approved')
  const loaded = await load(module.path)
  const now = await module.file.stat({ bigint: true })
  const isAsRead = FACTS.every((fact) => now[fact] === module.facts[fact])
  if (!isAsRead || !isLoaded(module)) throw changed(module, 'was changed while it was loaded')
  return { file: { path: module.path, sha256: module.sha256 }, loaded }
}

const changed = ({ path }: ModuleFile, how: string) =>
  notVerified('MODULE-CHANGED', `the module ${escaped(path)} ${how}`, sh('ls', '-l', path))

function isLoaded(module: OpenModule): boolean {
  const mappings = platform() === 'linux' ? mappingsHere() : undefined
  return mappings ? isMapped(module, mappings) : isStillNamed(module)
}

interface Mapping {
  /** Major and minor number of the device, hex, as `fd:01`. */
  dev: string
  ino: string
  path: string
}

const LINE = /^\S+ \S+ \S+ ([0-9a-f]+:[0-9a-f]+) (\d+) +(.+)$/

/** Undefined where there is no /proc. */
function mappingsHere(): Mapping[] | undefined {
  try {
    return parseMappings(readFileSync('/proc/self/maps', 'utf8'))
  } catch {
    return undefined
  }
}

/** Lines of /proc/PID/maps, proc_pid_maps(5): those of files. */
export const parseMappings = (text: string): Mapping[] =>
  text.split('\n').flatMap((line) => {
    const [, dev, ino, path] = LINE.exec(line) ?? []
    return path === undefined ? [] : [{ dev: dev!, ino: ino!, path: path.replaceAll('\\012', '\n') }]
  })

const GONE = ' (deleted)'

/**
 * Everything that is mapped under the path is the file that was hashed. Overlays and btrfs show another device there than stat does:
 * there the path of the mapping still leads to the file.
 */
export function isMapped(module: Pick<OpenModule, 'path' | 'facts'>, mappings: readonly Mapping[]): boolean {
  const isSame = ({ dev, ino }: Mapping) => dev === deviceOf(module.facts.dev) && ino === `${module.facts.ino}`
  const named = mappings.filter(({ path }) => path === module.path || path === module.path + GONE)
  if (named.length === 0) return mappings.some(isSame)
  return named.every((mapping) => isSame(mapping) || (mapping.path === module.path && isStillNamed(module)))
}

/** The path leads to the file that was hashed, and to no other. */
function isStillNamed({ path, facts }: Pick<OpenModule, 'path' | 'facts'>): boolean {
  const now = statSync(path, { bigint: true, throwIfNoEntry: false })
  return now !== undefined && FACTS.every((fact) => now[fact] === facts[fact])
}

/** makedev(3) of Linux, taken apart. */
function deviceOf(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
  return [major, minor].map((number) => number.toString(16).padStart(2, '0')).join(':')
}
