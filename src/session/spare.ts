// The spare token of a test: a blank one, behind a process of its own.

import { SpareToken } from '../change/spare-token.ts'
import { EXIT, KeyriteError, refused } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { ReachedModule } from '../domain/module-profile.ts'
import type { BackupTestPlan } from '../domain/plan.ts'
import type { Foreseen } from '../domain/profile.ts'
import { checkLibrary } from '../domain/token-fit.ts'
import type { Hsm, HsmOptions } from '../hsm/port.ts'
import type { ChangeSession } from './change-session.ts'
import { blank } from './choose-token.ts'
import { hsmOptions } from './hsm-options.ts'

/** A blank token, and the process beside its library. */
interface ChosenSpare extends AsyncDisposable {
  slot: number
  module: BackupTestPlan['spare']['module']
  /** What it could do, by its list of mechanisms. */
  foreseen: Foreseen
  token(plan: BackupTestPlan): SpareToken
}

type Work = Pick<ChangeSession, 'context' | 'globals' | 'lock' | 'partition' | 'history'>

/** MODULE-MISSING, TOKEN-BLANK, TOKEN-PRESENT: one that is initialised is not taken, the partition's own least of all. */
export async function chooseSpare(reached: ReachedModule, slot: number | undefined, work: Work): Promise<ChosenSpare> {
  const { path: real, sha256 } = await work.context.inspectModule(reached.module)
  let hsm: Hsm | undefined = await work.context.openHsm(optionsOf(reached, work, sha256))
  try {
    const found = withoutPin(
      blank(await hsm.slots(), slot, { prefix: reached.pinPrefix, accepted: work.history.accepted }),
    )
    const foreseen = await hsm.foresee(found.slot)
    checkLibrary(foreseen)
    return {
      slot: found.slot,
      module: { path: real, sha256 },
      foreseen,
      token: (plan) => {
        const opened = hsm
        hsm = undefined
        return spareToken(plan, work, opened)
      },
      [Symbol.asyncDispose]: async () => await hsm?.[Symbol.asyncDispose](),
    }
  } catch (error) {
    await hsm[Symbol.asyncDispose]()
    throw forSpare(error)
  }
}

/** It is another's blank token: nobody accepts a weakness of it, and none is erased for it. */
function forSpare(error: unknown): unknown {
  if (!(error instanceof KeyriteError)) return error
  if (error.code === 'SHORT-PIN') return error.with({ hint: OTHER_HINT })
  return error.code === 'TOKEN-BLANK' && error.exit === EXIT.refused ? error.with({ hint: BLANK_HINT }) : error
}

const OTHER_HINT = 'a test wants longer PINs: name the library of another blank token: --module PATH'

/** SO-PIN. */
function withoutPin<T extends { slot: number; preset?: boolean }>(target: T): T {
  if (!target.preset) return target
  const restore = keyrite('--home', 'DIR', 'backup', 'restore', 'FILE', '--so-pin-file', 'FILE')
  const hint = to('to rehearse a restore onto it, in a home of its own', restore)
  throw refused('SO-PIN', `the blank token in slot ${target.slot} has an SO PIN already, and a test takes none`, hint)
}

const BLANK_HINT = to(
  'a test wants a blank token, as its maker delivers it, of this library or of another (--module PATH); to see what one has',
  keyrite('token', 'list', '--module', 'PATH'),
)

/** `opened`: a process that is up already. */
export function spareToken(plan: BackupTestPlan, work: Work, opened?: Hsm): SpareToken {
  let first = opened
  const { partition, context } = work
  const open = async (module: ReachedModule): Promise<Hsm> => {
    // The note names the library as it was given; which file that is, the plan says.
    const hsm = first ?? (await context.openHsm(optionsOf(module, work, plan.spare.module.sha256)))
    first = undefined
    return hsm
  }
  return new SpareToken(plan, { partition, sources: context.sources, open })
}

const optionsOf = (module: ReachedModule, { globals, context, lock }: Work, approved?: string): HsmOptions =>
  hsmOptions({ ...module, ...(approved ? { approved } : {}) }, globals, context, lock)
