// A backup is tried: its keys are brought to a spare token and proved there, and the token is erased. The partition's token and keys stay as they are.

import { fromBase64url, toHex } from '../../domain/encoding.ts'
import { refused } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { ReachedModule } from '../../domain/module-profile.ts'
import type { BackupTestPlan } from '../../domain/plan.ts'
import { addressIn } from '../../domain/token-address.ts'
import type { BackupContent } from '../../ledger/port.ts'
import type { KekCheck } from '../../quorum/port.ts'
import { type Bringing, bringKeys, broughtBy } from '../bring-keys.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { Ports } from '../ports.ts'
import { proveBlobs, proveKek } from '../prove-restore.ts'
import type { SpareToken } from '../spare-token.ts'

interface TestRequest {
  backup: BackupContent
  /** Of the blank token, and the library behind which it is. */
  slot: number
  module: BackupTestPlan['spare']['module']
  /** Where the spare token is of another model. */
  clear: boolean
}

/** KEY-EXISTS. A blank token has no serial: it is known by a label that no other has. */
export function planBackupTest(
  { backup, slot, module, clear }: TestRequest,
  history: History,
  inputs: PlanInputs,
): BackupTestPlan {
  checkNoneOpen(history)
  const header = planHeader('backup.test', history, inputs)
  const brought = broughtBy(backup, history)
  if (brought.keys.length === 0)
    throw refused('KEY-EXISTS', 'the backup holds no key that lives: nothing could be proved', keyrite('key', 'list'))
  const label = `restore-test-${toHex(fromBase64url(header.nonce)).slice(0, 16)}`
  const accepted = [...(clear ? (['clear-on-host'] as const) : []), ...(header.accepted ?? [])]
  return { ...header, ...brought, ...(accepted.length > 0 ? { accepted } : {}), spare: { slot, label, module } }
}

interface Testing extends Bringing {
  ports: Pick<Ports, 'hsm'>
  keks: KekCheck
  spare: SpareToken
  /** The library of the spare token, by the name that it was given by. */
  module: ReachedModule
}

/** Blobs are opened on the partition's own token, as objects of a session, so that the spare one is touched when nothing else can be asked. */
export function testBackup(plan: BackupTestPlan, work: Testing): Operation {
  const { spare, backup, credentials, progress } = work
  const ports = { hsm: work.ports.hsm, keks: work.keks }
  return {
    async check(_, history) {
      await proveKek({ backup, credentials, ports })
      await spare.note(work.module, history.name)
    },
    async run({ history }) {
      await proveBlobs({ plan, token: addressIn(history), backup, credentials, ports })
      const { keys, notes } = await bring()
      const aside = `proved on the spare token ${await spare.erase()}, which is erased again`
      return { changed: false, keys, notes: [...notes, aside], aside }
    },
    determineOutcome: () => testOutcome(spare),
  }

  async function bring() {
    await using session = await spare.login(credentials, backup)
    return await bringKeys({ backup, credentials, ...(progress ? { progress } : {}) }, plan, session)
  }
}

/** What was not seen to its end is not proved; the spare token is erased, whatever is on it. */
export async function testOutcome(spare: Pick<SpareToken, 'erase'>): Promise<Effects> {
  const serial = await spare.erase()
  const none = { changed: false, keys: [] }
  if (serial === undefined) return { ...none, notes: ['no key of the backup was brought to a token'] }
  const text = `the spare token ${serial} was initialised for the test, and is erased again`
  return { ...none, notes: [text], aside: text }
}
