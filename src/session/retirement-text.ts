// How a person reads the certificate of a partition's end.

import type { RetirementCertificate } from '../change/end-partition.ts'
import { recordCode } from '../domain/code.ts'
import { label } from '../domain/names.ts'
import type { RetirePlan } from '../domain/plan.ts'
import { planCode } from '../domain/proposal.ts'
import { counted, listed } from '../domain/words.ts'
import { inPlain } from '../terminal/render.ts'
import { fields } from '../terminal/text.ts'
import { byToken, outsideInWords } from '../views/held-elsewhere.ts'
import { exportInWords } from '../views/plan-outward.ts'
import { section, waysBack } from './certificate-sections.ts'

type Statement = RetirementCertificate['statement']

export function retirementText(
  { statement, signature }: RetirementCertificate,
  plan: RetirePlan,
  approvers: string,
): string {
  const { tokens } = statement
  const isGone = tokens.every(({ state }) => state === 'erased')
  return `certificate of destruction: the end of a partition

${inPlain(
  fields([
    ['partition', `${statement.name}  ${statement.partition}`],
    ...tokens.map(
      ({ token, member }) =>
        ['token', `${token.label}  serial ${token.serial}${member === undefined ? '' : `, member ${member}`}`] as const,
    ),
    ['retired', statement.retired],
    ['plan', `${planCode(plan)}, approved by ${approvers}`],
    ['intent', `record ${statement.intent.seq} of the ledger, code ${recordCode(statement.intent.leaf)}`],
    ['reason', plan.reason],
    ...(statement.others ?? []).map((other) => ['erased too', other] as const),
  ]),
)}

${becameInWords(tokens)}

${keysInWords(statement)}
${heldInWords(statement)}
The same, as JSON signed by the station key ${signature.key}, is in the file beside this
one with the ending .json. ${auditKeys(tokens.length, isGone)}
`
}

const auditKeys = (tokens: number, isGone: boolean): string =>
  tokens === 1
    ? `The audit key of the token is ${isGone ? 'erased' : 'lost'} with it.`
    : `The audit key of each token is ${isGone ? 'erased' : 'erased, or lost,'} with it.`

type Told = Statement['tokens'][number]

/** Of several members those of each state together. */
function becameInWords(tokens: readonly Told[]): string {
  if (tokens.length === 1) return STATE[tokens[0]!.state]
  const [...states] = new Set(tokens.map(({ state }) => state))
  const named = (state: Told['state']) => tokens.flatMap((one) => (one.state === state ? (one.member ?? []) : []))
  return states.map((state) => `Member ${listed(named(state))}:\n${STATE[state]}`).join('\n\n')
}

const STATE: Record<Told['state'], string> = {
  erased: `Each key was destroyed, and in a new session no private object on the token had its id or its
public key. Then the token was initialised anew, under PINs that nobody knows: neither PIN of the
shares opens it any more.`,
  left: `THE TOKEN IS NOT ERASED: the member was absent, and nothing on it was destroyed or looked at.
Whatever it held it may still hold, and it may still open with the shares.`,
  lost: `THE TOKEN WAS LOST, and nothing on it could be destroyed or looked at: whatever it held it may
still hold, and it may still open with the shares.`,
}

function keysInWords({ keys }: Statement): string {
  if (keys.length === 0) return 'No key lived when the retirement began.\n'
  const lines = keys.map(
    ({ name, version, type, fingerprint, id, state }) =>
      `  ${label(name, version)}  ${type}  ${state}  ${fingerprint}  id ${id}`,
  )
  return `${counted(keys.length, 'key')} lived when the retirement began, and as the ledger says now:\n${inPlain(lines)}\n`
}

function heldInWords({ stillHeldBy: { copies = [], exports = [], origins = [], ...held } }: Statement): string {
  return [
    waysBack(held, {
      what: 'a key of the partition',
      back: 'Keys of the partition may still be brought back, with the shares, from:',
      areCopied: copies.length > 0,
    }),
    section(
      'Tokens of applications hold keys of the partition still, or may:',
      byToken(copies).map(({ where, keys }) => `${where}: ${keys.join(', ')}`),
    ),
    section(
      'Keys went out of the token, and are where nobody here can destroy them:',
      exports.map((note) => `${note.key}  ${exportInWords(note)}`),
    ),
    section(
      'Keys may be had from others still:',
      origins.map(({ key, origin }) => `${key}  ${outsideInWords(origin)}`),
    ),
  ].join('')
}
