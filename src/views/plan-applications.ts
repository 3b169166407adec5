// What a plan does to applications, as custodians see it: their tokens, the copies of keys that they are to have, and their PINs.
import type { AppPinPlan, AppRetirePlan, ArrivalPlan } from '../domain/application-plans.ts'
import type { CopyTarget, LeftCopy, PlannedApp } from '../domain/application-shapes.ts'
import { copyInWords } from '../domain/copies.ts'
import { fromBase64url, sha256, toHex } from '../domain/encoding.ts'
import type { History } from '../domain/history.ts'
import type { Copy, KnownApplication } from '../domain/known-application.ts'
import { label } from '../domain/names.ts'
import { type Field, marked, type Run, whole } from '../terminal/text.ts'
import { type Module, moduleRuns } from './module.ts'
import { modelOf, shortDigest } from './words.ts'

interface AppRow {
  name: string
  id: string
  token: string
  module: Module
}

/** Each application, its token, the library behind which that is, and what it is to have. */
export const appFields = (apps: readonly PlannedApp[] = [], history: History): Field[] =>
  apps.flatMap((app) => {
    const known = history.applications.named(app.name)
    return [
      ...tokenFields(app, known),
      ['without', app.without && marked('it is left out now, and its copies are unproven until app sync', 'warning')],
      ...app.copies.map((copy): Field => ['', copyRuns(copy, known?.copies.get(`${copy.name}#${copy.version}`))]),
      ...warnings(app.copies, known),
    ] satisfies Field[]
  })

export const tokenFields = ({ name, id, token, module }: AppRow, known: KnownApplication | undefined): Field[] => [
  ['application', [`${name}  id `, whole(id), `  token ${token}`]],
  ...behind(module, known?.module),
]

/** The library that gets the PIN. It stands out where it differs from that of the last change there. */
function behind(module: Module, last: Module | undefined): Field[] {
  const isSame = !last || (last.path === module.path && last.sha256 === module.sha256)
  if (isSame) return [['behind', moduleRuns(module)]]
  return [
    ['behind', [marked('CHANGED', 'bad'), ': now ', ...moduleRuns(module)]],
    ['before', moduleRuns(last)],
  ]
}

/** `gets card-dek#3 as card-dek: it may encrypt, decrypt`. */
export function copyRuns(copy: CopyTarget, known: Copy | undefined): Run[] {
  if (!copy.wished) return [`loses ${copyInWords(copy)}`]
  const may = `${getsOr(known)} ${copyInWords(copy)}: it may ${copy.usage.join(', ')}`
  const { certificate } = copy
  if (certificate === undefined) return [`${may}${untilNow(copy, known, ({ label }) => label)}`]
  return [`${may}${untilNow(copy, known, ({ label }) => label)}; certificate `, whole(certificateDigest(certificate))]
}

/** The same without its name: copies of which this is equal are told together. */
export function copiesInWords(copy: CopyTarget, known: Copy | undefined): { does: string; says: string } {
  if (!copy.wished) return { does: 'loses', says: calledInWords(copy) }
  const { certificate, usage } = copy
  const proved = certificate === undefined ? '' : `; certificate ${certificateDigest(certificate)}`
  const says = `${calledInWords(copy)}: each may ${usage.join(', ')}${untilNow(copy, known, calledInWords)}${proved}`
  return { does: getsOr(known), says }
}

const getsOr = (known: Copy | undefined): string => (known?.wished ? 'is to have' : 'gets')

const certificateDigest = (certificate: string): string => shortDigest(toHex(sha256(fromBase64url(certificate))))

type Called = Pick<CopyTarget, 'name' | 'version' | 'label'>

const calledInWords = ({ name, version, label: as }: Called): string =>
  as === name ? 'called by the name alone' : as === label(name, version) ? 'called by name and version' : `called ${as}`

/** ` (until now it is card-dek, and may encrypt, decrypt)`, and what was last seen of it, where it was not all right. */
function untilNow(copy: CopyTarget, known: Copy | undefined, called: (copy: Called) => string): string {
  if (!known?.wished) return ''
  const was = [
    ...(known.label === copy.label ? [] : [`it is ${called(known)}`]),
    ...(known.usage.join() === copy.usage.join() ? [] : [`it may ${known.usage.join(', ')}`]),
    ...(known.state === 'present' ? [] : [`it is ${known.state}`]),
  ]
  return was.length === 0 ? '' : ` (until now ${was.join(', and ')})`
}

const isSame = (copy: CopyTarget, known: Copy): boolean =>
  copy.label === known.label && copy.usage.join() === known.usage.join()

/** What holders of the PIN can do with it, and what running clients notice. */
export function warnings(copies: readonly CopyTarget[], known: KnownApplication | undefined): Field[] {
  const unwraps = copies.some(({ usage }) => usage.includes('unwrap'))
  const moves = copies.some((copy) => {
    const now = known?.copies.get(`${copy.name}#${copy.version}`)
    return now !== undefined && !isSame(copy, now)
  })
  return [
    ['note', unwraps ? 'whoever has its PIN can read the keys that it unwraps' : undefined],
    ['then', moves ? marked('running clients must reload: keys that they hold are replaced', 'warning') : undefined],
  ]
}

/** An application that comes, or gets another token. */
export function arrivalFields(plan: ArrivalPlan, history: History): Field[] {
  const { app } = plan
  if (plan.op === 'app.adopt') {
    const { token, module } = plan.app
    const name = `token ${token.serial} (${token.label}; ${modelOf(token)})`
    return [
      ['application', [`${app.name}, new  id `, whole(app.id)]],
      ['on', name],
      ['behind', moduleRuns(module)],
      ['PIN', 'given by its administrator, and asked for at each ceremony'],
      ...(plan.leaves ?? []).map((object): Field => ['left alone', object]),
    ]
  }
  const { spare, erases, pinFile, recipients = [] } = plan
  const known = plan.op === 'app.replace' ? history.applications.named(app.name) : undefined
  return [
    ['application', [`${app.name}, ${plan.op === 'app.replace' ? 'on another token' : 'new'}  id `, whole(app.id)]],
    ['on', `the token in slot ${spare.slot}, to be called ${plan.app.label}`],
    ['behind', moduleRuns(spare.module)],
    ['erases', erases === undefined ? undefined : marked(`token ${erases}, and all that it holds`, 'bad')],
    ...(plan.op === 'app.replace' ? replacedFields(plan.replaces, known) : []),
    ...(plan.op === 'app.replace' ? plan.copies.map((copy): Field => ['', copyRuns(copy, undefined)]) : []),
    ...pinFields(pinFile, recipients),
  ]
}

const replacedFields = (id: string, known: KnownApplication | undefined): Field[] => [
  ['replaces', [known ? `token ${known.token.serial} (${known.token.label})  id ` : 'id ', whole(id)]],
]

const pinFields = (file: string, recipients: readonly string[]): Field[] => [
  ['PIN', `written to ${file}${recipients.length > 0 ? ', sealed for' : ', in the clear'}`],
  ...recipients.map((one): Field => ['', one]),
]

export const pinHandover = ({ apps, pinFile, recipients = [] }: AppPinPlan, history: History): Field[] => [
  ...apps.flatMap((app): Field[] => {
    const known = history.applications.named(app.name)
    const now = known?.pin.kind === 'derived' ? known.pin.generation : undefined
    const what =
      now === app.generation
        ? `the PIN that it has, generation ${app.generation}`
        : `a new PIN, generation ${app.generation}: the one before opens nothing after a new login`
    return [...tokenFields(app, known), ['gives', what]]
  }),
  ...pinFields(pinFile, recipients),
]

/** The end of an application. */
export const appEnd = ({ apps, lost }: AppRetirePlan, history: History): Field[] => [
  ['LOST', lost && marked('its token: nothing there is destroyed, and its keys may still be used', 'bad')],
  ['ends', marked(`the application ${apps[0]?.name}, for good`, 'bad')],
  ...appFields(apps, history),
]

/** Copies that stay with applications when their key is destroyed. */
export const leftFields = (leaves: readonly LeftCopy[] = []): Field[] =>
  leaves.map((copy): Field => ['STAYS', marked(`${copyInWords(copy)} at ${copy.app}, which goes on using it`, 'bad')])
