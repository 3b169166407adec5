// The applications of a partition: whether their tokens are there, and what of them waits for somebody. Nobody logs in.
import { closedBy, newPin } from '../../change/application-pin.ts'
import type { Context, Globals } from '../../cli/context.ts'
import { EXIT, KeyriteError } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KnownApplication } from '../../domain/known-application.ts'
import { escaped } from '../../domain/names.ts'
import { tokenName } from '../../domain/token-address.ts'
import { counted } from '../../domain/words.ts'
import { ApplicationTokens, inspectingApplications } from '../../session/application-tokens.ts'
import { countsOf, olderShares } from '../../views/application-view.ts'
import { type Checks, type Finding, ok, warning } from './checks.ts'
import type { PartitionHealth } from './partition.ts'

export async function lookAtApplications(
  checks: Checks,
  health: readonly PartitionHealth[],
  globals: Globals,
  context: Context,
): Promise<void> {
  for (const { name, history } of health) {
    if (!history || history.retired) continue
    const work = { context, globals, history, partition: { name } }
    const inspected = inspectingApplications(work)
    await using tokens = new ApplicationTokens(work)
    for (const app of history.applications.live)
      await checks.look(`${name}: application ${app.name}`, async () => {
        const module = await inspected(app.name)
        return await findingOf(app, history, () => tokens.open({ name: app.name, module }))
      })
  }
}

/** A token that is away holds up nobody else: it gets what it missed once it is back. */
async function findingOf(
  app: KnownApplication,
  history: History,
  open: () => ReturnType<ApplicationTokens['open']>,
): Promise<Finding> {
  const { name } = app
  try {
    const { tries } = (await open()).token
    if (tries.user === 'locked' || tries.user === 'final')
      return warning(
        `the user PIN of its token ${tries.user === 'final' ? 'has one try left' : 'is locked'}`,
        newPin(name),
      )
  } catch (error) {
    if (!(error instanceof KeyriteError) || error.exit !== EXIT.device) throw error
    return warning(error.message, error.hint ?? keyrite('app', 'show', name))
  }
  if (closedBy(app, history)) return warning('nobody can log in to its token until it gets a new PIN', newPin(name))
  const { unproven, present } = countsOf(app)
  if (unproven > 0)
    return warning(`${counted(unproven, 'copy', 'copies')} of keys not proven`, keyrite('app', 'sync', name))
  const older = olderShares(app, history)
  if (older.length > 0) return warning(`its PIN is of earlier shares: ${older.join(' and ')}`, newPin(name))
  return ok(`token ${escaped(tokenName(app.token))}, ${counted(present, 'key')}`)
}
