// What a copy of a key is on the token of an application: good for its usage, and for nothing that would let it out or change it.
import { type Attributes, type Flags, isPair, type KeyType, type Usage, usageAttributes } from './keys.ts'

const isUsed = (flags: Flags): boolean => Object.values(flags).some((flag) => flag)

/**
 * Every attribute of a copy, MODIFIABLE last, since a token may refuse what follows it. Of a pair the public half is always there, for
 * clients search it without a login; a private half that could do nothing is not, and has no attributes.
 */
export function copyAttributes(type: KeyType, usage: readonly Usage[]): Attributes {
  const usages = usageAttributes(type, usage)
  const guarded = (flags: Flags): Flags => ({
    TOKEN: true,
    PRIVATE: true,
    SENSITIVE: true,
    EXTRACTABLE: false,
    WRAP_WITH_TRUSTED: false,
    COPYABLE: false,
    DESTROYABLE: true,
    ...flags,
    MODIFIABLE: false,
  })
  if (!isPair(usages)) return guarded(usages)
  return {
    private: isUsed(usages.private) ? guarded(usages.private) : {},
    public: { TOKEN: true, PRIVATE: false, COPYABLE: false, DESTROYABLE: true, ...usages.public, MODIFIABLE: false },
  }
}
