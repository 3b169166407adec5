// A token in the hands of somebody who has its PINs and no respect for us: PKCS#11 as it is, in a process of its own.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { toBase32 as base32 } from '../../src/domain/encoding.ts'
import type { Secret } from '../../src/domain/secret.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import { runProgram } from './keyrite.ts'
import type { TestPartition } from './partition.ts'
import { inRepo } from './paths.ts'

/** What two custodians can compute with no program of ours at hand. The shares are plain. */
export async function groupSecret(place: TestPartition): Promise<{ secret: Secret; uuid: string }> {
  const shares = ['alice', 'bob'].map((name) => {
    const lines = readFileSync(place.share(name), 'utf8').split('\n')
    return quorum.parseShare(lines.find((line) => line.startsWith('krs1'))!)
  })
  return { secret: await quorum.combineShares(shares), uuid: place.records()[0].partition }
}

async function userPin(place: TestPartition): Promise<string> {
  const { secret, uuid } = await groupSecret(place)
  return base32(quorum.derivedPin(secret, uuid, 'user').reveal())
}

const script = (body: string) => `
const p11 = require(${JSON.stringify(inRepo('node_modules/pkcs11js'))})
const { pin, serial, module, ...input } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const lib = new p11.PKCS11()
lib.load(module)
lib.C_Initialize({ flags: 2 })
const slot = lib.C_GetSlotList(true).find((one) => lib.C_GetTokenInfo(one).serialNumber.trim() === serial)
const session = lib.C_OpenSession(slot, 6)
lib.C_Login(session, 1, pin)
const attributes = (pairs) => pairs.map(([type, value]) => ({ type, value }))
const find = (pairs = []) => {
  lib.C_FindObjectsInit(session, attributes(pairs))
  const found = lib.C_FindObjects(session, 1000)
  lib.C_FindObjectsFinal(session)
  return found
}
const read = (object, type) => lib.C_GetAttributeValue(session, object, [{ type }])[0].value
const byLabel = (label, kind) => find([[3, label], [0, kind]])[0]
const answer = (() => { ${body} })()
lib.C_Finalize()
process.stdout.write(JSON.stringify(answer ?? null))
`

/** Runs the body as the token's user; it gets `input`. PINs and keys go over standard input. */
export async function asUser(place: TestPartition, body: string, input: object = {}): Promise<unknown> {
  const { folder } = place
  const { serial } = place
  const given = JSON.stringify({ ...input, pin: await userPin(place), serial, module: folder.module })
  const { code, json, stdout, stderr } = await runProgram(process.execPath, ['-e', script(body)], {
    env: folder.env,
    input: given,
  })
  assert.equal(code, 0, stdout + stderr)
  return json
}
