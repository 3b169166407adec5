// The small libraries in C that tests use: each is compiled when its sources are newer, or a header beside them.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { inRepo } from './paths.ts'

const FLAGS = ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC']

/** The path of the library that is made of a file in C, or of all those in a folder; both below test/support. */
export function compiled(source: string, ...flags: string[]): string {
  const [library, files] = [compiledPath(source), filesOf(inRepo('test/support', source))]
  const isNewer = () => {
    const made = statSync(library, { throwIfNoEntry: false })?.mtimeMs ?? 0
    return files.every((file) => statSync(file).mtimeMs < made)
  }
  if (isNewer()) return library
  mkdirSync(dirname(library), { recursive: true })
  const half = `${library}.${process.pid}`
  const units = files.filter((file) => file.endsWith('.c'))
  const { status, stderr, error } = spawnSync('cc', [...FLAGS, ...flags, '-o', half, ...units, '-ldl'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${source} doesn't compile: ${error?.message ?? stderr}`)
  // Of two at once the first has it: somebody may have loaded that, and sees to it that the file stays as it was.
  if (isNewer()) rmSync(half)
  else renameSync(half, library)
  return library
}

export const compiledPath = (source: string): string => inRepo('build/native', `${basename(source, '.c')}.so`)

const filesOf = (source: string): string[] =>
  source.endsWith('.c') ? [source] : readdirSync(source).map((name) => join(source, name))
