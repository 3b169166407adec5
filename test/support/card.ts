// A SoftHSM token that stands for the card of a custodian: a P-256 pair made by pkcs11-tool, and a PIN that is its holder's.
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { foreignToken } from './application.ts'
import { runProgram } from './keyrite.ts'
import type { TestPartition } from './partition.ts'
import { softhsm } from './softhsm.ts'

export interface Card {
  serial: string
  /** `age1tag1...`, as token list tells it. */
  recipient: string
  pinFile: string
  /** Where the token lies: without it the card is not there. */
  folder: string
  /** `--card ... --card-pin-file ...` */
  flags: string[]
}

export const CARD_PIN = 'their-pin'

/** `usage`: what the pair may do. */
export async function card(place: TestPartition, label: string, usage = '--usage-derive'): Promise<Card> {
  const before = readdirSync(place.path('tokens'))
  const serial = await foreignToken(place, label, 'their-so-pin', CARD_PIN)
  await keyPair(place, serial, usage)
  const pinFile = place.path(`${label}.pin`)
  writeFileSync(pinFile, `${CARD_PIN}\n`, { mode: 0o600 })
  const { slots } = await place.data('token', 'list', '--module', softhsm)
  const slot = slots.find(({ token }: { token?: { serial: string } }) => token?.serial === serial)
  const flags = ['--card', `${softhsm},${serial}`, '--card-pin-file', `${serial}=${pinFile}`]
  const name = readdirSync(place.path('tokens')).find((one) => !before.includes(one))!
  return { serial, recipient: slot.recipients[0].recipient, pinFile, folder: place.path('tokens', name), flags }
}

async function keyPair(place: TestPartition, serial: string, usage: string): Promise<void> {
  const make = ['--keypairgen', '--key-type', 'EC:prime256v1', usage, '--id', '01', '--label', 'share']
  const { slots } = await place.data('token', 'list', '--module', softhsm, '--no-probe')
  const { slot } = slots.find(({ token }: { token?: { serial: string } }) => token?.serial === serial)
  const args = ['--module', softhsm, '--slot', `${slot}`, '--login', '--pin', 'env:PIN', ...make]
  const env = { ...place.folder.env, PIN: CARD_PIN }
  const { code, stdout, stderr } = await runProgram('pkcs11-tool', args, { env })
  assert.equal(code, 0, stdout + stderr)
}
