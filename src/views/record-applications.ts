// What records say of applications, in lines.
import type { AppPinPlan, ArrivalPlan } from '../domain/application-plans.ts'
import type { CopyReport, CopyTarget, PlannedApp } from '../domain/application-shapes.ts'
import { copyInWords } from '../domain/copies.ts'
import { fromBase64url, sha256, toHex } from '../domain/encoding.ts'
import type { AppAdded, AppCopies, AppPinGiven } from '../domain/record.ts'
import type { Token } from '../domain/shapes.ts'
import { modelOf, shortDigest } from './words.ts'

const FEW = 8

const tokenOf = (token: Token): string => `token ${token.serial} (${token.label}; ${modelOf(token)})`

type Module = PlannedApp['module']
/** The library behind which a token is. */
export const behind = ({ path, sha256: digest }: Module): string => `behind ${path}, ${shortDigest(digest)}`

/** What a plan wants applications to have. */
export const appsIn = ({ apps = [] }: { apps?: readonly PlannedApp[] | undefined }): string[] =>
  apps.flatMap(({ name, id, token, module, copies, without }) => [
    `application ${name}, id ${id}, on token ${token}, ${behind(module)}${without ? ', left out' : ''}`,
    ...few(copies.map((copy) => `${name} ${wishInWords(copy)}`)),
  ])

function wishInWords(copy: CopyTarget): string {
  const { certificate, usage } = copy
  const more = certificate ? `, with a certificate, sha256 ${toHex(sha256(fromBase64url(certificate)))}` : ''
  return copy.wished
    ? `is to have ${copyInWords(copy)} for ${usage.join(', ')}${more}`
    : `is not to have ${copyInWords(copy)}${usage.join(', ')}${more}`
}

const few = (lines: readonly string[]): string[] => [
  ...lines.slice(0, FEW),
  ...(lines.length > FEW ? [`and ${lines.length - FEW} more, see --json`] : []),
]

/** Of a plan that brings an application. */
export function arrived(plan: ArrivalPlan): string[] {
  if (plan.op === 'app.adopt') {
    const { name, id, token, module } = plan.app
    return [
      `application ${name}, id ${id}, on ${tokenOf(token)}, ${behind(module)}`,
      ...(plan.leaves ?? []).map((object) => `left alone: ${object}`),
    ]
  }
  const { app, spare, erases, pinFile, recipients = [] } = plan
  return [
    `application ${app.name}, id ${app.id}, on the token in slot ${spare.slot}, called ${app.label} then, ${behind(spare.module)}`,
    ...(erases ? [`erases token ${erases}`] : []),
    ...(plan.op === 'app.replace' ? [`in place of the one with the id ${plan.replaces}`] : []),
    ...(plan.op === 'app.replace' ? few(plan.copies.map((copy) => `${app.name} ${wishInWords(copy)}`)) : []),
    `its PIN to ${pinFile}${sealedFor(recipients)}`,
  ]
}

const sealedFor = (recipients: readonly string[] = []): string =>
  recipients.length === 0 ? '' : `, sealed for ${recipients.join(', ')}`

export const pinsIn = ({ apps, pinFile, recipients }: AppPinPlan): string[] => [
  ...apps.map(
    ({ name, id, token, module, generation }) =>
      `application ${name}, id ${id}, on token ${token}, ${behind(module)}: its PIN of generation ${generation}`,
  ),
  `to ${pinFile}${sealedFor(recipients)}`,
]

/** Which PIN an application has, and who got it. */
export function pinOf(name: string, { pin, recipients }: Pick<AppPinGiven, 'pin' | 'recipients'>): string {
  if (pin.kind === 'given') return `the PIN of ${name} is given by its administrator`
  const { generation, user, so, characters } = pin
  const held = [user, so].map(({ group, epoch }) => `${group}, epoch ${epoch}`).join(' and ')
  const short = characters === undefined ? '' : `, ${characters} characters`
  return `the PIN of ${name}, generation ${generation}${short}, is derived from the shares of ${held}${sealedFor(recipients)}`
}

export const appAdded = ({ app }: AppAdded): string[] => [
  `application ${app.name}, id ${app.id}, on ${tokenOf(app.token)}`,
  pinOf(app.name, app),
  `keys come to it by ${app.wraps.join(', ')}`,
]

export const appCopies = ({ app, copies, found = [] }: AppCopies): string[] => [
  ...few(copies.map((copy) => `${app} has ${copyInWords(copy)} ${stateInWords(copy)}`)),
  ...found.map((object) => `found there too: ${object}`),
]

const stateInWords = ({ state, usage }: CopyReport): string =>
  `${state}${usage.length === 0 ? '' : ` for ${usage.join(', ')}`}`
