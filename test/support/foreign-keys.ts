// A token as others have made it: PINs that people know, keys by another program, one of them with a public half that anyone may exchange.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './keyrite.ts'
import { inRepo } from './paths.ts'
import type { TokenFolder } from './softhsm.ts'

export const SO_PIN = '87654321'
export const USER_PIN = '123456'

/** `lib` is logged in as the user; what the body returns is printed. */
const script = (body: string) => `
const p11 = require(${JSON.stringify(inRepo('node_modules/pkcs11js'))})
const { module, so, user, begin } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const lib = new p11.PKCS11()
lib.load(module)
lib.C_Initialize({ flags: 2 })
const attributes = (pairs) => pairs.map(([type, value]) => ({ type, value }))
const initialised = (one) => lib.C_GetTokenInfo(one).flags & 0x400
if (begin) {
  lib.C_InitToken(lib.C_GetSlotList(true).find((one) => !initialised(one)), so, 'tenant')
  const session = lib.C_OpenSession(lib.C_GetSlotList(true).find(initialised), 6)
  lib.C_Login(session, 0, so)
  lib.C_InitPIN(session, user)
  lib.C_CloseSession(session)
}
const session = lib.C_OpenSession(lib.C_GetSlotList(true).find(initialised), 6)
lib.C_Login(session, 1, user)
const find = (pairs = []) => {
  lib.C_FindObjectsInit(session, attributes(pairs))
  const found = lib.C_FindObjects(session, 1000)
  lib.C_FindObjectsFinal(session)
  return found
}
const answer = (() => { ${body} })()
lib.C_Finalize()
process.stdout.write(JSON.stringify(answer ?? null))
`

/** Runs as the token's user of before. */
export async function asBefore(folder: TokenFolder, body: string, begin = false): Promise<unknown> {
  const input = JSON.stringify({ module: folder.module, so: SO_PIN, user: USER_PIN, begin })
  const { code, json, stdout, stderr } = await runProgram(process.execPath, ['-e', script(body)], {
    env: folder.env,
    input,
  })
  assert.equal(code, 0, stdout + stderr)
  return json
}

/** \`tls\` (id 01) signs, \`Card DEK\` (id 02) encrypts and can be taken out; beside them lie a note and, public, a certificate's place. */
const MAKE = `
  const P256 = Buffer.from('06082a8648ce3d030107', 'hex')
  const both = [[1, true], [3, 'tls'], [0x102, Buffer.from([1])]]
  lib.C_GenerateKeyPair(session, { mechanism: 0x1040 },
    attributes([...both, [2, false], [0x180, P256], [0x10a, true]]),
    attributes([...both, [2, true], [0x103, true], [0x108, true], [0x105, false], [0x107, false], [0x10c, false]]))
  lib.C_GenerateKey(session, { mechanism: 0x1080 }, attributes([[1, true], [2, true], [3, 'Card DEK'], [0x102, Buffer.from([2])],
    [0x161, 32], [0x104, true], [0x105, true], [0x108, false], [0x10a, false], [0x106, false], [0x107, false], [0x162, true]]))
  lib.C_CreateObject(session, attributes([[0, 0], [1, true], [2, true], [3, 'note'], [0x11, 'x']]))
`

/** Makes it, and the files of its PINs. Gives the flags that name those. */
export async function makeForeign(folder: TokenFolder, more = ''): Promise<string[]> {
  await asBefore(folder, MAKE + more, true)
  return pinFiles(folder)
}

export function pinFiles({ dir }: TokenFolder): string[] {
  const files = [
    ['--so-pin-file', 'so.pin', SO_PIN],
    ['--user-pin-file', 'user.pin', USER_PIN],
  ] as const
  return files.flatMap(([flag, name, pin]) => {
    writeFileSync(join(dir, name), pin, { mode: 0o600 })
    return [flag, join(dir, name)]
  })
}
