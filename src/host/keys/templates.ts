// From a key as Keyrite describes it to attribute templates, each attribute stated and none left to the token's default.
import type { Flags } from '../../domain/keys.ts'
import type { KeySpec } from '../../hsm/port.ts'
import type { FlagName } from '../native/constants.ts'
import { CKA, CKO, FLAG } from '../native/constants.ts'
import { broughtAs, KINDS } from '../native/mechanisms.ts'
import type { Template } from '../native/values.ts'

const isFlag = (name: string): name is FlagName => Object.hasOwn(FLAG, name)

/** What the token alone decides, as it was read back once; a template that claims it is refused. */
const THE_TOKENS_OWN = ['LOCAL', 'ALWAYS_SENSITIVE', 'NEVER_EXTRACTABLE']
const isOurs = (name: string, value: boolean): boolean =>
  !THE_TOKENS_OWN.includes(name) && !(name === 'TRUSTED' && !value)

export function flagsTemplate(flags: Flags): Template {
  const template: [number, boolean][] = []
  for (const [name, value] of Object.entries(flags)) {
    if (!isFlag(name)) throw new TypeError(`${name} is not a flag`)
    if (isOurs(name, value)) template.push([FLAG[name], value])
  }
  return template
}

/** Some modules set one attribute after the other, and none after this. */
export function sealedLast(template: Template): Template {
  const isLast = ([type]: Template[number]) => type === FLAG.MODIFIABLE
  return [...template.filter((one) => !isLast(one)), ...template.filter(isLast)]
}

/** An empty check value keeps the token from publishing its own, which gives away bits of an AES key's use in GCM. */
export const NO_CHECK_VALUE: Template = [[CKA.CHECK_VALUE, Buffer.alloc(0)]]
export const PRIVATE_EXTRAS: Template = [
  [FLAG.SIGN_RECOVER, false],
  [FLAG.ALWAYS_AUTHENTICATE, false],
]
export const PUBLIC_EXTRAS: Template = [[FLAG.VERIFY_RECOVER, false]]

const named = (spec: KeySpec, objectClass: number, keyType = KINDS[spec.type].keyType): Template => [
  [CKA.CLASS, objectClass],
  [CKA.KEY_TYPE, keyType],
  [CKA.LABEL, spec.label],
  [CKA.ID, spec.id],
]

/** For unwrapping, where the blob decides the length. */
export const secretTemplate = (spec: KeySpec, flags: Flags, generic?: true): Template => [
  ...named(spec, CKO.SECRET_KEY, generic ? undefined : broughtAs(spec.type)),
  ...flagsTemplate(flags),
]

/** For generating, where the template decides the length, or the key type. */
export function newSecretTemplate(spec: KeySpec, flags: Flags): Template {
  const { length, fixed } = KINDS[spec.type]
  const template = [...named(spec, CKO.SECRET_KEY), ...flagsTemplate(flags)]
  return fixed ? template : [...template, [CKA.VALUE_LEN, length ?? 0]]
}

export const privateTemplate = (spec: KeySpec, flags: Flags): Template => [
  ...named(spec, CKO.PRIVATE_KEY),
  ...flagsTemplate(flags),
]

export const publicHalfTemplate = (spec: KeySpec, flags: Flags): Template => [
  ...named(spec, CKO.PUBLIC_KEY),
  ...flagsTemplate(flags),
]

/** What decides the public key, in the public half's template. */
export function pairParameters(spec: KeySpec): Template {
  const { modulus, curve, parameterSet } = KINDS[spec.type]
  if (parameterSet !== undefined) return [[CKA.PARAMETER_SET, parameterSet]]
  if (curve !== undefined) return [[CKA.EC_PARAMS, Buffer.from(curve.params[0]!, 'hex')]]
  return [
    [CKA.MODULUS_BITS, modulus ?? 0],
    [CKA.PUBLIC_EXPONENT, Buffer.from([1, 0, 1])],
  ]
}
