// The destruction of keys whose time is over: all of them are proved first, and their absence after that, by one look at the token.
import { fromHex } from '../../domain/encoding.ts'
import type { History } from '../../domain/history.ts'
import { label } from '../../domain/names.ts'
import type { KeyTarget } from '../../domain/shapes.ts'
import { listed } from '../../domain/words.ts'
import { proveAllGone } from '../absence.ts'
import { absentReport, checkNoneInPart, inPart, keysOnToken } from '../key-targets.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { proveAllBut, provedOnToken, takeBackLent } from '../proofs.ts'
import { refuseUnknownObjects } from './destroy-key.ts'

const NOTHING: Effects = { changed: false, keys: [] }

/** No certificate is written: the ledger says that they are gone. `made`: keys that the same change has made before. */
export function destroySeveral(
  keys: readonly KeyTarget[],
  made: readonly KeyTarget[] = [],
): Required<Omit<Operation, 'login' | 'transfer'>> {
  return {
    /** KEY-TWINS, KEY-REPLACED, TOKEN-KNOWN. */
    async check(session, history) {
      if (keys.length === 0) return
      await keysOnToken(keys, session)
      refuseUnknownObjects(await session.scan(), history)
    },
    async run({ session, history }) {
      if (keys.length === 0) return NOTHING
      const proved = await provedOnToken(keys, session)
      const others = keys.filter((key) => !proved.has(key))
      await checkNoneInPart(others, session)
      await session.destroyKeys([...proved.keys()].map(({ id }) => fromHex(id)))
      refuseUnknownObjects(await proveAllGone(keys, session), history, made)
      return gone(keys, others, history)
    },
    determineOutcome,
  }

  /** What is whole was not touched; what is half gone goes. */
  async function determineOutcome(context: OperationContext): Promise<Effects> {
    if (keys.length === 0) return NOTHING
    const { session, history } = context
    const there = await keysOnToken(keys, session)
    await takeBackLent(
      [...there.keys()].map(({ name, version }) => history.key(name, version)!),
      session,
    )
    const absent = keys.filter((key) => !there.has(key))
    for (const key of await inPart(absent, session)) await restGoes(key, absent, context)
    await proveAllGone(absent, session)
    return gone(absent, [], history)
  }
}

function gone(keys: readonly KeyTarget[], missing: readonly KeyTarget[], history: History): Effects {
  const names = listed(missing.map(({ name, version }) => label(name, version)))
  const notes = missing.length > 0 ? { notes: [`not on the token, so nothing was destroyed there: ${names}`] } : {}
  return { changed: keys.length > 0, keys: keys.map((key) => absentReport(key, history)), ...notes }
}

/** KEY-INCOMPLETE: a part is the key's when every other one of the ledger is whole. */
async function restGoes(
  key: KeyTarget,
  going: readonly KeyTarget[],
  { session, history }: OperationContext,
): Promise<void> {
  await proveAllBut(key, session, history, going)
  await session.destroyKeys([fromHex(key.id)])
}
