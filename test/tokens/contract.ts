// The contract of the HSM port on one module: each case on the token that it has, and where it can't be held to one, why.

import type { Hsm } from '../../src/hsm/port.ts'
import { BACKUP_CASES } from '../contract/backup-cases.ts'
import type { ContractCase, ContractToken } from '../contract/contract.ts'
import { takeForContract, using, whyNotApplicable } from '../contract/contract.ts'
import { open, text } from '../contract/hsm-bench.ts'
import { KEY_CASES } from '../contract/key-cases.ts'
import { TOKEN_CASES } from '../contract/token-cases.ts'
import { type Cell, fault, none, works } from './cells.ts'
import type { Cells } from './life.ts'
import type { TokenModule } from './modules.ts'
import { Workplace } from './workplace.ts'

const CASES: readonly ContractCase[] = [...TOKEN_CASES, ...KEY_CASES, ...BACKUP_CASES]
export const CONTRACT: readonly string[] = CASES.map(({ name }) => name)

const FIRST_PIN = '12345678'
const SECONDS = 60

export async function tryContract(module: TokenModule, trail: string[]): Promise<Cells> {
  await using place = new Workplace(module, trail)
  await place.newToken()
  const { parameters } = place.started
  await using hsm = await open(
    { module: place.library, env: place.started.env },
    { timeout: SECONDS, ...(parameters !== undefined && { libraryParameters: parameters }) },
  )
  const token = await taken(hsm, module)
  const cells = new Map<string, Cell>()
  for (const one of CASES) {
    const cell = await held(one, hsm, token)
    cells.set(one.name, cell)
    trail.push(`${one.name}: ${cell.is}${'why' in cell ? `\n${cell.why}` : ''}`)
  }
  return cells
}

/** A blank token, initialised; or why there is none that a partition could begin on. */
async function taken(hsm: Hsm, { soPin }: TokenModule): Promise<ContractToken | string> {
  const blank = (await hsm.slots()).findLast(({ token }) => token?.initialised === false && !token.writeProtected)
  if (blank === undefined) return 'there is no blank token'
  const { unfit, needs } = await hsm.foresee(blank.slot)
  if (unfit !== undefined && !needs) return `no partition can begin on it: ${unfit}`
  const pin = () => text(soPin || FIRST_PIN)
  return takeForContract(hsm, await hsm.initToken(blank.slot, pin(), 'contract'), pin())
}

async function held(one: ContractCase, hsm: Hsm, token: ContractToken | string): Promise<Cell> {
  try {
    if ('ofModule' in one) await one.ofModule(hsm)
    else {
      const why = typeof token === 'string' ? token : whyNotApplicable(one, token.address.profile)
      if (why !== undefined) return none(why)
      await one.run(token as ContractToken)
    }
    return works()
  } catch (error) {
    if (typeof token !== 'string') await sweep(token).catch(() => undefined)
    return fault((error as Error).message.split('\n').slice(0, 12).join(' '))
  }
}

/** What a case that failed left is nothing to the next. */
const sweep = (token: ContractToken): Promise<void> =>
  using(token, async (session) => {
    const { private: objects } = await session.scan()
    await session.destroyKeys(objects.map(({ id }) => id))
    await session.destroyStrayAuditKeys()
    await session.dropHeads(await session.heads())
  })
