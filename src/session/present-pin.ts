// The present SO PIN of a token that is to be erased, from whoever has it: proved before anything is touched.

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
  throw refused('SO-PIN', message, 'a wrong PIN costs a try: look it up first')
}
