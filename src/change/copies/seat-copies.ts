// The one engine that makes an application's token what the ledger wishes: it looks at everything there, seats what is missing, takes
// away what is ours and not wished, and proves. What is right stays untouched, and so does what is not ours.

import type { CopyReport, PlannedApp } from '../../domain/application-shapes.ts'
import { fromHex } from '../../domain/encoding.ts'
import { deviceFailed, notVerified } from '../../domain/errors.ts'
import type { History } from '../../domain/history.ts'
import type { KeyType } from '../../domain/keys.ts'
import { label } from '../../domain/names.ts'
import type { Secret } from '../../domain/secret.ts'
import { commonWrap, takesType, type WrapKind } from '../../domain/wrap-kinds.ts'
import type { CopyFacts, UserSession, Wrapped } from '../../hsm/port.ts'
import { abilitiesIn, waysOf } from '../abilities.ts'
import { VERIFY } from '../key-targets.ts'
import type { KeysAtHand } from './keys-at-hand.ts'
import { copyReports, foundInWords, hasPrivate, lacksCertificate, lookAt, placesIn, type Wish } from './look.ts'
import { type Place, type Step, stepsToward } from './steps.ts'

/** Both tokens, logged in, and the key that the keys travel under: the vault's session may wrap with it, and closing both ends it. */
interface Crossing {
  keys: KeysAtHand
  vault: UserSession
  application: UserSession
  /** Undefined where nothing is wished, so that nothing is brought. */
  transfer: Secret | undefined
  /** By which the application's token opens keys. */
  wraps: readonly WrapKind[]
  /** Where several are reached: what was wrapped for those before, and is the same for this one. */
  wrapped?: Map<string, Crossed>
}

interface Seating {
  copies: CopyReport[]
  found: string[]
  /** Why copies are not as wished, in words. */
  problems: string[]
}

/** `touching` is told before the token is changed. */
export async function seatWishes(app: PlannedApp, crossing: Crossing, touching: () => void): Promise<Seating> {
  const { application, keys } = crossing
  await application.clearIncompleteObjects([])
  const look = await lookAt(app, application, keys)
  const lost = look.wished.filter(({ target, isRight }) => !isRight && keys.of(target).state === 'destroyed')
  const possible = look.wished.filter((wish) => !lost.includes(wish))
  const { steps, blocked } = stepsToward(possible, look.there, { isOurs: keys.isOurs, others: keys.othersOf(app) })
  const bare = look.wished.filter(lacksCertificate)
  if (steps.length + bare.length > 0) touching()
  const seated = await follow(steps, crossing)
  if (bare.length > 0) await application.seatCertificates(bare.map(({ spec }) => spec))
  const left = steps.length + bare.length > 0 ? placesIn(await application.scan()) : look.there
  return {
    copies: copyReports(app, { wished: look.wished, there: left }, keys, (wish) => toldOf(wish, seated.get(wish))),
    found: foundInWords(app, look, keys, { seated, left }),
    problems: [
      ...blocked.map((wish) => `a key that the ledger does not know has the label ${wish.label}`),
      ...lost.map((wish) => `the copy ${wish.label} can't be made anew, since its key is destroyed`),
    ],
  }
}

function toldOf(
  { state, spec }: Wish,
  facts: CopyFacts | undefined,
): Pick<CopyReport, 'state' | 'attributes' | 'proof'> {
  const proof = facts ? facts.proof : spec.proof
  const { attributes } = facts ?? (state.state === 'present' ? state.facts : {})
  if (!attributes) return { state: 'unproven', attributes: {} }
  return { state: 'present', attributes, ...(proof ? { proof } : {}) }
}

/** What is to come is wrapped before anything goes. */
async function follow(steps: readonly Step<Wish>[], crossing: Crossing): Promise<Map<Wish, CopyFacts>> {
  const { application, transfer } = crossing
  const wrapped = await wrap(steps.flatMap(comingIn), crossing)
  const seated = new Map<Wish, CopyFacts>()
  for (const step of steps) {
    if ('destroy' in step) {
      await application.destroyCopies(step.destroy.map(bytesOf))
      continue
    }
    if (transfer === undefined) throw new TypeError('a key comes under a key of the session')
    const copyOf = (wish: Wish) => ({ ...wish.spec, ...wrapped.get(wish) })
    const facts =
      'seat' in step
        ? await application.seatCopies(transfer, step.seat.map(copyOf))
        : await application.exchangeCopies(
            transfer,
            step.exchange.map(({ destroy, seat }) => ({ destroy: destroy.map(bytesOf), seat: copyOf(seat) })),
          )
    for (const [i, wish] of comingIn(step).entries()) seated.set(wish, facts[i]!)
  }
  return seated
}

function comingIn(step: Step<Wish>): readonly Wish[] {
  if ('destroy' in step) return []
  return 'seat' in step ? step.seat : step.exchange.map(({ seat }) => seat)
}

const bytesOf = ({ label, id }: Place) => ({ label, id: fromHex(id) })

/**
 * COPY-WRAPPED: what crosses is the key that the ledger names. Of a pair without a private use nothing does: its public half is made of
 * what the ledger has.
 */
async function wrap(
  wishes: readonly Wish[],
  { vault, keys, wraps, wrapped = new Map() }: Crossing,
): Promise<Map<Wish, Crossed>> {
  const crossing = wishes.filter(({ spec }) => hasPrivate(spec))
  if (crossing.length === 0) return new Map()
  const kinds = Object.fromEntries(crossing.map(({ spec }) => [spec.type, kindFor(spec.type, wraps, keys.history)]))
  const place = ({ id, spec }: Wish) => `${id} ${kinds[spec.type]}`
  const fresh = crossing.filter((wish) => !wrapped.has(place(wish)))
  const made = await vault.wrapKeys(
    fresh.map(({ spec }) => spec.id),
    undefined,
    kinds,
  )
  for (const [i, wish] of fresh.entries()) wrapped.set(place(wish), crossed(wish, made[i]!))
  return new Map(crossing.map((wish) => [wish, wrapped.get(place(wish))!]))
}

export type Crossed = Pick<Extract<Wrapped, { blob: Uint8Array }>, 'wrap' | 'blob'>

/** COPY-POSSIBLE: the way in which keys of this type come from the vault to the application's token. */
export function kindFor(type: KeyType, wraps: readonly WrapKind[], { profile }: History): WrapKind {
  const kind = commonWrap(type, waysOf(abilitiesIn(profile)), () => wraps.filter((one) => takesType(one, type)))
  if (typeof kind === 'string') return kind
  throw deviceFailed('COPY-POSSIBLE', `no key of type ${type} can be brought to that token: ${kind.lacks}`)
}

function crossed({ target, spec }: Wish, result: Wrapped): Crossed {
  const name = label(target.name, target.version)
  if ('error' in result) throw deviceFailed('COPY-WRAPPED', `${name} can't be wrapped: ${result.error}`, VERIFY)
  if (result.fingerprint === spec.fingerprint) return { wrap: result.wrap, blob: result.blob }
  throw notVerified('KEY-REPLACED', `the token has another key in the place of ${name}`, VERIFY)
}
