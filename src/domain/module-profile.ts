// How a PKCS#11 library wants to be started and logged in to, where it differs from most: data of this host's configuration, and never a secret.
import * as v from 'valibot'
import { isDropped, isLoaders } from './environment.ts'
import { usage } from './errors.ts'
import { isReserved } from './names.ts'

const Text = v.pipe(v.string(), v.minLength(1))

/** pkcs11js takes numbers of 32 bits. */
const UserType = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff))

/** What makes a process load other people's code is no setting. */
const Variable = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  v.check((name) => !isDropped(name) && !isLoaders(name) && !isReserved(name)),
)
export const isVariable = (name: string): boolean => v.is(Variable, name)

export const ModuleProfile = v.strictObject({
  /** Put before every derived PIN: `0001` on a YubiHSM, `name:` on CloudHSM. */
  pinPrefix: v.exactOptional(Text),
  /** C_Login's number for each role, where it is not CKU_SO and CKU_USER. */
  soType: v.exactOptional(UserType),
  userType: v.exactOptional(UserType),
  /** What C_Initialize is given as pReserved. */
  libraryParameters: v.exactOptional(Text),
  /** Of the process that loads the library. */
  env: v.exactOptional(v.record(Variable, v.string())),
})
export type ModuleProfile = v.InferOutput<typeof ModuleProfile>

/** A library, and how it is spoken to. */
export interface ReachedModule extends ModuleProfile {
  /** Its path, links not resolved. */
  module: string
}

/** As notes keep it. */
export const NotedModule = { module: v.string(), profile: v.exactOptional(ModuleProfile) }
interface Noted {
  module: string
  profile?: ModuleProfile
}

export const noted = ({ module, ...profile }: ReachedModule): Noted => ({
  module,
  ...(Object.keys(profile).length > 0 && { profile }),
})
export const reachedBy = ({ module, profile }: Noted): ReachedModule => ({ ...profile, module })

/** CONFIG: with what `$NAME` stands for in its library parameters, once and for all: later commands need no variable. */
export function filledIn(profile: ModuleProfile, env: Readonly<Record<string, string | undefined>>): ModuleProfile {
  const { libraryParameters } = profile
  if (libraryParameters === undefined) return profile
  const filled = libraryParameters.replaceAll(/\$([A-Za-z_]\w*)/g, (_, name: string) => {
    const value = profile.env?.[name] ?? env[name]
    if (value) return value
    throw usage(`this profile wants to be told ${name}, and that variable is not set`, `export ${name}=...`, 'CONFIG')
  })
  return { ...profile, libraryParameters: filled }
}
