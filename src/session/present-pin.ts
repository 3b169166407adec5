// The present SO PIN of a token that is to be erased, from whoever has it: proved before anything is touched.

import { slotWith } from '../change/slots.ts'
import { opensAsSo } from '../change/so-pin.ts'
import { refused } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import type { Secret } from '../domain/secret.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { Hsm } from '../hsm/port.ts'
import type { Quorum } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'

export interface PinPorts {
  hsm: Hsm
  quorum: Quorum
  terminal: Terminal
}

/** SO-PIN. */
export async function presentPin(
  token: TokenAddress,
  { soPinFile }: { soPinFile?: string },
  { hsm, quorum, terminal }: PinPorts,
): Promise<Secret> {
  const present =
    soPinFile === undefined
      ? await terminal.askSecret(`present SO PIN of token ${token.serial}:`, add('--so-pin-file', 'FILE'))
      : quorum.readPinFile(soPinFile)
  if (await opensAsSo(token, { bytes: present, form: 'text' }, hsm)) return present
  present[Symbol.dispose]()
  const what = soPinFile === undefined ? 'that is not' : `${soPinFile} does not hold`
  const message = `${what} the SO PIN of the token ${escaped(token.serial)}`
  throw refused('SO-PIN', message, LOOK_UP)
}

/** USER-PIN. */
export async function presentUserPin(
  token: TokenAddress,
  { userPinFile }: { userPinFile?: string },
  { hsm, quorum, terminal }: PinPorts,
): Promise<Secret> {
  const present =
    userPinFile === undefined
      ? await terminal.askSecret(`present user PIN of token ${token.serial}:`, add('--user-pin-file', 'FILE'))
      : quorum.readPinFile(userPinFile)
  const tries = slotWith(token, await hsm.slots())?.token?.tries.user
  const last = tries === 'final' || tries === 'locked'
  if (!last && (await hsm.pinOpens(token, 'user', { bytes: present, form: 'text' }))) return present
  present[Symbol.dispose]()
  if (last)
    throw refused('PIN-TRIES', `the user PIN of the token ${escaped(token.serial)} is locked, or has one try left`)
  const what = userPinFile === undefined ? 'that is not' : `${userPinFile} does not hold`
  throw refused('USER-PIN', `${what} the user PIN of the token ${escaped(token.serial)}`, LOOK_UP)
}

const LOOK_UP = 'a wrong PIN costs a try: look it up first'
