// Whether files of these names can be made.
import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import { diskError, exists, fileExists, noFolder } from './files.ts'

/** FILE-EXISTS, FILE-FOLDER, DISK: a file of this name can be made. */
export function checkFree(path: string): void {
  checkAbsent(path)
  checkFolderOf(path)
}

/** FILE-FOLDER, FILE-EXISTS, DISK: the same of several, whose folders are looked at once. */
export function checkAllFree(paths: readonly string[]): void {
  for (const path of firstIn(paths)) checkFolderOf(path)
  paths.forEach(checkAbsent)
}

/** One path of each folder. */
export const firstIn = (paths: readonly string[]): string[] => [
  ...new Map(paths.toReversed().map((path) => [dirname(path), path])).values(),
]

function checkAbsent(path: string): void {
  if (exists(path)) throw fileExists(path)
}

function checkFolderOf(path: string): void {
  if (!exists(dirname(path))) throw noFolder(path)
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK)
  } catch (error) {
    throw diskError(error, path)
  }
}
