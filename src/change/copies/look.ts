// What an application's token has, held against what is wished there: each copy proved, and whatever else is there named.

import type { CopyReport, CopyTarget, PlannedApp } from '../../domain/application-shapes.ts'
import { copyAttributes } from '../../domain/copy-attributes.ts'
import { fromBase64url, fromHex, toBase64url, toHex } from '../../domain/encoding.ts'
import { foundIn, foundWords } from '../../domain/found-words.ts'
import { groupedBy, inRecords } from '../../domain/grouped.ts'
import { isPair } from '../../domain/keys.ts'
import type { Copy } from '../../domain/known-application.ts'
import { label } from '../../domain/names.ts'
import type { NewRecord } from '../../domain/record.ts'
import { recordable } from '../../domain/texts.ts'
import type { CopyFound, CopySpec, ObjectFacts, UserSession } from '../../hsm/port.ts'
import type { Scan } from '../inventory.ts'
import type { KeysAtHand } from './keys-at-hand.ts'
import { isRenewed, type Place, type Seated, samePlace, type WishedPlace } from './steps.ts'

/** A copy that is wished, with all that is known of it. */
export interface Wish extends WishedPlace {
  target: CopyTarget
  spec: CopySpec
  state: CopyFound
}

interface Look {
  wished: Wish[]
  there: Seated[]
}

/** What there is under each label and id: keys, their public halves, and certificates. */
export function placesIn({ private: hidden, public: open }: Scan): Seated[] {
  const objects = [...hidden, ...open].filter(({ class: kind }) => KINDS.includes(kind))
  const places = groupedBy(objects, ({ label: name, id }) => `${toHex(id)} ${name}`)
  return [...places.values()].map((all) => ({
    label: all[0]!.label,
    id: toHex(all[0]!.id),
    kinds: [...new Set(all.map(({ class: kind }) => kind))].sort(),
    certified: all.flatMap(({ class: kind, spki }) => (kind === 'certificate' ? [spki && toBase64url(spki)] : [])),
  }))
}

const KINDS: readonly ObjectFacts['class'][] = ['secret', 'private', 'public', 'certificate']

/** Nothing is changed. */
export async function lookAt(app: PlannedApp, session: UserSession, keys: KeysAtHand): Promise<Look> {
  const there = placesIn(await session.scan())
  const targets = app.copies.filter(({ wished }) => wished)
  const specs = targets.map((target) => copySpec(target, app, keys))
  const states = specs.length === 0 ? [] : await session.proveCopies(specs)
  const wished = targets.map((target, i): Wish => {
    const state = states[i]!
    const { id } = keys.of(target)
    return { target, label: target.label, id, spec: specs[i]!, state, isRight: state.state === 'present' }
  })
  return { wished, there }
}

function copySpec(target: CopyTarget, { name }: PlannedApp, keys: KeysAtHand): CopySpec {
  const { id, type, fingerprint, spki, accepted } = keys.of(target)
  const proof = keys.copiesOf(name).get(label(target.name, target.version))?.proof
  return {
    label: target.label,
    id: fromHex(id),
    type,
    attributes: copyAttributes(type, target.usage),
    fingerprint,
    ...(spki ? { spki: fromBase64url(spki) } : {}),
    ...(accepted ? { accepted } : {}),
    ...(target.certificate ? { certificate: fromBase64url(target.certificate) } : {}),
    ...(proof ? { proof } : {}),
  }
}

/** The most that a record tells of. */
const MOST_FOUND = 100

/** What was made right since, and what is there now. */
interface Now {
  seated: Pick<ReadonlyMap<Wish, unknown>, 'has'>
  left: readonly Seated[]
}

/** What is not as the ledger has it. `now`: what was put right by then is told as that. */
export function foundInWords(app: PlannedApp, { wished, there }: Look, keys: KeysAtHand, now?: Now): string[] {
  const before = [...keys.copiesOf(app.name).values()].filter(({ state }) => state !== 'absent')
  const places = before.map((copy): Place => ({ label: copy.label, id: keys.of(copy).id }))
  const known = [...wished, ...places]
  const taken = labelsTaken([...wished.map(({ target }) => target), ...keys.copiesOf(app.name).values()], keys)
  const bare = wished.filter((wish) => lacksCertificate(wish) && hasPrivate(wish.spec))
  const all = [
    ...wished.flatMap((wish) => changed(wish, before, now)),
    ...bare.map(({ label: name }) => foundWords(now ? 'brought back' : 'without', `certificate of ${name}`)),
    ...there.flatMap((one) => {
      if (!keys.isOurs(one.id))
        return [foundWords(isLookAlike(one, taken) ? 'look-alike' : 'foreign', placeInWords(one))]
      if (known.some((place) => samePlace(place, one)) || isRenewed(one, known))
        return bare.some((place) => samePlace(place, one)) ? [] : certifiedElse(one, keys, now)
      const isLeft = !now || now.left.some((place) => samePlace(place, one))
      return [foundWords(isLeft ? 'not wished' : 'removed', placeInWords(one))]
    }),
  ]
  return fewEnough([...new Set(all.map(recordable))].sort())
}

/** What an application makes for itself can't crowd out what is wrong. */
function fewEnough(words: string[]): string[] {
  if (words.length <= MOST_FOUND) return words
  const isForeign = (one: string) => foundIn(one).kind === 'foreign'
  const worst = [...words.filter((one) => !isForeign(one)), ...words.filter(isForeign)].slice(0, MOST_FOUND - 1)
  return [...worst.sort(), `~ ${words.length - MOST_FOUND + 1} more`]
}

/** Under a label, the classes of what a client may look for there, and the public keys that a certificate may be of. */
interface Taken {
  kinds: ReadonlySet<string>
  spkis: ReadonlySet<string | undefined>
}

/** By label: a copy is called NAME or NAME#VERSION, and was or will be called the other. */
function labelsTaken(copies: readonly CopyTarget[], keys: KeysAtHand): ReadonlyMap<string, Taken> {
  const taken = new Map<string, Taken>()
  for (const { name, version, label: called } of copies) {
    const { class: kind, spki } = keys.of({ name, version })
    const kinds = kind === 'secret' ? ['secret'] : ['private', 'public', 'certificate']
    for (const one of new Set([called, name, label(name, version)])) {
      const { kinds: others = [], spkis = [] } = taken.get(one) ?? {}
      taken.set(one, { kinds: new Set([...others, ...kinds]), spkis: new Set([...spkis, ...(spki ? [spki] : [])]) })
    }
  }
  return taken
}

/** Whoever looks for the copy by its label may get this. */
function isLookAlike({ label: name, kinds, certified = [] }: Seated, taken: ReadonlyMap<string, Taken>): boolean {
  const copy = taken.get(name)
  if (copy === undefined) return false
  const isOther = certified.some((spki) => !copy.spkis.has(spki))
  return kinds.some((kind) => copy.kinds.has(kind) && (kind !== 'certificate' || isOther))
}

/** Beside a copy, under its id: any certificate of its key is right, since it is renewed without a quorum; whoever takes one of another key has a key that does not fit. */
function certifiedElse(one: Seated, keys: KeysAtHand, now: Now | undefined): string[] {
  const spki = keys.spkiOf(one.id)
  const isStrange = ({ certified = [] }: Seated) => certified.some((other) => other === undefined || other !== spki)
  if (!isStrange(one)) return []
  const isLeft = !now || now.left.some((place) => samePlace(place, one) && isStrange(place))
  return [foundWords(isLeft ? 'look-alike' : 'removed', placeInWords({ ...one, kinds: ['certificate'] }))]
}

/** A public half alone is found without a certificate. */
export const hasPrivate = ({ attributes }: CopySpec): boolean =>
  !isPair(attributes) || Object.keys(attributes.private).length > 0

/** It was given with one, and none of its key is there: it went, or another's has its place. */
export const lacksCertificate = ({ state }: Wish): boolean =>
  state.state === 'present' && state.lacksCertificate === true

/** Of a copy that the ledger has as present, under that label. */
function changed(wish: Wish, before: readonly Copy[], now: Now | undefined): string[] {
  const { label: name, state, target } = wish
  const isRight = now?.seated.has(wish)
  const was = before.find((one) => one.name === target.name && one.version === target.version)
  const isAsBefore = was?.label === name && was.usage.join() === target.usage.join()
  if (was?.state !== 'present' || !isAsBefore) return []
  if (state.state === 'absent') return [foundWords(isRight ? 'brought back' : 'lost', name)]
  return state.state === 'wrong' ? [foundWords(isRight ? 'made anew' : 'altered', `${name}, ${state.why}`)] : []
}

const placeInWords = ({ label: name, id, kinds }: Seated): string =>
  `${kinds.join(', ')} object ${name === '' ? 'without a label' : name}${id === '' ? '' : `, id ${id}`}`

/** Of a copy as it was found, or as it was seated. */
const copyReport = (
  { target, id }: Pick<Wish, 'target' | 'id'>,
  told: Pick<CopyReport, 'state' | 'attributes' | 'proof'>,
): CopyReport => ({
  name: target.name,
  version: target.version,
  label: target.label,
  id,
  usage: target.usage,
  ...told,
})

/** Of one that is not there, or of which nothing is known. */
export const bareReport = (target: CopyTarget, state: 'absent' | 'unproven', keys: KeysAtHand): CopyReport =>
  copyReport({ target, id: keys.of(target).id }, { state, attributes: {} })

/** Of each copy of a plan, those that nobody wishes too: `told` is asked of the wished ones alone. */
export const copyReports = (
  { copies }: PlannedApp,
  { wished, there }: Look,
  keys: KeysAtHand,
  told: (wish: Wish) => Pick<CopyReport, 'state' | 'attributes' | 'proof'>,
): CopyReport[] =>
  copies.map((target) => {
    const wish = wished.find((one) => one.target === target)
    if (wish) return copyReport(wish, told(wish))
    const { id } = keys.of(target)
    return bareReport(target, there.some((place) => place.id === id) ? 'unproven' : 'absent', keys)
  })

/** What the ledger is told of one application. `found`: what else was on its token. */
export const copiesRecords = (
  app: string,
  intent: { leaf: string },
  { copies, found = [] }: { copies: CopyReport[]; found?: string[] },
): NewRecord[] =>
  inRecords(copies).map((part, i) => ({
    type: 'app.copies' as const,
    intent: intent.leaf,
    app,
    copies: part,
    ...(i === 0 && found.length > 0 ? { found } : {}),
  }))
