// The certificate of a destruction: where the key was looked for, and what could still bring it back.
import { canonical } from '../domain/canonical.ts'
import { notBefore } from '../domain/clock.ts'
import { pae, toBase64url, utf8 } from '../domain/encoding.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import type { Holder } from '../domain/member-shapes.ts'
import type { DestroyPlan } from '../domain/plan.ts'
import type { Artefact, KeyTarget, Token } from '../domain/shapes.ts'
import { type StillHeldBy, stillHeldBy } from './held-elsewhere.ts'
import { liveKeys } from './inventory.ts'
import { absentReport } from './key-targets.ts'
import type { OperationContext } from './operation.ts'
import type { HostSources } from './ports.ts'

/** Where a certificate goes. */
export interface CertificateFiles {
  write(certificate: Certificate): Artefact[]
  /** Removes what an interrupted command had written for this intent. */
  drop(intent: string): void
}

/**
 * What the token had of the key before: the whole of it, proved to be this one; a part, which no other key of the ledger was; nothing, so
 * that nothing was destroyed. A recovery sees only what is left.
 */
export type Found = 'whole' | 'part' | 'nothing' | 'unknown'

/** `keysLeft`: absent where nobody could look, or `error` says why its absence could not be proved. `member`: where there are several. */
interface TokenLooked {
  token: Token
  member?: string
  found: Found
  keysLeft?: number
  error?: NonNullable<Holder['error']>
}

interface Statement {
  format: 'keyrite.destruction/1'
  /** UUID and name. */
  partition: string
  name: string
  /** Where the key was looked for, and what else is there still: a count of keys. */
  tokens: [TokenLooked, ...TokenLooked[]]
  key: Pick<KeyEntry, 'name' | 'version' | 'id' | 'class' | 'type' | 'fingerprint'>
  intent: { seq: number; leaf: string }
  /** Why, as the plan says. */
  reason?: string
  destroyed: string
  stillHeldBy: StillHeldBy
}

export interface Certificate {
  statement: Statement
  /** Over PAE("application/vnd.keyrite.destruction+json", JCS(statement)), by the audit key. */
  signature: { key: string; alg: string; value: string }
}

/** Of several members each: what it had before, why it could not be proved to have lost it, or that nobody could look. */
async function lookedAt(target: KeyTarget, found: Found, place: OperationContext): Promise<Statement['tokens']> {
  const { history, members, session } = place
  const keysLeft = liveKeys(history).length - 1
  const { acting, live } = history.members
  if (!members?.isTold({})) return [{ token: acting.token, found, keysLeft }]
  const { went, holders } = await members.follow({ keys: [absentReport(target, history)] }, session)
  const others = live.flatMap(({ name, token }): TokenLooked[] => {
    if (name === acting.name) return []
    const gone = went.get(name)
    const error = holders.find(({ member }) => member === name)?.error
    return [
      gone
        ? { token, member: name, found: gone.has(target.id) ? 'whole' : 'nothing', keysLeft }
        : { token, member: name, found: 'unknown', ...(error ? { error } : {}) },
    ]
  })
  return [{ token: acting.token, member: acting.name, found, keysLeft }, ...others]
}

export async function certify(
  plan: DestroyPlan,
  found: Found,
  place: OperationContext,
  sources: HostSources,
): Promise<Certificate> {
  const { intent, signer, history } = place
  const target = plan.keys[0]
  const key = history.key(target.name, target.version)!
  const tokens = await lookedAt(target, found, place)
  const missing = tokens.flatMap((one) => (one.found === 'unknown' && one.member !== undefined ? [one.member] : []))
  const statement: Statement = {
    format: 'keyrite.destruction/1',
    partition: history.partition,
    name: history.name,
    tokens,
    key: {
      name: key.name,
      version: key.version,
      id: key.id,
      class: key.class,
      type: key.type,
      fingerprint: key.fingerprint,
    },
    intent: { seq: intent.seq, leaf: intent.leaf },
    ...(plan.reason === undefined ? {} : { reason: plan.reason }),
    destroyed: notBefore(history.time, sources.clock()),
    stillHeldBy: stillHeldBy(key, history, missing),
  }
  const value = await signer.sign(pae('application/vnd.keyrite.destruction+json', utf8(canonical(statement))))
  return { statement, signature: { key: signer.key.id, alg: signer.key.alg, value: toBase64url(value) } }
}
