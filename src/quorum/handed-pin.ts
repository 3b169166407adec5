// The PIN of an application token on its way to those who run the application: a file that they alone can read, on the disk before it counts.
import { dirname } from 'node:path'
import { createFile } from '../disk/files.ts'
import { keepsModes } from '../disk/ours.ts'
import { refused } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import type { Secret } from '../domain/secret.ts'
import { ageEncrypt } from './age.ts'

/** PIN-FILE: where no file can be closed to others, a PIN is written for recipients alone. */
export function checkPinFolder(path: string, recipients: readonly string[]): void {
  const folder = dirname(path)
  if (recipients.length > 0 || keepsModes(folder)) return
  throw refused(
    'PIN-FILE',
    `a PIN in ${folder} would be open to others: its file system keeps no modes`,
    add('--pin-recipient', 'age1...'),
  )
}

/** FILE-EXISTS, FILE-FOLDER: mode 0600 and never over another file. The PIN alone, as it is typed, without a newline; armored where there are recipients. */
export async function writePin(path: string, pin: Secret, recipients: readonly string[]): Promise<void> {
  createFile(path, recipients.length === 0 ? pin.reveal() : await ageEncrypt(pin.reveal(), ...recipients))
}
