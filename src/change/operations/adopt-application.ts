// An application's token whose PINs are its administrator's: tried, and entered in the ledger. Nothing on it is changed, and what is there stays.

import { newAppId } from '../../domain/application-id.ts'
import type { AppAdoptPlan } from '../../domain/application-plans.ts'
import { toHex } from '../../domain/encoding.ts'
import type { History } from '../../domain/history.ts'
import { recordable } from '../../domain/texts.ts'
import { addressOf, type TokenAddress } from '../../domain/token-address.ts'
import type { Hsm, ObjectFacts, Pin, TokenFacts } from '../../hsm/port.ts'
import type { Scan } from '../inventory.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Operation } from '../operation.ts'
import { type PlanInputs, planHeader, recordedModule } from '../plan-header.ts'
import { tokenOf } from '../taken-token.ts'
import { checkNewApplication } from './init-application.ts'

interface Adopted {
  name: string
  token: TokenFacts
  module: { path: string; sha256: string }
  /** What is there, in words. */
  leaves: readonly string[]
}

export function planAppAdoption(
  { name, token, module, leaves }: Adopted,
  history: History,
  inputs: PlanInputs,
): AppAdoptPlan {
  checkNoneOpen(history)
  checkNewApplication(name, history)
  const header = planHeader('app.adopt', history, inputs)
  const id = newAppId(header.nonce, header.partition)
  return {
    ...header,
    app: { name, id, token: tokenOf(token), module: recordedModule(module) },
    ...(leaves.length > 0 ? { leaves: [...leaves] } : {}),
  }
}

/** The most that a plan tells of. */
const MOST = 100

/** Each kind of thing once, in order. */
export function leftThere({ private: hidden, public: open }: Scan): string[] {
  const words = [...new Set([...hidden, ...open].map(inWords).map(recordable))].sort()
  return words.length <= MOST ? words : [...words.slice(0, MOST - 1), `~ ${words.length - MOST + 1} more`]
}

const inWords = ({ class: kind, label, id }: ObjectFacts): string =>
  `${kind} object ${label === '' ? 'without a label' : label}${id.length === 0 ? '' : `, id ${toHex(id)}`}`

interface AppAdoption {
  open(): Promise<Hsm>
  user(): Pin
}

export const adoptApplication = ({ app }: AppAdoptPlan, { open, user }: AppAdoption): Operation => ({
  async run({ intent }) {
    const { name, id, token } = app
    const address: TokenAddress = addressOf(token)
    const pin = user()
    using _ = pin.bytes
    const { wraps } = await (await open()).tryAsApplication(address, pin)
    const added = { name, id, token, pin: { kind: 'given' } as const, wraps: [...wraps].sort() }
    return { changed: true, keys: [], before: [{ type: 'app.added', intent: intent.leaf, app: added }] }
  },
  // A trial leaves nothing.
  determineOutcome: async () => ({ changed: false, keys: [] }),
})
