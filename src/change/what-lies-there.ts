// What a change may have written before it was cut off, where somebody else's file may lie by now, or none.
import { KeyriteError } from '../domain/errors.ts'

/** No file of ours, whatever it is. */
const NOT_OURS = ['FILE-EMPTY', 'FILE-FOLDER', 'FILE-KIND', 'FILE-MISSING', 'FILE-TEXT']

/** Undefined where there is no file that could be ours. */
export async function orNone<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof KeyriteError && NOT_OURS.includes(error.code)) return undefined
    throw error
  }
}
