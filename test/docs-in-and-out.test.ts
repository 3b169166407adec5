// Every command of docs/in-and-out.md, in order, on a partition as README.md makes it; what clouds would have answered lies there.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { begunByReadme, commandsOf, environmentOf, readmeLines, runLine, runLines } from './support/doc-commands.ts'
import { aws, azure, google } from './support/wrapping-keys.ts'

/** As Azure's tool shows the key that it got. */
function shownByAzure(folder: string): void {
  const pem = readFileSync(join(folder, 'tls.pem'))
  const jwk = JSON.parse(execFileSync(process.execPath, ['-e', TO_JWK], { input: pem, encoding: 'utf8' }))
  writeFileSync(join(folder, 'tls.json'), JSON.stringify({ attributes: { enabled: true }, key: jwk }))
}
const TO_JWK = `const { createPublicKey } = require('node:crypto')
console.log(JSON.stringify(createPublicKey(require('node:fs').readFileSync(0)).export({ format: 'jwk' })))`

test('every command about keys in and out does what it says', async (t) => {
  using place = await begunByReadme(t)
  const { folder } = place
  const { dir } = folder
  for (const [name, answer] of [
    ['aws.json', aws()],
    ['azure.json', azure()],
    ['google.json', google('RSA_OAEP_3072_SHA1_AES_256', 3072)],
  ] as const)
    writeFileSync(join(dir, name), JSON.stringify(answer))
  const before = async (command: string) => {
    if (!command.includes('--compare')) return
    await runLine('keyrite key public cloud/tls#1 --out tls.pem', environmentOf(folder), dir)
    shownByAzure(dir)
  }
  const after = (command: string, screen: string) => {
    if (command === 'keyrite key show partner/zmk')
      assert.match(screen, /components +ecb3:caebaa, ecb3:df9b9a, ecb3:83ebc1/)
    if (command.includes('openssl enc'))
      assert.ok(
        readFileSync(join(dir, 'out.1'), 'utf8').includes(`ecb3:${screen.replace(/\s/g, '').slice(0, 6)}\n`),
        screen,
      )
  }
  await runLines(
    [...readmeLines(/key generate/), ...commandsOf('docs/in-and-out.md')],
    { folder, least: 18, before, after },
    t,
  )
  for (const file of ['dek.aws', 'tls.byok', 'dek.google', 'dek.key']) assert.ok(existsSync(join(dir, file)), file)
  assert.equal(readFileSync(join(dir, 'dek.key')).length, 32)
})
