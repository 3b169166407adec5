// What the last listing of slots showed: a library with hundreds of tokens isn't asked for all of them whenever one is wanted.

import { isAt, type TokenAddress } from '../domain/token-address.ts'
import type { SlotFacts } from '../hsm/port.ts'
import { Pkcs11Error } from './native/ckr.ts'
import type { Native } from './native/native.ts'
import type { Found } from './tokens.ts'
import { slotFacts, tokenIn } from './tokens.ts'

export class Listing {
  /** Those that are initialised. */
  #tokens: readonly Found[] = []

  constructor(readonly lib: Native) {}

  /** Every slot, asked anew. */
  slots(): SlotFacts[] {
    this.forget()
    const all = this.lib.slots(false).map((slot) => ({ slot, facts: slotFacts(this.lib, slot) }))
    this.#tokens = all.flatMap(({ slot, facts: { token } }) => (token?.initialised ? [{ slot, token }] : []))
    return all.map(({ facts }) => facts)
  }

  /** The one token that was listed at this address, as it says it is now. Undefined where another listing has to tell. */
  known(address: TokenAddress): Found | undefined {
    const [listed, second] = this.#tokens.filter(({ token }) => isAt(address, token))
    if (listed === undefined || second !== undefined) return undefined
    const { slot } = listed
    try {
      const token = tokenIn(this.lib, slot)
      return token?.initialised && isAt(address, token) ? { slot, token } : undefined
    } catch (error) {
      if (error instanceof Pkcs11Error) return undefined
      throw error
    }
  }

  /** Slots may be others now. */
  forget(): void {
    this.#tokens = []
  }
}
