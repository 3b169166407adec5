// Applications of a test's partition: each with a token of its own in the same SoftHSM, which is behind a process of its own all the same.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { tokenSerials } from '../crash/token.ts'
import { runProgram } from './keyrite.ts'
import { by, copyOf, partition, type TestPartition } from './partition.ts'
import { softhsm } from './softhsm.ts'

/** `keyrite app init NAME`, with its PIN in `NAME.pin`. */
export const appInit = (place: TestPartition, name: string, ...more: string[]): string[] => [
  ...['app', 'init', name, '--module', softhsm, '--pin-out', place.path(`${name}.pin`)],
  ...more,
  ...by(place),
]

export const pinOf = (place: TestPartition, name: string): string => readFileSync(place.path(`${name}.pin`), 'utf8')

/** The serial of its token, as the ledger has it. */
export const serialOf = async (place: TestPartition, name: string): Promise<string> =>
  (await place.data('app', 'show', name)).token.serial

/** A token that is nobody's here, made by another program. Gives its serial. */
export async function foreignToken(place: TestPartition, label: string, so: string, user: string): Promise<string> {
  const before = tokenSerials(place.folder)
  const args = ['--init-token', '--free', '--label', label, '--so-pin', so, '--pin', user]
  const { code, stderr } = await runProgram('softhsm2-util', args, { env: place.folder.env })
  assert.equal(code, 0, stderr)
  return tokenSerials(place.folder).find((serial) => !before.includes(serial))!
}

/** The partition `pay` with its application `web`, whose PIN is in `web.pin`: a copy that is the test's own. */
export const withWeb = (): Promise<TestPartition> =>
  copyOf('web', 'plain', async () => {
    const place = await partition()
    await place.data(...appInit(place, 'web'))
    return place
  })
