// What a newer keyrite wrote is said to be that, and is not called damaged.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseBackupLine } from '../../src/domain/backup.ts'
import { EXIT, KeyriteError } from '../../src/domain/errors.ts'
import { parseHead } from '../../src/domain/head.ts'
import { parsePending } from '../../src/domain/pending.ts'
import { parseLine } from '../../src/domain/record.ts'

const record = (format: unknown, plan?: unknown) => JSON.stringify({ record: { format, ...(plan ? { plan } : {}) } })
const readers: [what: string, read: (text: string) => unknown, text: (version: string) => string, newest?: number][] = [
  ['a record', parseLine, (version) => record(`keyrite.record/${version}`)],
  ['a plan', parseLine, (version) => record('keyrite.record/1', { format: `keyrite.plan/${version}` })],
  ['a backup', parseBackupLine, (version) => JSON.stringify({ header: { format: `keyrite.backup/${version}` } })],
  ['what is pending', parsePending, (version) => JSON.stringify({ format: `keyrite.pending/${version}` })],
  ['a head', parseHead, (version) => JSON.stringify({ format: `keyrite.head/${version}` }), 2],
]

describe('of a newer keyrite', () => {
  for (const [what, read, text, newest = 1] of readers) {
    const code = (version: string): string | undefined => {
      try {
        read(text(version))
      } catch (error) {
        assert.ok(error instanceof KeyriteError)
        assert.equal(error.exit, EXIT.verification)
        return error.code
      }
      return undefined
    }
    test(what, () => {
      for (const version of [`${newest + 1}`, '10']) assert.equal(code(version), 'FORMAT-NEWER')
      for (const version of ['0', `${newest}`, '02', '2 ', 'x', '']) assert.notEqual(code(version), 'FORMAT-NEWER')
    })
  }
})
