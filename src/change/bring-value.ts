// A key whose value this process has, in the clear, comes to a token: wrapped under a key that is made for this alone, and that may do nothing there but unwrap.

import { KeyriteError, notVerified } from '../domain/errors.ts'
import { wrapBytes } from '../domain/key-wrap.ts'
import { label } from '../domain/names.ts'
import { Secret } from '../domain/secret.ts'
import type { KeyTarget } from '../domain/shapes.ts'
import type { KeyFacts, UserSession } from '../hsm/port.ts'
import { specOf } from './key-targets.ts'
import type { OperationContext } from './operation.ts'
import type { HostSources } from './ports.ts'

interface ClearKey {
  /** A secret key as it is; of a pair the PKCS#8 of its private half, DER. */
  value: Secret
  /** As the token has to tell it: SHA-256 of the SPKI, or a whole check value. */
  fingerprint: string
  /** SubjectPublicKeyInfo of a pair, DER. */
  spki?: Uint8Array
}

/** IMPORT-CHECK: the token proves that it has this very key, or it goes again. */
export async function bringValue(
  target: KeyTarget,
  { value, fingerprint, spki }: ClearKey,
  session: UserSession,
  { random }: Pick<HostSources, 'random'>,
  { members }: Pick<OperationContext, 'members'> = {},
): Promise<KeyFacts> {
  // Where keys go on from there, the session has what they travel under.
  using kek = members?.transfer?.clone() ?? new Secret(random(32))
  const blob = wrapBytes(kek.reveal(), value.reveal())
  const key = {
    ...specOf(target),
    wrap: 'kwp' as const,
    clear: true as const,
    blob,
    fingerprint,
    ...(spki ? { spki } : {}),
  }
  try {
    const [facts] = await session.restoreKeys(kek, [key])
    return facts!
  } catch (error) {
    throw error instanceof KeyriteError && error.code === 'RESTORE-EQUAL' ? another(target) : error
  }
}

const another = ({ name, version }: KeyTarget): KeyriteError =>
  notVerified(
    'IMPORT-CHECK',
    `the token made another key of what came for ${label(name, version)}, and it was destroyed again`,
  )
