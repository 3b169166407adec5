// PKCS#11 as others use it: what somebody without our program, or without a PIN, does to a token.
import { execFileSync } from 'node:child_process'
import { toBase32 } from '../../src/domain/encoding.ts'
import { environment } from '../support/keyrite.ts'
import { inRepo } from '../support/paths.ts'
import { type Bench, USER } from './hsm-bench.ts'

/** Runs in a process of its own: a module can be loaded by one program at a time. */
const script = (body: string) => `
  const { PKCS11 } = require(${JSON.stringify(inRepo('node_modules/pkcs11js'))})
  const [path, serial, input] = process.argv.slice(1)
  const lib = new PKCS11(path)
  lib.C_Initialize({ flags: 2 })
  const slot = lib.C_GetSlotList(true).find((one) => lib.C_GetTokenInfo(one).serialNumber.trim() === serial)
  const session = lib.C_OpenSession(slot, 6)
  const attributes = (pairs) => pairs.map(([type, value]) => ({ type, value }))
  const { label, id, pin } = JSON.parse(input)
  ${body}
  lib.C_Finalize()
`

function run({ folder, serial }: Bench, body: string, input: object): string {
  const args = ['-e', script(body), folder.module, serial, JSON.stringify(input)]
  return execFileSync(process.execPath, args, { env: environment({ env: folder.env }), encoding: 'utf8' })
}

/** Whoever is at the library: `session` is open, nobody is logged in. */
export const withoutPin = (bench: Bench, body: string, input: object): string => run(bench, body, input)

/** A public AES key on the token, under a name that is not its own. No login. */
export const asAnyone = (bench: Bench, label: string, id: Uint8Array): string =>
  run(
    bench,
    `lib.C_GenerateKey(session, { mechanism: 0x1080 }, attributes([[0, 4], [0x100, 0x1f], [0x161, 32], [1, true],
      [2, false], [3, label], [0x102, Buffer.from(id, 'hex')]]))`,
    { label, id: Buffer.from(id).toString('hex') },
  )

/** What the module answered, by its number; 0 is CKR_OK. */
const ANSWER = `const answer = (work) => {
  try {
    work()
    return 0
  } catch (error) {
    return error.code ?? Number(/CKR_\\w+:(\\d+)/.exec(error.message)[1])
  }
}`

/** Whoever has the user PIN, logged in: `key(label, class)` is an object, and what the body returns comes back. */
export function asUser<T>(bench: Bench, body: string, input: object = {}): T {
  const using = `
    ${ANSWER}
    lib.C_Login(session, 1, pin)
    const find = (pairs) => {
      lib.C_FindObjectsInit(session, attributes(pairs))
      const found = lib.C_FindObjects(session, 100)
      lib.C_FindObjectsFinal(session)
      return found
    }
    const key = (called, kind) => find([[3, called], [0, kind]])[0]
    const read = (object, type) => lib.C_GetAttributeValue(session, object, [{ type }])[0].value
    const given = JSON.parse(input)
    const done = (() => { ${body} })()
    process.stdout.write(JSON.stringify(done ?? null))`
  return JSON.parse(run(bench, using, { ...input, pin: toBase32(USER().bytes.reveal()) })) as T
}
