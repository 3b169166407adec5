// What a test says of an error: the name of the rule, and the exit code that answers whether anything changed.
import assert from 'node:assert/strict'
import { EXIT, type ExitCode, KeyriteError } from '../../src/domain/errors.ts'

/** For assert.throws and assert.rejects. */
export const named =
  (exit: ExitCode) =>
  (code: string, message: RegExp = /./) =>
  (error: unknown): boolean => {
    if (!(error instanceof KeyriteError)) throw error
    assert.deepEqual({ code: error.code, exit: error.exit }, { code, exit }, error.message)
    assert.match(error.message, message)
    return true
  }

/** What was signed and what is there differ: exit 5. */
export const unverified = named(EXIT.verification)
/** A rule forbids it, and nothing changed: exit 3. */
export const refusal = named(EXIT.refused)
/** The command line is wrong: exit 2. */
export const misuse = named(EXIT.usage)
