// A blob becomes an object on the token: for a restore, for a look into it, and for a trial without a login.
import type { Flags } from '../../domain/keys.ts'
import { classOf } from '../../domain/keys.ts'
import type { WrapKind } from '../../domain/wrap-kinds.ts'
import type { KeySpec } from '../../hsm/port.ts'
import type { Dialect } from '../keys/dialects.ts'
import type { CheckValues } from '../keys/fingerprint.ts'
import type { Identity } from '../keys/identity.ts'
import type { Place } from '../keys/key-index.ts'
import { NO_CHECK_VALUE, PRIVATE_EXTRAS, privateTemplate, secretTemplate } from '../keys/templates.ts'
import { CKA } from '../native/constants.ts'
import { pointOf } from '../native/spki.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import type { Kek } from '../user.ts'
import { seal } from './seal.ts'
import { takenIn } from './taken-in.ts'
import { unwrapBy, wrapNamed } from './wraps.ts'

/** Where it is to be, and what is known of the token. */
interface Unwrapping extends Place {
  checkValues: CheckValues
  dialect: Dialect
}

/** What unwraps. */
export type Opener = Pick<Kek, 'opens' | 'wraps'>

interface Blob {
  wrap: WrapKind
  blob: Uint8Array
  /** Of a pair. */
  spki?: Uint8Array
}

/** `flags`: those that it is born with. Of a pair it is the private half. OBJECT-ANOTHER: it does not say that it is `is`. */
export function unwrapKey(
  where: Unwrapping,
  { opens, wraps }: Opener,
  { wrap, blob, spki }: Blob,
  spec: KeySpec,
  flags: Flags,
  is?: Identity,
): ObjectHandle {
  const how = wrapNamed(wraps, wrap)
  return unwrapped(where, spec, flags, (fit) => unwrapBy(where, how, opens, blob, fit), is, spki)
}

/** The same of whatever opens by `unwrap`. */
export function unwrapped(
  where: Unwrapping,
  spec: KeySpec,
  flags: Flags,
  unwrap: (fit: Template) => ObjectHandle,
  is?: Identity,
  spki?: Uint8Array,
): ObjectHandle {
  const [template, extras]: [Template, Template] =
    classOf(spec.type) === 'pair'
      ? [[...privateTemplate(spec, flags), ...beside(where, spec, spki)], PRIVATE_EXTRAS]
      : [secretTemplate(spec, flags, where.lib.known?.generic), where.checkValues.own(spec.type) ? [] : NO_CHECK_VALUE]
  const object = takenIn(where.dialect, [...template, ...extras], unwrap)
  const identity: Identity = [
    [CKA.LABEL, spec.label],
    [CKA.ID, spec.id],
  ]
  const { dialect } = where
  const stays = flags.TOKEN === true
  // Of what stays each is read whole in a moment: once one has shown that the token takes them as they are asked for, that is enough.
  if (stays && dialect.unwrap === 'whole' && dialect.cameWhole.has(spec.type)) return object
  const all = extras === PRIVATE_EXTRAS ? { SIGN_RECOVER: false, ...flags } : flags
  if (seal(where, object, spec.label, all, identity, is)) dialect.unwrap = 'sealed-after'
  else if (stays) dialect.cameWhole.add(spec.type)
  return object
}

/** The public point of a private key, for a library that takes none without it. */
function beside({ lib }: Place, { type }: KeySpec, spki: Uint8Array | undefined): Template {
  const point = lib.known?.beside && spki ? pointOf(type, spki) : undefined
  return point ? [[CKA.NSS_DB, point]] : []
}
