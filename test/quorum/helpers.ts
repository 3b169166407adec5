// What the tests of this room share: refusals by their rule, secrets by chance, folders that go away again.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { EXIT, type ExitCode, KeyriteError } from '../../src/domain/errors.ts'
import { Secret } from '../../src/domain/secret.ts'

export const PARTITION = '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b'

export const newSecret = (): Secret => new Secret(Uint8Array.from(randomBytes(32)))
export const secretOf = (text: string): Secret => new Secret(new TextEncoder().encode(text))

/** For assert.throws and assert.rejects: an error of this rule, with this exit code, whose message fits. */
export const rule =
  (code: string, message: RegExp = /./, exit: ExitCode = EXIT.refused) =>
  (error: unknown): boolean => {
    if (!(error instanceof KeyriteError)) throw error
    if (error.code === code && error.exit === exit && message.test(error.message) && !error.changed) return true
    throw new Error(`expected ${code} ${exit} ${message}, got ${error.code} ${error.exit}: ${error.message}`)
  }

export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'keyrite-quorum-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Numbers of 0..n-1, m of them, in random order. */
export const pick = <T>(from: readonly T[], m: number): T[] =>
  from
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, m)
    .map(({ value }) => value)
