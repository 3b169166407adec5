// Paths as people give them: typed where no shell expands them, or to be used in another folder.
import { join, resolve } from 'node:path'
import type { Context } from './context.ts'

/** As a shell has it: nobody else expands what is typed at a question, or drawn into the terminal with its quotes. */
export function typedPath(text: string, { HOME: home }: Context['env']): string {
  const path = /^(['"])(.+)\1$/.exec(text)?.[2] ?? text
  return path.startsWith('~/') && home ? join(home, path.slice(2)) : path
}

export const absolute = (path: string | undefined): string | undefined => (path === undefined ? path : resolve(path))
