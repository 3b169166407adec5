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
}

/** `flags`: those that it is born with. Of a pair it is the private half. OBJECT-ANOTHER: it does not say that it is `is`. */
export function unwrapKey(
  where: Unwrapping,
  { opens, wraps }: Opener,
  { wrap, blob }: Blob,
  spec: KeySpec,
  flags: Flags,
  is?: Identity,
): ObjectHandle {
  const how = wrapNamed(wraps, wrap)
  return unwrapped(where, spec, flags, (fit) => unwrapBy(where, how, opens, blob, fit), is)
}

/** The same of whatever opens by `unwrap`. */
export function unwrapped(
  where: Unwrapping,
  spec: KeySpec,
  flags: Flags,
  unwrap: (fit: Template) => ObjectHandle,
  is?: Identity,
): ObjectHandle {
  const [template, extras]: [Template, Template] =
    classOf(spec.type) === 'pair'
      ? [privateTemplate(spec, flags), PRIVATE_EXTRAS]
      : [secretTemplate(spec, flags), where.checkValues.own(spec.type) ? [] : NO_CHECK_VALUE]
  const object = takenIn(where.dialect, [...template, ...extras], unwrap)
  const identity: Identity = [
    [CKA.LABEL, spec.label],
    [CKA.ID, spec.id],
  ]
  const { dialect } = where
  const stays = flags.TOKEN === true
  // Of what stays each is read whole in a moment: once one has shown that the token takes them as they are asked for, that is enough.
  if (stays && dialect.unwrap === 'whole' && dialect.cameWhole.has(spec.type)) return object
  if (seal(where, object, spec.label, flags, identity, is)) dialect.unwrap = 'sealed-after'
  else if (stays) dialect.cameWhole.add(spec.type)
  return object
}
