// Copies of many keys on an application's token, proved, against the bare calls by which that is done.
import { createCipheriv, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyAttributes } from '../../src/domain/copy-attributes.ts'
import { usualUsages } from '../../src/domain/keys.ts'
import { Secret } from '../../src/domain/secret.ts'
import { kwp } from '../../src/host/backup/kinds/kwp.ts'
import { cmac5 } from '../../src/host/keys/fingerprint.ts'
import type { CopyToSeat } from '../../src/hsm/port.ts'
import { makeFolder } from '../support/softhsm.ts'
import { KEK_VALUE } from './bare-pins.ts'
import { BareToken } from './bare-token.ts'
import { atMost, heading, line } from './say.ts'
import { inTurn, type Timed } from './timed.ts'

const TIMES = 5
const KEYS = 1000

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

export async function copies(): Promise<void> {
  using token = await BareToken.make()
  const keys = Array.from({ length: KEYS }, (_, i) => delivered(i))
  const blobs = join(makeFolder('bench'), 'blobs')
  writeFileSync(blobs, keys.map(({ blob }) => Buffer.from(blob!).toString('base64')).join('\n'))
  const onCopy = async (run: (copy: BareToken) => Promise<Timed>): Promise<Timed> => {
    using copy = token.copy()
    return await run(copy)
  }
  const took = await inTurn(TIMES, {
    bare: () => onCopy((copy) => copy.run('seat', { blobs })),
    ours: () =>
      onCopy((copy) => copy.through((session) => session.seatCopies(new Secret(Uint8Array.from(KEK_VALUE)), keys))),
  })
  const bare = 'bare C_UnwrapKey, twice, and C_Encrypt'
  heading(`copies of ${KEYS} AES-256 keys on an application's token, each proved`)
  line(bare, took.bare)
  line('the port', took.ours, took.bare, bare)
  atMost('copies, times the bare calls with evidence', took.ours.ms / took.bare.ms, 1.5)
}
