// The bytes at the end of the ledger's file: added whole or not at all, and cut.
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync } from 'node:fs'
import { diskError, openOwn, writeAll } from '../disk/files.ts'
import { KeyriteError, notVerified } from '../domain/errors.ts'

/** LEDGER-MOVED, DISK: adds text to a file that ends at `end`, and waits for the disk. Nothing stays when it fails. */
export function appendText(path: string, end: number, text: string): void {
  const fd = openOwn(path, constants.O_WRONLY | constants.O_APPEND)
  try {
    if (fstatSync(fd).size !== end) throw notVerified('LEDGER-MOVED', 'another program changed the ledger meanwhile')
    writeAll(fd, text)
    fsyncSync(fd)
  } catch (error) {
    if (!(error instanceof KeyriteError)) takeBack(fd, end)
    throw diskError(error, path)
  } finally {
    closeSync(fd)
  }
}

/** A half-written line must not look like a crash to the next command. The first failure is the one reported. */
function takeBack(fd: number, end: number): void {
  try {
    ftruncateSync(fd, end)
    fsyncSync(fd)
  } catch {}
}

/** Takes everything after the first `size` bytes away, and waits for the disk. */
export function cutTo(path: string, size: number): void {
  const fd = openOwn(path, constants.O_RDWR)
  try {
    ftruncateSync(fd, size)
    fsyncSync(fd)
  } catch (error) {
    throw diskError(error, path)
  } finally {
    closeSync(fd)
  }
}
