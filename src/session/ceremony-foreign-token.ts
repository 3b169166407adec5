// The token of a rehearsal that is to be adopted: PINs that people are told, and keys that no ledger has.
import type { Context, Globals } from '../cli/context.ts'
import { Changes } from '../domain/changes.ts'
import { utf8 } from '../domain/encoding.ts'
import { attributesFor, type KeyType, usualUsages } from '../domain/keys.ts'
import { Secret } from '../domain/secret.ts'
import { addressOf } from '../domain/token-address.ts'
import type { Pin } from '../hsm/port.ts'
import { hsmOptions } from './hsm-options.ts'

/** They open nothing but the token of a twin, and are typed by hand. */
export const FOREIGN_PINS = { so: 'so-of-the-twin', user: 'user-of-the-twin' }

interface ForeignToken {
  library: string
  env: Readonly<Record<string, string>>
  /** Each is called so on the token. */
  keys: readonly { name: string; type: string }[]
}

/** Gives its serial number. */
export async function makeForeignToken(
  { library, env, keys }: ForeignToken,
  globals: Globals,
  context: Context,
): Promise<string> {
  // What is changed is of the twin: of whatever fails later nothing real is another.
  const options = { ...hsmOptions({ module: library, env }, globals, context), changes: new Changes() }
  await using hsm = await context.openHsm(options)
  using so = new Secret(utf8(FOREIGN_PINS.so))
  using user = new Secret(utf8(FOREIGN_PINS.user))
  const token = await hsm.initToken(0, typed(so), 'rehearsal')
  const address = addressOf(token)
  await hsm.setUserPin(address, typed(so), typed(user))
  await using session = await hsm.login(address, typed(user))
  await session.generateKeys(
    keys.map(({ name, type }) => ({
      label: name,
      id: context.sources.random(16),
      type: type as KeyType,
      attributes: attributesFor(type as KeyType, usualUsages(type as KeyType), true),
    })),
  )
  return token.serial
}

const typed = (bytes: Secret): Pin => ({ bytes, form: 'text' })
