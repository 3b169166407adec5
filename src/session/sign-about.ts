// What is recorded of a custodian is signed by two others, or by the only one there is; what is acknowledged, by the custodian's own share.
import { signedBy } from '../change/credentials.ts'
import type { Globals } from '../cli/context.ts'
import type { ShareOptions } from '../cli/options.ts'
import { othersNeeded } from '../domain/custody.ts'
import { refused, usage } from '../domain/errors.ts'
import { add, keyrite } from '../domain/hints.ts'
import { custodiansOf, type Seat } from '../domain/roster.ts'
import type { KeyApproval } from '../domain/shapes.ts'
import { counted, orMeant } from '../domain/words.ts'
import type { Share } from '../quorum/port.ts'
import { presentShares, seatIn } from './present-shares.ts'
import { entryPorts } from './share-entry.ts'
import type { StationSession } from './station-session.ts'

/** CUSTODIAN-KNOWN: somebody of today's roster. */
export function checkCustodian(name: string, { history }: StationSession): void {
  const names = new Set(custodiansOf(history.groups))
  if (names.has(name)) return
  throw refused(
    'CUSTODIAN-KNOWN',
    `no custodian of ${history.name} is called ${name}${orMeant(name, names)}`,
    keyrite('quorum', 'show'),
  )
}

interface Signing {
  message: Uint8Array
  options: ShareOptions
  globals: Globals
}

/** SHARE-REPEATED, STATEMENT-OTHERS, INPUT-MISSING: what others sign about somebody. */
export async function signedByOthers(whom: string, work: StationSession, signing: Signing): Promise<KeyApproval[]> {
  const { message, options, globals } = signing
  const { groups } = work.history
  const needed = othersNeeded(whom, groups)
  const signed: KeyApproval[] = []
  const others = () =>
    [...new Set(custodiansOf(groups))].filter(
      (name) => name !== whom && !signed.some(({ custodian }) => custodian === name),
    )
  const take = (share: Share): string => {
    const seat = seatIn(share, work, globals)
    const { name } = seat.custodian
    if (name === whom) throw refused('STATEMENT-OTHERS', `${whom} can't sign what is about ${whom}: others do`)
    if (signed.some(({ custodian }) => custodian === name))
      throw refused('SHARE-REPEATED', `${name} has signed already`, `bring the share of a custodian other than ${name}`)
    if (signed.length === needed)
      throw refused('SHARE-NOT-NEEDED', `${counted(needed, 'custodian')} have signed, and no more are needed`)
    signed.push(signedBy(seat, share, message))
    return `${name} has signed`
  }
  const next = () =>
    signed.length === needed
      ? undefined
      : { who: `custodian ${signed.length + 1} of ${needed}, other than ${whom}`, someone: others()[0]! }
  const tooFew = () =>
    refused(
      'STATEMENT-OTHERS',
      `${signed.length} of ${counted(needed, 'custodian')} other than ${whom} have signed`,
      add('--share', 'FILE'),
    )
  await presentShares(options, { take, next, tooFew, groups }, entryPorts(globals, work.context, work.terminal))
  return signed
}

/** SHARE-NOT-NEEDED, INPUT-MISSING: what somebody signs with their own share. */
export async function signedAlone(name: string, work: StationSession, signing: Signing): Promise<KeyApproval> {
  const { message, options, globals } = signing
  let proof: KeyApproval | undefined
  const take = (share: Share): string => {
    const seat: Seat = seatIn(share, work, globals)
    const whose = seat.custodian.name
    if (whose !== name)
      throw refused(
        'SHARE-NOT-NEEDED',
        `this share is ${whose}'s, and ${name} is to sign`,
        `bring the share of ${name}`,
      )
    if (proof) throw refused('SHARE-REPEATED', `${name} has signed already`)
    proof = signedBy(seat, share, message)
    return `${name} has signed`
  }
  const next = () => (proof ? undefined : { who: name, someone: name })
  const tooFew = () => usage(`the share of ${name} is not given`, add('--share', 'FILE'), 'INPUT-MISSING')
  const { groups } = work.history
  await presentShares(options, { take, next, tooFew, groups }, entryPorts(globals, work.context, work.terminal))
  return proof!
}
