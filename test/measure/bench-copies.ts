// Copies of many keys on an application's token, proved, against the bare calls by which that is done.
import { createCipheriv, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyAttributes } from '../../src/domain/copy-attributes.ts'
import { usualUsages } from '../../src/domain/keys.ts'
import { Secret } from '../../src/domain/secret.ts'
import { kwp } from '../../src/host/backup/kinds/kwp.ts'
import { cmac5 } from '../../src/host/keys/fingerprint.ts'
import type { CopyToSeat, UserSession } from '../../src/hsm/port.ts'
import { makeFolder } from '../support/softhsm.ts'
import { KEK_VALUE } from './bare-pins.ts'
import { BareToken } from './bare-token.ts'
import { atLeast, atMost, heading, line } from './say.ts'
import { inTurn, type Timed } from './timed.ts'

const TIMES = 5
const KEYS = 1000
const SAMPLE = 50

/** A key that node made, under the key that opens it there. */
function delivered(i: number): CopyToSeat {
  const value = randomBytes(32)
  return {
    label: `bench-${i}`,
    id: randomBytes(16),
    type: 'aes-256',
    attributes: copyAttributes('aes-256', usualUsages('aes-256')),
    fingerprint: cmac5((data) => createCipheriv('aes-256-ecb', value, null).update(data)),
    wrap: 'kwp',
    blob: kwp.wrapped(KEK_VALUE, value, Buffer.alloc(0)),
  }
}

/** As people bring a key without us: in the clear, and nobody looks whether it is that key. */
function loop(token: BareToken, value: string): Promise<Timed> {
  const args = (i: number) => ['--label', `one-${i}`, '--id', `${1000 + i}`, '--sensitive', '--usage-decrypt']
  return token.loop({ sample: SAMPLE, all: KEYS }, (i) => [
    ...['--write-object', value, '--type', 'secrkey', '--key-type', 'AES:32'],
    ...args(i),
  ])
}

export async function copies(): Promise<void> {
  using token = await BareToken.make()
  using half = token.copy()
  const value = join(makeFolder('bench'), 'value')
  writeFileSync(value, randomBytes(32))
  const seat = (session: UserSession, some: CopyToSeat[]) =>
    session.seatCopies(new Secret(Uint8Array.from(KEK_VALUE)), some)
  const keys = Array.from({ length: KEYS }, (_, i) => delivered(i))
  const blobs = join(makeFolder('bench'), 'blobs')
  writeFileSync(blobs, keys.map(({ blob }) => Buffer.from(blob!).toString('base64')).join('\n'))
  await half.through((session) => seat(session, keys.slice(0, KEYS / 2)))
  const onCopy = async (of: BareToken, run: (copy: BareToken) => Promise<Timed>): Promise<Timed> => {
    using copy = of.copy()
    return await run(copy)
  }
  const took = await inTurn(TIMES, {
    bare: () => onCopy(token, (copy) => copy.run('seat', { blobs })),
    ours: () => onCopy(token, (copy) => copy.through((session) => seat(session, keys))),
    tool: () => onCopy(half, (copy) => loop(copy, value)),
  })
  const bare = 'bare C_UnwrapKey, twice, and C_Encrypt'
  heading(`copies of ${KEYS} AES-256 keys on an application's token, each proved`)
  line(bare, took.bare)
  line('the port', took.ours, took.bare, bare)
  line(`pkcs11-tool --write-object, ${KEYS} times`, took.tool, took.bare, bare)
  console.log(
    `  the loop is ${SAMPLE} processes on a token that is half full, times ${KEYS / SAMPLE}; it proves nothing`,
  )
  atMost('copies, times the bare calls with evidence', took.ours.ms / took.bare.ms, 1.5)
  atLeast('a pkcs11-tool loop, times the copies', took.tool.ms / took.ours.ms, 10)
}
