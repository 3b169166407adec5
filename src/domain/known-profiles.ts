// Profiles of libraries that ship with the program, by the names that --profile takes.
import type { ModuleProfile } from './module-profile.ts'

interface Known extends ModuleProfile {
  /** For people, where they choose. */
  about: string
  /** Seen to work; all others are as the vendor documents them. */
  tried?: true
}

const KNOWN: Readonly<Record<string, Known>> = {
  cloudhsm: { about: 'AWS CloudHSM, with a crypto user called keyrite', pinPrefix: 'keyrite:' },
  'luna-crypto-user': { about: 'Thales Luna, as Crypto User, who makes no keys', userType: 0x8000_0001 },
  nshield: {
    about: 'Entrust nShield, without the slot of the accelerator',
    env: { CKNFAST_NO_ACCELERATOR_SLOTS: '1' },
  },
  nss: {
    about:
      'NSS, with the database in the folder that the variable NSS_DIR names; what a partition there has to accept is said when it begins',
    libraryParameters: "configdir='sql:$NSS_DIR' certPrefix='' keyPrefix='' secmod='secmod.db' flags=",
    tried: true,
  },
  yubihsm: { about: 'YubiHSM 2, with the authentication key 0x0001', pinPrefix: '0001' },
}

export const KNOWN_PROFILES: readonly string[] = Object.keys(KNOWN)

export function knownProfile(name: string): ModuleProfile | undefined {
  if (!Object.hasOwn(KNOWN, name)) return undefined
  const { about: _, tried: __, ...profile } = KNOWN[name]!
  return profile
}

export const profileInWords = (name: string): string =>
  `${KNOWN[name]!.about}${KNOWN[name]!.tried ? '' : " (from the vendor's documentation, not tried)"}`
