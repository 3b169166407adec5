// The note of the PINs of a replacement, beside the ledger: written before and after each call that sends one.
import { existsSync } from 'node:fs'
import { errnoOf, readOwnText, removeFile, replaceFile } from '../disk/files.ts'
import { type PinNote, type PinNotes, parsePinNote } from '../domain/pin-note.ts'

export const pinNotesAt = (path: string): PinNotes => ({
  read: () => readNote(path),
  isThere: () => existsSync(path),
  write: (note) => replaceFile(path, `${JSON.stringify(note)}\n`),
  // Each change asks for it, and to remove a file takes the disk's time.
  remove: () => {
    if (existsSync(path)) removeFile(path)
  },
})

function readNote(path: string): PinNote | undefined {
  try {
    return parsePinNote(readOwnText(path))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}
