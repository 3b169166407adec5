// Paths as people give them: typed where no shell expands them, or to be used in another folder.
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { usage } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import { checkWords, unsteered } from '../domain/names.ts'
import type { Context } from './context.ts'

/** As a shell reads it: nothing else expands what is typed at a question, or dragged into the terminal with its quotes. */
export function typedPath(text: string, { HOME: home }: Context['env']): string {
  const path = /^(['"])(.+)\1$/.exec(text)?.[2] ?? text
  checkWords([path])
  return path.startsWith('~/') && home ? join(home, path.slice(2)) : path
}

export const absolute = (path: string | undefined): string | undefined => (path === undefined ? path : resolve(path))

/** USAGE: one that is there. `several`: what goes into it. */
export function checkFolder(path: string, several: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  throw usage(`${several} go into a folder, and ${path} is none`, sh('mkdir', '-m', '700', path))
}

/** What may be meant by the beginning of a path, as it is typed. Names that nobody can type are left out. */
export function pathsLike(typed: string, env: Context['env']): string[] {
  const begin = typed.slice(0, typed.lastIndexOf('/') + 1)
  const start = typed.slice(begin.length)
  try {
    return readdirSync(typedPath(begin || '.', env), { withFileTypes: true })
      .filter(({ name }) => name.startsWith(start) && (start !== '' || !name.startsWith('.')))
      .filter(({ name }) => unsteered(name) === name && !name.includes('\ufffd'))
      .map((entry) => `${begin}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort()
  } catch {
    return []
  }
}

/** What is typed begins the name of something that is there, so that it may be seen: nothing else has been told to be no secret. */
export function isOnDisk(typed: string, env: Context['env']): boolean {
  const text = typed.replace(/^['"]/, '').replace(/['"]? *$/, '')
  return text === '' || text === '~' || pathsLike(text, env).length > 0 || existsSync(typedPath(text, env))
}

/** What a file is to be, where its ending says so: `keys.html`. */
export const byEnding = <T extends string>(file: string, formats: readonly T[]): T | undefined =>
  formats.find((format) => extname(file).toLowerCase() === `.${format}`)
