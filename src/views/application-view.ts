// How an application looks: its token, its PIN, and each copy of a key that it has or is to have.

import { closedBy, newPin } from '../change/application-pin.ts'
import { isAmiss } from '../domain/found-words.ts'
import type { History } from '../domain/history.ts'
import { classOf, type Usage } from '../domain/keys.ts'
import type { Copy, KnownApplication } from '../domain/known-application.ts'
import { label, labelOf } from '../domain/names.ts'
import { pinBits } from '../domain/pins.ts'
import { counted, listed } from '../domain/words.ts'
import { type Field, fields, marked, type Part, type Run, type TableSpec } from '../terminal/text.ts'
import type { Warning } from './custody-view.ts'
import { modelOf, toTheMinute, uriOf } from './words.ts'

/** Copies that are there as they should be, those that are to be there, and those of which nobody knows. */
export function countsOf({ copies }: KnownApplication) {
  const all = [...copies.values()]
  const wished = all.filter((copy) => copy.wished)
  return {
    wished: wished.length,
    present: wished.filter(({ state }) => state === 'present').length,
    unproven: all.filter((copy) => !isSettled(copy)).length,
  }
}

const isSettled = ({ wished, state }: Copy): boolean => state === (wished ? 'present' : 'absent')

/** As the ledger has it; `uri` of each copy, and what of its PIN is of earlier shares. */
export function applicationData(app: KnownApplication, history: History) {
  const { copies, looked, retired: _, ...rest } = app
  return {
    ...rest,
    ...(looked ? { looked } : {}),
    ...countsOf(app),
    copies: [...copies.values()].map((copy) => ({ ...copy, uri: copyUri(copy, app) })),
    olderShares: olderShares(app, history),
  }
}

/** Roles whose PIN hangs on shares of an earlier epoch than today's. */
export function olderShares({ pin }: KnownApplication, { groups }: History): ('user' | 'so')[] {
  if (pin.kind !== 'derived') return []
  const isOlder = (role: 'user' | 'so') =>
    groups.some(({ name, epoch }) => name === pin[role].group && epoch > pin[role].epoch)
  return (['user', 'so'] as const).filter(isOlder)
}

/** Custodians who have left may know it. */
export function olderSharesWarnings(app: KnownApplication, history: History): Warning[] {
  const roles = olderShares(app, history)
  if (roles.length === 0) return []
  return [{ message: `the PIN of ${app.name} is of earlier shares: ${roles.join(' and ')}`, hint: newPin(app.name) }]
}

function copyUri({ label: object, id, type, usage }: Copy, { token }: KnownApplication): string {
  const half = usage.some((use) => OF_PRIVATE_HALVES.includes(use)) ? 'private' : 'public'
  return uriOf(token, object, id, classOf(type) === 'secret' ? 'secret-key' : half)
}

const OF_PRIVATE_HALVES: readonly Usage[] = ['sign', 'decrypt', 'unwrap', 'derive']

/** What is to be known of it at a glance. */
function noteOf(app: KnownApplication, history: History): Run {
  const { unproven } = countsOf(app)
  if (closedBy(app, history)) return marked(`nobody can log in: keyrite app pin ${app.name} --new`, 'warning')
  if (unproven > 0)
    return marked(`${counted(unproven, 'copy', 'copies')} unproven: keyrite app sync ${app.name}`, 'warning')
  const amiss = app.found.filter(isAmiss).length
  if (amiss > 0)
    return marked(`${counted(amiss, 'object')} amiss on its token: keyrite app check ${app.name}`, 'warning')
  if (app.found.length > 0) return marked(`${app.found.length} other on its token`, 'warning')
  return olderShares(app, history).length > 0 ? 'its PIN is of earlier shares' : ''
}

export const applicationRow = (app: KnownApplication, history: History): Run[] => {
  const { present, wished } = countsOf(app)
  return [
    app.name,
    app.token.serial,
    app.token.label,
    `${present} of ${wished}`,
    app.looked ? toTheMinute(app.looked.time) : 'never',
    noteOf(app, history),
  ]
}

export function applicationView(app: KnownApplication, history: History): Part[] {
  const { token, module, looked } = app
  const copies = [...app.copies.values()]
  return [
    fields([
      ['application', `${app.name}  ${app.id}`],
      ['since', `${toTheMinute(app.added)}, record ${app.since}`],
      ['token', `${token.label}  serial ${token.serial}`],
      ['model', modelOf(token)],
      ['library', module.path],
      ['wrapping', `keys are wrapped by ${app.wraps.join(' or ')}`],
      ...pinFields(app, history),
      ['looked at', looked && `${toTheMinute(looked.time)}, record ${looked.seq}`],
      ...app.found.map((what): Field => ['there too', marked(what, 'warning')]),
      ...app.former.map(
        (before): Field => ['before', `token ${before.token.serial}, until record ${before.until}${heldThere(before)}`],
      ),
    ]),
    ...(copies.length === 0
      ? ['', 'it has no key']
      : ['', copyTable(copies), '', ...copies.flatMap((copy) => uriOfCopy(copy, app))]),
  ]
}

const heldThere = ({ holds }: KnownApplication['former'][number]): string =>
  holds.length === 0 ? '' : `; it may still hold ${listed(holds.map(labelOf))}`

function pinFields(app: KnownApplication, history: History): Field[] {
  const { pin, recipients } = app
  if (pin.kind === 'given') return [['PIN', "given by the token's administrator"]]
  const older = olderShares(app, history)
  return [
    [
      'PIN',
      `of the shares, number ${pin.generation}${pin.characters ? `, SHORT: ${pinBits(pin.characters)} bits` : ''}`,
    ],
    ['', `user: ${pin.user.group}, epoch ${pin.user.epoch}; SO: ${pin.so.group}, epoch ${pin.so.epoch}`],
    ['', older.length > 0 ? marked(`of earlier shares: ${older.join(' and ')}`, 'warning') : undefined],
    ['', closedBy(app, history) && marked('nobody can log in until it gets a new PIN', 'warning')],
    ['sealed for', recipients?.join(', ')],
  ]
}

const copyTable = (copies: readonly Copy[]): TableSpec => ({
  head: ['key', 'label', 'may', 'state', { name: 'record', give: 1 }],
  rows: copies.map((copy) => [
    label(copy.name, copy.version),
    copy.label,
    copy.wished ? copy.usage.join(', ') : 'is to go',
    isSettled(copy) ? copy.state : marked(copy.state, 'warning'),
    `${copy.seq}`,
  ]),
})

const uriOfCopy = (copy: Copy, app: KnownApplication): Part[] => (copy.wished ? [{ verbatim: copyUri(copy, app) }] : [])
