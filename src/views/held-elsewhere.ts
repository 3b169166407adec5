// What still has a key that goes, or is gone, from its token, in words for plans, certificates and reports.
import { type HeldCopy, holdersIn, type OutsideOrigin, type StillHolding } from '../change/held-elsewhere.ts'
import type { ToldBackup } from '../change/inventory.ts'
import { groupedBy } from '../domain/grouped.ts'
import type { History } from '../domain/history.ts'
import type { KeyTarget } from '../domain/shapes.ts'
import { counted, listed } from '../domain/words.ts'
import { type Field, marked } from '../terminal/text.ts'
import { exportedTo, exportInWords } from './plan-outward.ts'
import { dayOf } from './words.ts'

/** Of each key that is to be destroyed. `absent`: members that the destruction does not reach. */
export function stillHeldIn(
  history: History,
  absent: readonly { member: string }[] = [],
): (key: Pick<KeyTarget, 'name' | 'version'>) => Field[] {
  const holders = holdersIn(
    history,
    absent.map(({ member }) => member),
  )
  return (key) => {
    const { copies = [], origin, ...held } = holders(history.key(key.name, key.version)!)
    const former = copies.filter((copy) => copy.former).map((copy) => `${formerToken(copy)}, as ${copy.label}`)
    return [
      stillIn(held, copies, former),
      ...exportedTo(key, history),
      ['ELSEWHERE', origin && marked(outsideInWords(origin), 'warning')],
    ]
  }
}

/** `copies`: what is named beside it. */
export const nowhere = (copies: readonly HeldCopy[]): string =>
  copies.length === 0 ? 'no backup or other token that the ledger knows' : 'no backup that the ledger knows'

/** `former`: tokens of applications that are named here, and not beside it. */
function stillIn(
  { backups, tokens }: Pick<StillHolding, 'backups' | 'tokens'>,
  copies: readonly HeldCopy[],
  former: readonly string[] = [],
): Field {
  const held = [...backups.map(backupInWords), ...tokens.map((serial) => `token ${serial}`), ...former]
  return ['still in', held.length === 0 ? nowhere(copies) : held.join(', ')]
}

/** Of all keys of a partition that comes to its end. */
export function stillInPartition({ copies = [], exports = [], origins = [], ...held }: StillHolding): Field[] {
  return [
    stillIn(held, copies),
    ...byToken(copies).map(({ where, keys }): Field => ['', `${where}, which may hold ${listed(keys)}`]),
    ...exports.map((note): Field => ['exported', `${note.key}  ${exportInWords(note)}`]),
    ...origins.map(({ key, origin }): Field => ['ELSEWHERE', marked(`${key}  ${outsideInWords(origin)}`, 'warning')]),
  ]
}

/** Of each token of an application the keys that it may hold. */
export const byToken = (copies: NonNullable<StillHolding['copies']>): { where: string; keys: string[] }[] =>
  [...groupedBy(copies, ({ app, token }) => `${app} ${token}`).values()].map((all) => ({
    where: all[0]!.former ? formerToken(all[0]!) : `the token ${all[0]!.token} of ${all[0]!.app}`,
    keys: all.map(({ key }) => key),
  }))

export const formerToken = ({ token, app }: HeldCopy): string => `the former token ${token} of ${app}`

const backupInWords = ({ name, time, sha256 }: ToldBackup): string =>
  `backup ${name} of ${dayOf(time)}${sha256 ? '' : ' (nobody knows whether it was written)'}`

/** Who had the key, or has a part of it, beside its token. */
export function outsideInWords(origin: OutsideOrigin): string {
  if (origin.kind === 'components') {
    const which = `its ${counted(origin.components.length, 'component')} (${origin.components.join(', ')})`
    return `${which}, ${origin.issued ? 'each given to one person' : 'which others brought'}: all of them together are the key`
  }
  const who = origin.sender === undefined ? 'whoever sent it' : `whoever sent it, said to be ${origin.sender},`
  return `${who} may have it still`
}
