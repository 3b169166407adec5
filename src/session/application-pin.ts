// The token of an application, opened by the PIN that was handed over, at the application's own host: no share is at hand, and no home is needed.
import { faultsIn, slotWith } from '../change/slots.ts'
import type { Context, Globals } from '../cli/context.ts'
import { settingsFor } from '../cli/module-settings.ts'
import { deviceFailed, KeyriteError, notVerified, refused, usage } from '../domain/errors.ts'
import { add, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KnownApplication } from '../domain/known-application.ts'
import { escaped, unsteered } from '../domain/names.ts'
import { addressOf, tokenName } from '../domain/token-address.ts'
import type { UserSession } from '../hsm/port.ts'
import { settingsOfApplication } from './application-tokens.ts'
import { hsmOptions } from './hsm-options.ts'

interface Reaching {
  module: string | undefined
  profile: string | undefined
  pinFile: string
}

interface Opened extends AsyncDisposable {
  user: UserSession
}

/** INPUT-MISSING, APP-PRESENT, APP-TOKEN, PIN-TRIES. */
export async function loginWithPinFile(
  app: KnownApplication,
  { module, profile, pinFile }: Reaching,
  history: History,
  globals: Globals,
  context: Context,
): Promise<Opened> {
  using pin = context.quorum.readPinFile(pinFile, 'PIN file')
  const own = settingsOfApplication(app.name, { context, globals, partition: { name: history.name } })
  const path = module ?? own?.module
  if (path === undefined) throw usage('the library of the token is not named', add('--module', 'PATH'), 'INPUT-MISSING')
  const options = { ...(profile === undefined ? {} : { profile }) }
  const reached = own?.module === path && profile === undefined ? own : settingsFor(path, options, globals, context)
  const hsm = await context.openHsm(hsmOptions(reached, globals, context))
  try {
    const slots = await hsm.slots()
    const token = slotWith(addressOf(app.token), slots)?.token
    const named = escaped(tokenName(app.token))
    if (!token?.initialised)
      throw deviceFailed(
        'APP-PRESENT',
        `the token ${named} of the application ${app.name} is not there${faultsIn(slots)}`,
      )
    if (token.label !== app.token.label)
      throw notVerified('APP-TOKEN', `the token ${named} is called ${escaped(token.label)}: somebody initialised it`)
    if (token.tries.user === 'final' || token.tries.user === 'locked')
      throw refused('PIN-TRIES', `the user PIN of the token ${named} is locked, or has one try left`)
    const user = await hsm.login(addressOf(app.token), { bytes: pin, form: 'text' }).catch((error) => {
      throw orAnotherPin(error, app, pinFile)
    })
    return {
      user,
      async [Symbol.asyncDispose]() {
        await user[Symbol.asyncDispose]()
        await hsm[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await hsm[Symbol.asyncDispose]()
    throw error
  }
}

/** It was handed over before the present one, or somebody changed the token's. */
function orAnotherPin(error: unknown, { name, token }: KnownApplication, pinFile: string): unknown {
  if (!(error instanceof KeyriteError) || error.code !== 'CKR_PIN_INCORRECT') return error
  const message = `the PIN in ${unsteered(pinFile)} is not that of the token ${escaped(tokenName(token))} (${error.message})`
  const hint = to('the custodians hand it over once more', keyrite('app', 'pin', name, '--pin-out', 'FILE'))
  return error.with({ message, hint })
}
