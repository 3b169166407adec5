// The runbook of docs/offline-root.md: every command, in order, from an empty token on; the profiles are those of the page.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commandsOf, runLines } from './support/doc-commands.ts'
import { inRepo } from './support/paths.ts'
import { makeTokenFolder } from './support/softhsm.ts'

const PAGE = 'docs/offline-root.md'

/** Each block of TOML, under the name of the file that stands before it. */
function writeProfiles(folder: string): number {
  const page = readFileSync(inRepo(PAGE), 'utf8')
  const blocks = [...page.matchAll(/`([a-z]+\.toml)`[^`]*```toml\n([^`]*)```/g)]
  for (const [, name, text] of blocks) writeFileSync(join(folder, name!), text!)
  return blocks.length
}

test('an offline root CA, from an empty token to a signed intermediate and what revokes it', async (t) => {
  using folder = makeTokenFolder()
  const { dir } = folder
  assert.equal(writeProfiles(dir), 3)
  await runLines(commandsOf(PAGE), { folder, least: 15 }, t)
  for (const file of ['root.crl', 'root.crt']) assert.ok(existsSync(join(dir, file)), file)
  const checked = ['verify', '-crl_check', '-CAfile', 'root.pem', '-CRLfile', 'root-2.crl.pem', 'issuing.pem']
  assert.throws(() => execFileSync('openssl', checked, { cwd: dir, stdio: 'pipe' }), /certificate revoked/)
  execFileSync('certtool', ['--verify-crl', '--load-ca-certificate', 'root.pem', '--infile', 'root-2.crl.pem'], {
    cwd: dir,
    stdio: 'pipe',
  })
})
