// Before a key is touched it is proved to be the one that the ledger names; and what a crash left lent for such a proof comes back.
import { fromHex, toHex } from '../domain/encoding.ts'
import { KeyriteError, notVerified } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { type Attributes, flagsThatDiffer, halvesOf, usageOnly } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import type { KeyFacts, UserSession } from '../hsm/port.ts'
import { flagsOf, isNotOnToken, liveKeys } from './inventory.ts'
import { checkNoneInPart, type Known, keysOnToken, VERIFY } from './key-targets.ts'

/**
 * KEY-TWINS, KEY-REPLACED: the whole keys on the token that the targets mean, each proved to be the one: a secret key by its check value, a
 * pair by an answer of its private half. A flag may be lent for it, so this is for when an intent is recorded.
 */
export async function provedOnToken<K extends Known>(
  targets: readonly K[],
  session: UserSession,
): Promise<Map<K, KeyFacts>> {
  return await provedThere([...(await keysOnToken(targets, session)).keys()], session)
}

/** KEY-ABSENT, KEY-TWINS, KEY-REPLACED: the same of keys that this session has seen there, whole. */
export async function provedThere<K extends Known>(
  targets: readonly K[],
  session: UserSession,
): Promise<Map<K, KeyFacts>> {
  const proofs = await session.proveKeys(targets.map(({ id }) => fromHex(id)))
  return new Map(targets.map((target, i) => [target, itself(target, proofs[i]!)]))
}

function itself(target: Known, facts: KeyFacts): KeyFacts {
  const another = notItself(target, facts)
  if (another === undefined) return facts
  const name = label(target.name, target.version)
  throw notVerified('KEY-REPLACED', `the token has another key in the place of ${name}: ${another}`, VERIFY)
}

/** Of a key that was to be proved: why it is not the one that the ledger names; undefined where it is. */
export function notItself({ fingerprint }: Pick<Known, 'fingerprint'>, facts: KeyFacts): string | undefined {
  if (facts.foreignHalf) return 'its private half is not that of its public key'
  if (facts.fingerprint === fingerprint) return undefined
  return `its fingerprint is ${facts.fingerprint || 'not to be had'}, the ledger says ${fingerprint}`
}

/** The key, proved; undefined where it is absent, in part, or another. */
export async function provedIfItself<K extends Known>(target: K, session: UserSession): Promise<KeyFacts | undefined> {
  try {
    return (await provedOnToken([target], session)).get(target)
  } catch (error) {
    if (error instanceof KeyriteError && error.code === 'KEY-REPLACED') return undefined
    throw error
  }
}

/** KEY-INCOMPLETE: a part can't be proved; it is the key's when every other one of the ledger is whole and proved to be its own. `going`: keys that the same change destroys. */
export async function proveAllBut(
  target: Known,
  session: UserSession,
  history: History,
  going: readonly Known[] = [],
): Promise<void> {
  const ids = new Set([target, ...going].map(({ id }) => id))
  const others = liveKeys(history).filter((key) => !ids.has(key.id) && !isNotOnToken(key, history))
  const proved = await provedOnToken(others, session)
  if (proved.size === others.length) return
  await checkNoneInPart([target], session)
}

/** Which of them is lent depends on the key and on the token. */
const LENT = ['SIGN', 'ENCRYPT']

/** Those that a proof may have set, as `flagsThatDiffer` names them. */
const lentTo = (wanted: Attributes): string[] =>
  halvesOf(wanted).flatMap(([half, flags]) =>
    half === 'public'
      ? []
      : LENT.filter((flag) => flags[flag] === false).map((flag) => (half === 'secret' ? flag : `${half} ${flag}`)),
  )

/** A proof may have been interrupted. The lent flag is cleared again where the ledger says so; everything else is for the next check to find. */
export async function takeBackLent(keys: readonly KeyEntry[], session: UserSession): Promise<void> {
  const all = keys.map((key) => [key.id, flagsOf(key)] as const)
  const idle = new Map(all.filter(([, wanted]) => lentTo(wanted).length > 0))
  for (const facts of await session.readKeys([...idle.keys()].map(fromHex))) {
    const wanted = idle.get(toHex(facts.id))!
    const [flag, ...others] = flagsThatDiffer(wanted, facts.attributes)
    if (facts.otherObjects || others.length > 0 || !lentTo(wanted).includes(flag ?? '')) continue
    await session.setUsage(facts.id, usageOnly(wanted))
  }
}
