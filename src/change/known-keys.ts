// Whether a key is one that the ledger knows: a hash, or a check value of 40 bits, says so. One of 24 bits, as DES keys have, says that it may be.
import { canonical } from '../domain/canonical.ts'
import { isDecisive } from '../domain/check-values.ts'
import { fromHex } from '../domain/encoding.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { label } from '../domain/names.ts'
import type { Origin } from '../domain/shapes.ts'
import type { UserSession } from '../hsm/port.ts'
import { takeBackLent } from './proofs.ts'

type Named = Pick<KeyEntry, 'name' | 'version' | 'id'>
type Seen = Named & Pick<KeyEntry, 'fingerprint'>

/** Every key that the ledger has ever known, except those just being made, and those that were added. */
export class KnownKeys {
  readonly #byFingerprint = new Map<string, (Named & Partial<KeyEntry>)[]>()

  constructor(made: readonly Pick<KeyEntry, 'id'>[], keys: Iterable<KeyEntry>) {
    const ids = new Set(made.map(({ id }) => id))
    for (const key of keys) if (!ids.has(key.id)) this.add(key)
  }

  add(key: Seen & Partial<KeyEntry>): void {
    this.#byFingerprint.set(key.fingerprint, [...(this.#byFingerprint.get(key.fingerprint) ?? []), key])
  }

  /** By the check value, or by its origin: what came by the same components, or in the same file, is the same. */
  sameAs(check: string, origin: Origin): string | undefined {
    const alike = this.#alike(check)
    const same = isDecisive(check) ? alike[0] : alike.find((one) => one.origin && isOneOrigin(one.origin, origin))
    return same && nameOf(same)
  }

  /** That a check value can't tell apart from it. */
  mayBe = (check: string): string[] => (isDecisive(check) ? [] : this.#alike(check).map(nameOf))

  /** By the token besides, on which those that are alike encipher the same where they are one. A flag may be lent for it, so this is for when an intent is recorded. */
  async provedAs({ id, fingerprint }: Seen, session: UserSession): Promise<string | undefined> {
    const alike = fingerprint === '' ? [] : this.#alike(fingerprint)
    if (isDecisive(fingerprint) || alike.length === 0) return alike[0] && nameOf(alike[0])
    const there = alike.filter(({ state }) => state !== 'destroyed')
    await takeBackLent(
      there.filter((one): one is KeyEntry => one.attributes !== undefined),
      session,
    )
    for (const one of there) if (await session.areOne(fromHex(id), fromHex(one.id))) return nameOf(one)
    return undefined
  }

  /** More digits than the ledger has may have been announced. */
  #alike = (check: string) => this.#byFingerprint.get(isDecisive(check) ? check : check.slice(0, SHORT)) ?? []
}

const SHORT = 'ecb3:'.length + 6
const nameOf = ({ name, version }: Named): string => label(name, version)

/** Each of the components has a check value of its own. */
function isOneOrigin(a: Origin, b: Origin): boolean {
  if (a.kind === 'components' && b.kind === 'components')
    return canonical(a.components.toSorted()) === canonical(b.components.toSorted())
  return 'sha256' in a && 'sha256' in b && a.sha256 !== undefined && a.sha256 === b.sha256
}
