// The people of a ceremony: whom the script keeps apart, and who has signed the journal's head.

import type { WitnessSignature } from '../../domain/ceremony-keeping.ts'
import { headText } from '../../domain/journal.ts'
import { after } from '../../domain/period.ts'
import { signingRoles } from '../script.ts'
import { secondsOf } from '../shapes.ts'
import { type CeremonyPerson, peopleIn } from '../site.ts'
import { type Fault, faultOf, type Given } from './given.ts'

/** CEREMONY-SEPARATE, CEREMONY-CLOCK, CEREMONY-REHEARSED: what the script requires before it begins. */
export function wrongBeginning({ script, site, opened }: Given, isRehearsed: () => boolean): Fault[] {
  const { separate = [], clock, rehearsal } = script.requires ?? {}
  const both = separate.flatMap(([a, b]): Fault[] => {
    const person = site.people.find(({ roles }) => roles.includes(a) && roles.includes(b))
    return person
      ? [{ code: 'CEREMONY-SEPARATE', message: `${person.name} was ${a} and ${b}, which the script keeps apart` }]
      : []
  })
  const isOff = clock !== undefined && opened.mode === 'real' && isWrongClock(opened.clock, secondsOf(clock))
  const isTold = opened.rehearsal !== undefined
  const lacks =
    (isTold || (rehearsal !== undefined && opened.mode === 'real')) && !(isRehearsed() && isRecent(opened, rehearsal))
  return [
    ...both,
    ...(isOff
      ? [
          {
            code: 'CEREMONY-CLOCK' as const,
            message: 'the clock of the machine was not held against that on the wall, or was too far off',
          },
        ]
      : []),
    ...(lacks
      ? [
          {
            code: 'CEREMONY-REHEARSED' as const,
            message: isTold
              ? 'the rehearsal that its opening names is of another script, too long ago, or signed by no station'
              : 'the script requires a rehearsal, and its opening names none',
          },
        ]
      : []),
  ]
}

export const isWrongClock = (clock: Given['opened']['clock'], most: number): boolean =>
  clock === undefined || Math.abs(Date.parse(clock.host) - Date.parse(clock.wall)) > most * 1000

/** Of this script, before, and within the period where there is one. */
export function isRecent(
  { time, script, rehearsal }: Pick<Given['opened'], 'time' | 'script' | 'rehearsal'>,
  period: string | undefined,
): boolean {
  const told = rehearsal?.rehearsal
  if (told?.script !== script || told.ended > time) return false
  return period === undefined || after(told.ended, period) >= time
}

const blobOf = (key: string): string => key.split(' ')[1] ?? ''

export interface Witness {
  person: CeremonyPerson
  role: string
}

interface Witnessed {
  witnesses: Witness[]
  faults: Fault[]
}

/** WITNESS-HEAD, WITNESS-FILE, WITNESS-KNOWN, WITNESS-MISSING. `signer`: the key that made a signature over this text. `allowed`: keys that others vouch for, in place of those of the site. */
export function witnessed(
  given: Given,
  signatures: readonly WitnessSignature[],
  signer: (text: string, signature: string) => string,
  allowed?: ReadonlySet<string>,
): Witnessed {
  const head = headText(given.opened, given.lines.at(-1)!.leaf)
  const faults: Fault[] = []
  const witnesses: Witness[] = []
  for (const { name, text } of signatures) {
    try {
      const key = signer(head, text)
      const found = allowed && !allowed.has(key) ? undefined : witnessOf(key, name.replace(/-\d+$/, ''), given.site)
      if (found) witnesses.push(found)
      else
        faults.push({
          code: 'WITNESS-KNOWN',
          message: `the signature ${name} is by the key of nobody who was there in that role`,
        })
    } catch (error) {
      const { code, message } = faultOf(error)
      faults.push({ code, message: `the signature ${name}: ${message}` })
    }
  }
  const lacking = isToBeSigned(given) ? missing(given, witnesses) : []
  return { witnesses, faults: [...faults, ...lacking] }
}

/** One that was aborted ends before anybody signs; a rehearsal may end so. */
const isToBeSigned = ({ lines, opened }: Pick<Given, 'lines' | 'opened'>): boolean =>
  lines.at(-1)!.entry.type === 'closed' && opened.mode === 'real'

function missing(given: Given, witnesses: readonly Witness[]): Fault[] {
  return toSign(given)
    .filter(({ role, person }) => !witnesses.some((one) => one.role === role && one.person === person))
    .map(({ role, person }): Fault => ({ code: 'WITNESS-MISSING', message: `${person.name} (${role}) has not signed` }))
}

/** `name`: what their signature is called, such as `internal-witness-2`. */
interface Named extends Witness {
  name: string
}

const namedIn = (role: string, site: Given['site']): Named[] =>
  peopleIn(site, role).map((person, i) => ({ person, role, name: `${role}-${i + 1}` }))

/** Whose key it is. Undefined where it is nobody's of that role. */
export const witnessOf = (key: string, role: string, site: Given['site']): Named | undefined =>
  namedIn(role, site).find(({ person }) => person.key !== undefined && blobOf(person.key) === key)

/** Whose signature is not there yet. `signatures`: by their names. */
export const notSigned = (of: Pick<Given, 'script' | 'site'>, signatures: readonly { name: string }[]): Named[] =>
  toSign(of).filter((one) => !signatures.some(({ name }) => name === one.name))

/** Without whose signature its record is not taken. */
export const stillToSign = (given: Given, signatures: readonly { name: string }[]): Named[] =>
  isToBeSigned(given) ? notSigned(given, signatures) : []

/** Everyone who is to sign. */
const toSign = ({ script, site }: Pick<Given, 'script' | 'site'>): Named[] =>
  [...signingRoles(script)].flatMap((role) => namedIn(role, site))
