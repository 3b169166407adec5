// The module: its file, whether it starts in its own process, and the slots and tokens that it shows.

import type { Context, Globals, PartitionSettings } from '../../cli/context.ts'
import { deviceFailed, KeyriteError } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import { escaped } from '../../domain/names.ts'
import { tokenName } from '../../domain/token-address.ts'
import type { Hsm, SlotFacts, TokenFacts } from '../../hsm/port.ts'
import { inspectConfigured } from '../../session/change-session.ts'
import { hsmOptions } from '../../session/hsm-options.ts'
import { isShortOn, unfit } from '../../views/token-verdict.ts'
import { type Checks, type Finding, ok, problem, warning } from './checks.ts'
import { closedToOthers } from './files.ts'

interface ModuleUse {
  settings: PartitionSettings
  /** Whose settings name it. */
  partition?: string | undefined
  /** Names of the tokens that are ours. */
  ours: readonly string[]
  /** Put behind the names of the checks where there are several modules. */
  suffix: string
}

/** Gives what the module showed; undefined where it can't be started. */
export async function lookAtModule(
  checks: Checks,
  { settings, partition, ours, suffix }: ModuleUse,
  globals: Globals,
  context: Context,
  uid: number | undefined,
): Promise<SlotFacts[] | undefined> {
  const { module } = settings
  const file = await checks.look(`module file${suffix}`, () => fileOf(module, partition, uid, context))
  if (file.failure && file.failure.code !== 'FILE-WRITABLE') return undefined
  let slots: SlotFacts[] | undefined
  const of = { libraries: [module] }
  await checks.look(
    `module${suffix}`,
    async () => {
      await using hsm = await context.openHsm(hsmOptions(settings, globals, context)).catch(unconfigured)
      const found = await about(hsm)
      slots = await hsm.slots()
      return slots.some(({ token, fault }) => token ?? fault) ? ok(found) : problem(tokenless(module, slots))
    },
    of,
  )
  for (const slot of slots ?? [])
    await checks.look(`slot ${slot.slot}${suffix}`, () => slotFinding(slot, ours, settings.pinPrefix))
  return slots
}

/** MODULE-MISSING, MODULE-INVALID, FILE-WRITABLE: of the path as it is named, and of the file that it leads to. */
async function fileOf(
  module: string,
  partition: string | undefined,
  uid: number | undefined,
  context: Context,
): Promise<Finding> {
  const { path } = await (partition === undefined
    ? context.inspectModule(module)
    : inspectConfigured(module, partition, context))
  const found = path === module ? escaped(path) : `${escaped(module)} is ${escaped(path)}`
  return closedToOthers([path, module], uid, found)
}

/** A module without its configuration answers with a mere CKR. */
function unconfigured(error: unknown): never {
  if (!(error instanceof KeyriteError) || !error.code.startsWith('CKR_') || error.hint !== undefined) throw error
  throw error.with({ hint: 'see the log and the configuration of the module itself' })
}

async function about(hsm: Hsm): Promise<string> {
  const { description, manufacturer, version, cryptoki } = await hsm.module()
  return `${escaped(description)} ${version}, ${escaped(manufacturer)}, cryptoki ${cryptoki}`
}

const tokenless = (module: string, slots: readonly SlotFacts[]) =>
  deviceFailed(
    'TOKEN-PRESENT',
    slots.length === 0 ? 'the module shows no slot' : 'no slot has a token',
    keyrite('token', 'list', '--module', module),
  )

function slotFinding({ token, fault }: SlotFacts, ours: readonly string[], prefix: string | undefined): Finding {
  if (fault !== undefined)
    return warning(`it can't be read: ${fault}`, 'have the device looked at; see the log of its module')
  if (!token) return ok('no token')
  if (!token.initialised) return blankFinding(token, prefix)
  return tokenFinding(token, ours.includes(tokenName(token)))
}

/** What a blank token says of itself; `token list` asks more of it. */
function blankFinding(token: TokenFacts, prefix: string | undefined): Finding {
  const why = unfit(token, prefix)
  if (why !== undefined)
    return warning(`blank: no partition can begin on it: ${why}`, 'another token, or another module')
  const weak = isShortOn(token, prefix) ? ', with --accept short-pin' : ''
  return ok(
    `blank: a partition can begin on it${weak}${token.soPinPreset ? ', by the SO PIN that it has: --so-pin-file FILE' : ''}`,
  )
}

/** The worst first. */
const TRIES = { locked: 'it is locked', final: 'one try is left', low: 'wrong tries were made' }
/** A login resets the count. */
const LOGIN = { user: keyrite('partition', 'check'), SO: keyrite('backup', 'create', 'FILE') }

/** PIN-LOCKED: of a token of ours nothing can be reached; of others it is good to know. */
export function tokenFinding({ serial, label, tries, userPinSet }: TokenFacts, ours: boolean): Finding {
  const named = `${escaped(label)}, serial ${escaped(serial)}`
  for (const [state, words] of Object.entries(TRIES)) {
    if (tries.user !== state && tries.so !== state) continue
    const role = tries.user === state ? 'user' : 'SO'
    const found = `${named}, ${role} PIN: ${words}`
    if (state !== 'locked') return warning(found, to('find out who tries PINs; the next login ends it', LOGIN[role]))
    const hint = to('keys come back from a backup on another token', keyrite('backup', 'restore', '--help'))
    return ours ? problem(deviceFailed('PIN-LOCKED', found, hint)) : warning(found, hint)
  }
  return ok(`${named}, user PIN ${userPinSet ? 'set' : 'not set'}`)
}
