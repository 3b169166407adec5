// What the token of a partition can do of what a change asks of it: as it was found when the token was taken.
import { KEY_TYPES, type KeyType } from '../domain/keys.ts'
import { whyUnverified } from '../domain/ml-dsa.ts'
import { type Profile, wholeProfile } from '../domain/profile.ts'
import { takesType, type Ways, WRAP_KINDS } from '../domain/wrap-kinds.ts'
import type { Ability, Capabilities } from '../hsm/port.ts'

/** As much of it as a change of keys asks for. */
export type Abilities = Pick<Capabilities, 'generate' | 'wrap' | 'mechanisms'> & {
  enforces: Pick<Capabilities['enforces'], 'wrapWithTrusted'>
}

const perType = (ability: (type: KeyType) => Ability) =>
  Object.fromEntries(KEY_TYPES.map((type) => [type, ability(type)])) as Record<KeyType, Ability>

export function abilitiesIn(profile: Profile): Abilities {
  const { types, mechanisms, broken = [] } = wholeProfile(profile)
  const isKept = !broken.includes('wrap-with-trusted')
  return {
    generate: perType((type) => whyUnverified(type) ?? types[type].make),
    wrap: perType((type) => {
      const { wrap } = types[type]
      return typeof wrap === 'string' ? true : wrap
    }),
    mechanisms,
    enforces: { wrapWithTrusted: isKept || { lacks: 'a WRAP_WITH_TRUSTED key was wrapped with an untrusted key' } },
  }
}

/** The ways in which it wraps keys, and opens them. */
export const waysOf =
  ({ wrap, mechanisms }: Abilities): Ways =>
  (type) => {
    const can = wrap[type] ?? { lacks: `no way to wrap ${type}` }
    return can === true ? WRAP_KINDS.filter((kind) => mechanisms[kind] && takesType(kind, type)) : can
  }
