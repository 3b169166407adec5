// PKCS#11 as others use it: what somebody without our program, or without a PIN, does to a token.
import { execFileSync } from 'node:child_process'
import { environment } from '../support/keyrite.ts'
import { inRepo } from '../support/paths.ts'
import type { Bench } from './hsm-bench.ts'

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

/** A public AES key on the token, under a name that is not its own. No login. */
export const asAnyone = (bench: Bench, label: string, id: Uint8Array): string =>
  run(
    bench,
    `lib.C_GenerateKey(session, { mechanism: 0x1080 }, attributes([[0, 4], [0x100, 0x1f], [0x161, 32], [1, true],
      [2, false], [3, label], [0x102, Buffer.from(id, 'hex')]]))`,
    { label, id: Buffer.from(id).toString('hex') },
  )
