// Many keys that go out in one ceremony, against the bare calls that wrap them.
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { UserSession } from '../../src/hsm/port.ts'
import { blank, initArgs } from '../support/partition.ts'
import { bareId } from './bare-pins.ts'
import { BareToken } from './bare-token.ts'
import { approved, generate, keyrite, onCopy } from './bench-bulk.ts'
import { atMost, heading, line } from './say.ts'
import { inTurn } from './timed.ts'

const TIMES = 5
const KEYS = 1000
const BARE = 'bare C_GenerateKey and C_WrapKey, twice'

/** As a change does it. */
async function exported(session: UserSession): Promise<void> {
  const ids = Array.from({ length: KEYS }, (_, i) => bareId(i))
  await session.readKeys(ids)
  await session.exportKeys(ids)
}

export async function exports(): Promise<void> {
  using place = blank()
  await keyrite(place, ...initArgs(place))
  await generate(place, KEYS)
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  const blobs = place.path('partner.der')
  const spki = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }))
  writeFileSync(blobs, spki)
  mkdirSync(place.path('out'))
  using token = await BareToken.make()
  await token.run('generate', { count: KEYS })
  const names = Array.from({ length: KEYS }, (_, i) => `bench-${String(i + 1).padStart(4, '0')}#1`)
  const how = ['--for', 'rsa-aes', '--method', 'sha1', '--wrapping-key', blobs]
  const took = await inTurn(TIMES, {
    bare: () => token.run('export', { count: KEYS, blobs }),
    proved: () => token.run('export', { count: KEYS, blobs, evidence: true }),
    port: () => token.through(exported, { scheme: 'rsa-aes', hash: 'sha1', spki, count: KEYS }),
    idle: () => token.run('generate'),
    one: () =>
      onCopy(place, (copy) =>
        keyrite(copy, 'key', 'export', names[0]!, ...how, '--out', copy.path('one'), ...approved(copy)),
      ),
    ours: () =>
      onCopy(place, (copy) =>
        keyrite(copy, 'key', 'export', ...names, ...how, '--out', copy.path('out'), ...approved(copy)),
      ),
  })
  heading(`${KEYS} AES-256 keys, each wrapped for a partner`)
  line(BARE, took.bare)
  line('the same, each key looked at, its check value taken, a file for each', took.proved, took.bare, BARE)
  line(`keyrite key export, ${KEYS} keys`, took.ours, took.bare, BARE)
  line('the port: each key looked at, its check value taken, wrapped', took.port, took.bare, BARE)
  line('bare, no key', took.idle)
  line('keyrite key export, one key', took.one)
  atMost('exports through the port, times the bare calls with evidence', took.port.ms / took.proved.ms, 1.5)
  const more = (took.ours.ms - took.one.ms) / (took.proved.ms - took.idle.ms)
  atMost('each further key, times the bare calls with evidence', more, 1.5)
}
