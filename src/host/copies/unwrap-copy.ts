// A wrapped key becomes an object with its final attributes in the one call that makes it: what it is can't be set afterwards.
import { deviceFailed } from '../../domain/errors.ts'
import { classOf, type Flags } from '../../domain/keys.ts'
import { WRAP_NAMES, type WrapKind } from '../../domain/wrap-kinds.ts'
import type { KeySpec } from '../../hsm/port.ts'
import type { Opener } from '../backup/unwrap.ts'
import { unwrapBy } from '../backup/wraps.ts'
import { PRIVATE_EXTRAS, privateTemplate, sealedLast, secretTemplate } from '../keys/templates.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import type { User } from '../user.ts'

/** What came from the vault. */
interface Delivered {
  wrap?: WrapKind
  blob?: Uint8Array
}

export function unwrapCopy(
  user: User,
  { opens, wraps }: Opener,
  { wrap, blob }: Delivered,
  spec: KeySpec,
  flags: Flags,
): ObjectHandle {
  const how = wraps.find(({ kind }) => kind.name === wrap)
  if (wrap === undefined || blob === undefined) throw new TypeError(`${spec.label}: a key comes wrapped`)
  if (how === undefined) throw deviceFailed('NO-KEY-WRAP', `the token has no ${WRAP_NAMES[wrap]}`)
  const template = templateOf(spec, flags)
  return user.dialect.try('unwrap', (fit) => unwrapBy(user, how, opens, blob, fit(template)))
}

/** No check value is stated: SoftHSM sets it after MODIFIABLE, refuses, and leaves what it has made so far. */
const templateOf = (spec: KeySpec, flags: Flags): Template =>
  sealedLast(
    classOf(spec.type) === 'pair' ? [...privateTemplate(spec, flags), ...PRIVATE_EXTRAS] : secretTemplate(spec, flags),
  )
