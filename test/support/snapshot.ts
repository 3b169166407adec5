// Every file under a folder, byte for byte, and what is different later on.
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Kind, mode and content of everything, by its path below the folder. */
export type Snapshot = ReadonlyMap<string, string>

export function snapshot(folder: string): Snapshot {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return new Map(['.', ...names].map((name) => [name, describe(join(folder, name))]))
}

function describe(path: string): string {
  const facts = lstatSync(path)
  const mode = (facts.mode & 0o7777).toString(8)
  if (facts.isSymbolicLink()) return `link to ${readlinkSync(path)}`
  if (facts.isFile()) return `file ${mode} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
  return `${facts.isDirectory() ? 'folder' : 'other'} ${mode}`
}

/** One line for each path that is new, gone or different; none where nothing changed. */
export function changes(before: Snapshot, after: Snapshot): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path) ?? 'absent'} -> ${after.get(path) ?? 'absent'}`)
}
