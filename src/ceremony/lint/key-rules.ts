// What commands of a script need of keys, and of their copies at applications, and how they leave them.
import type { KeyState } from '../../domain/keys.ts'
import { parseKeyVersion } from '../../domain/names.ts'
import { numbered } from '../../domain/numbered.ts'
import { OPERATIONS } from '../../domain/operations.ts'
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { ACCEPTS_NOT_SENT } from '../../domain/plan-shapes.ts'
import { valuesOf } from './commands.ts'
import type { Keys, Trait } from './keys.ts'
import { absent, each, flag, type Names, operands, type Rule, type World, where, without } from './rules.ts'

/** A value of the day is no name of a key that anybody knows. */
const keyWords = (words: readonly string[]): readonly string[] => words.filter((word) => !word.startsWith('{'))
const keysIn = (line: ParsedLine): readonly string[] => keyWords(operands(line))

/** In one of these states, and made for what it is to do. */
export const takes =
  (states: readonly KeyState[], trait?: Trait, names: Names = operands): Rule =>
  (line, world) =>
    each(keyWords(names(line, world)), (name) => world.keys.demand(name, states, line.path, trait))

export const eachKey =
  (of: (keys: Keys, name: string) => string | undefined): Rule =>
  (line, { keys }) =>
    each(keysIn(line), (name) => of(keys, name))

/** A profile names it, and may say the serial number of what it signs. */
export const SIGNER: Rule = (line, world, step) => {
  const { keys, things, profiles } = world
  const [profile] = line.operands.flatMap(({ value }) => profiles.get(value) ?? [])
  if (!profile)
    return keys.hasNone(['active'], 'signs') ? 'no active pair that was made to sign is there by then' : undefined
  if ('wrong' in profile) return profile.wrong
  const { key, serial } = profile
  const version = newest(keys, key)
  const whys = [keys.demand(key, ['active'], line.path, 'signs')]
  if (version !== undefined) whys.push(things.demand('key that is lost', version, false))
  if (serial !== undefined) {
    whys.push(things.demand('serial', serial, false))
    things.set('serial', serial, true, step)
  }
  return whys.filter((why) => why !== undefined)
}

/** A restore may have brought all but this one. */
export const onToken = (meant: Meant): Rule => absent('key that is lost', versions(meant))

/** Whoever reads with the old version has the new one; those who are left out are said. */
export const readersHave: Rule = (line, world) => {
  const isLeftOut = (copy: string) => flag('--without')(line).some((app) => copy.endsWith(copyAt('', app)))
  const waiting = versions(newest)(line, world).flatMap((key) => copies(world, copyAt(key, ''), '', 'copy to come'))
  return each(
    waiting.filter((copy) => !isLeftOut(copy)),
    (copy) => world.things.demand('copy to come', copy, false),
  )
}

/** Whoever outside has the old version has the new one, or that nobody there reads is accepted. */
export const sentToo: Rule = (line, ...given) =>
  valuesOf(line, '--accept').includes(ACCEPTS_NOT_SENT)
    ? undefined
    : absent('export to come', versions(newest))(line, ...given)

export const freeName: Rule = (line, { keys }) => keys.taken(keysIn(line))

/** One, or NAME-1 to NAME-N. */
export const made: Rule = (line, { keys }) => {
  const [name] = keysIn(line)
  const count = Number(valuesOf(line, '--count')[0])
  if (name === undefined) return undefined
  return keys.bring(Number.isSafeInteger(count) ? numbered(name, count) : [name], line)
}

/** The version that is meant, where the script tells of it. */
type Meant = (keys: Keys, word: string) => string | undefined
export const inForce: Meant = (keys, word) => keys.inForce(word)
export const newest: Meant = (keys, word) => {
  const { name, version } = parseKeyVersion(word)
  return version === undefined ? keys.newest(name) : word
}

export const versions =
  (meant: Meant) =>
  (line: ParsedLine, { keys }: Pick<World, 'keys'>): readonly string[] =>
    keysIn(line).flatMap((word) => meant(keys, word) ?? [])

export const acceptsUnbacked = (line: ParsedLine): boolean => valuesOf(line, '--accept').includes('unbacked')

/** It is in a backup, or that it is in none is accepted. `meant`: of all keys where it is absent. */
const inBackup =
  (meant?: Meant): Rule =>
  (line, world) => {
    if (acceptsUnbacked(line)) return undefined
    const [one] = world.keys.unbacked(meant && versions(meant)(line, world))
    return one === undefined ? undefined : `no backup holds ${one} by then`
  }

/** What applications get, and what a token holds that changes its PINs, by command. */
const OF_BACKUP: { readonly [path: string]: Rule } = {
  'key deliver': inBackup(inForce),
  'key promote': inBackup(newest),
  'quorum replace': where(without('--lost'), inBackup()),
}
export const wantsBackup = ({ path }: ParsedLine): boolean => path in OF_BACKUP
export const backedUp: Rule = (...given) => OF_BACKUP[given[0].path]!(...given)

/** How a copy is named, whether it is there or to come. */
export const copyAt = (key: string, app: string): string => `${key} at ${app}`
const copies = ({ things }: World, begins: string, ends: string, kind: 'copy' | 'copy to come' = 'copy'): string[] =>
  things.named(kind).filter((one) => one.startsWith(begins) && one.endsWith(ends))

function gone(copy: string, { things }: World): void {
  things.set('copy', copy, false)
  things.set('copy to come', copy, false)
}

export const delivered: Rule = (line, world, step) => {
  for (const key of versions(inForce)(line, world))
    for (const app of flag('--app')(line)) {
      world.things.set('copy', copyAt(key, app), true, step)
      world.things.set('copy to come', copyAt(key, app), false)
    }
  return undefined
}

/** A name alone is every version of it that the application has. */
export const withdrawn: Rule = (line, world) =>
  each(keysIn(line), (word) =>
    each(flag('--app')(line), (app) => {
      const { name, version } = parseKeyVersion(word)
      const begins = version === undefined ? `${name}#` : copyAt(word, '')
      const found = copies(world, begins, copyAt('', app))
      for (const copy of found) gone(copy, world)
      return found.length === 0 && world.things.isWhole('copy') ? `${app} has no ${word} by then` : undefined
    }),
  )

/** Nothing is left at an application of which the next version would be made unseen by it, or that would be destroyed. */
export const notDelivered =
  (meant: Meant, way: string): Rule =>
  (line, world) =>
    each(versions(meant)(line, world), (key) => {
      const [copy] = copies(world, copyAt(key, ''), '')
      return copy === undefined ? undefined : `there is a copy of ${copy} by then: ${way}`
    })

/** Whoever reads with the version in force gets the one that comes. */
export const publishedToo: Rule = (line, world, step) => {
  for (const name of keysIn(line)) {
    const [old, fresh] = [world.keys.inForce(name), world.keys.newest(name)]
    if (old === undefined || fresh === undefined) continue
    for (const copy of copies(world, copyAt(old, ''), ''))
      world.things.set('copy', copy.replace(old, fresh), true, step)
    if (world.things.named('export').includes(old)) world.things.set('export to come', fresh, true, step)
  }
  return undefined
}

export const synced: Rule = (line, world) => {
  for (const app of operands(line))
    for (const one of copies(world, '', copyAt('', app), 'copy to come')) world.things.set('copy to come', one, false)
  return world.things.isWhole('copy')
    ? each(operands(line), (app) =>
        copies(world, '', copyAt('', app)).length === 0 ? `no key was delivered to ${app} by then` : undefined,
      )
    : undefined
}

export const emptied: Rule = (line, world) => {
  for (const app of operands(line)) for (const copy of copies(world, '', copyAt('', app))) gone(copy, world)
  return undefined
}

/** By the table of operations: from where to where each leads. */
export const STATE_CHANGES: { readonly [path: string]: readonly Rule[] } = Object.fromEntries(
  Object.entries(OPERATIONS).flatMap(([op, row]) => {
    if (!op.startsWith('key.') || !('transition' in row)) return []
    const { from, to } = row.transition
    const path = op.replace('.', ' ')
    const moves = eachKey((keys, name) => keys.move(name, from, to, path))
    if (to === 'destroyed')
      return [
        [path, [where(without('--leave-copies'), notDelivered(newest, 'key withdraw takes it away first')), moves]],
      ]
    // A key whose life ends may be lost.
    return [[path, to === 'active' || to === 'suspended' ? [onToken(newest), moves] : [moves]]]
  }),
)
