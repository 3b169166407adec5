// Large modules are loaded when first needed; but all of them before the program waits for people, because an upgrade may remove its files.
import { EXIT, KeyriteError } from './errors.ts'
import { once } from './once.ts'

const loaders: (() => Promise<unknown>)[] = []

/** Loads it once, and never twice at a time. Wherever a part of the program is loaded late, it is by this. */
export function lazily<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  const once = (): Promise<T> => {
    loaded ??= load().catch(gone)
    return loaded
  }
  loaders.push(once)
  return once
}

declare global {
  interface ImportMeta {
    /** Reads what the built program reads late; the sources have all of it at once. */
    readAll?: () => void
    /** The same of what it imports late. */
    readLate?: () => void
    /** What lives for a moment gets little room from now on: a start is quicker without. */
    beThrifty?: () => void
  }
}

/** PROGRAM-WHOLE: what was imported is in memory, whatever becomes of its files. Before a token is spoken to. */
export const readImports = (): void => whole(() => import.meta.readAll?.())

function whole(read: () => void): void {
  try {
    read()
  } catch (error) {
    gone(error)
  }
}

/** Much is to pass through. */
export const beThrifty = once((): void => import.meta.beThrifty?.())

/** PROGRAM-WHOLE: after this nothing of the program is read from the disk any more. */
export async function loadEverything(): Promise<void> {
  whole(() => import.meta.readLate?.())
  await Promise.all(loaders.map((load) => load()))
}

function gone(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'ENOENT') throw error
  const message = 'a part of the program is gone: it was upgraded or removed while it ran'
  throw new KeyriteError(EXIT.refused, 'PROGRAM-WHOLE', message, 'give the command again', false)
}
