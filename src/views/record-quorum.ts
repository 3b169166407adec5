// What records tell of groups, of their shares, and of the envelopes that these lie in.
import type { PlanOf } from '../domain/plan.ts'
import { type Issued, type LastTries, setsUserPin } from '../domain/quorum-plans.ts'
import type { Confirmed, QuorumReplaced, ShareRecorded } from '../domain/record.ts'
import type { Group, KeyApproval } from '../domain/shapes.ts'
import type { Known } from './known.ts'

export const groupOf = ({ name, threshold, custodians, roles, epoch }: Group): string =>
  `group ${name}: ${threshold} of ${custodians.map((custodian) => custodian.name).join(', ')}, for ${roles.join(', ')}${epoch > 1 ? `, epoch ${epoch}` : ''}`

const issuedIn = (issued: readonly Issued[] = []): string[] =>
  issued.map((one) => `${one.custodian}: ${'recipient' in one ? `sealed for ${one.recipient}` : 'read back'}`)

export const fromBackup = ({ name, seq, sha256 }: PlanOf<'key.restore'>['backup']): string =>
  `file ${name} of record ${seq}, sha256 ${sha256}`

export const replaced = ({ group, pins }: QuorumReplaced): string[] => [
  groupOf(group),
  ...pins.map(({ token, role, epoch }) => `${role} PIN of token ${token}: of epoch ${epoch}`),
]

export const confirmedIn = ({ proof: { custodian, group, epoch } }: Confirmed): string =>
  `${custodian} has read back the share of ${group}, epoch ${epoch}`

/** The plans, by operation. */
export const QUORUM = {
  'quorum.stage': ({ group, issued }: PlanOf<'quorum.stage'>) => [groupOf(group), ...issuedIn(issued)],
  'quorum.unstage': ({ group, stage }: PlanOf<'quorum.unstage'>, known: Known) => [
    groupOf(group),
    `gives up ${known.change(stage)}`,
  ],
  'quorum.replace': (plan: PlanOf<'quorum.replace'>, known: Known) => [
    groupOf(plan.group),
    ...issuedIn(plan.issued),
    ...(plan.lost
      ? [
          `the shares before are lost: ${setsUserPin(plan) ? 'the SO of others sets the user PIN anew' : 'others approve in their place'}, and no bridge leads to them`,
        ]
      : []),
    ...triesIn(plan.lastTry),
    ...(plan.stage ? [`takes up ${known.change(plan.stage)}`] : []),
    plan.backup ? `backup ${fromBackup(plan.backup)}` : 'no backup was at hand',
    ...(plan.atRisk ? [`in no backup: ${plan.atRisk.join(', ')}`] : []),
    ...(plan.behind ? [`tokens that keep PINs of earlier epochs: ${plan.behind.join(', ')}`] : []),
  ],
  'custodian.suspend': ({ custodian, until }: PlanOf<'custodian.suspend'>) => [
    `${custodian} is suspended until ${until}`,
  ],
  'custodian.resume': ({ custodian }: PlanOf<'custodian.resume'>) => [`${custodian} may approve again`],
}

export const triesIn = (lastTry: LastTries = {}): string[] =>
  Object.entries(lastTry).map(
    ([role, which]) => `tries the ${role} PIN of the ${which} shares, however few tries are left`,
  )

/** Where the envelope lies. */
export function keeping({ share, state, bag, place, witnesses = [], signed }: ShareRecorded, known: Known): string[] {
  const told = [
    bag && `in bag ${bag}`,
    place && `at ${place}`,
    witnesses.length > 0 && `before ${witnesses.join(', ')}`,
  ]
  const { custodian, group, epoch } = share
  const what = `the share of ${known.seat({ custodian, group })}, epoch ${epoch}, is ${state}`
  return [[what, ...told.filter(Boolean)].join(' '), signedBy(signed, known)]
}

export const signedBy = (signed: readonly KeyApproval[], known: Known): string =>
  `signed by ${signed.map((one) => known.seat(one)).join(' and ')}`
