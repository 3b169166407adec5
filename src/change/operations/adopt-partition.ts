// A token that holds keys becomes a partition: its PINs give way to those of the shares, its keys stay as they are. Nothing on it is erased.

import { fromBase64url, fromHex, toHex } from '../../domain/encoding.ts'
import { deviceFailed, notVerified, refused, usage } from '../../domain/errors.ts'
import type { AdoptPlan, InitPlan } from '../../domain/first-plans.ts'
import { groupedBy } from '../../domain/grouped.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import { flagsThatDiffer } from '../../domain/keys.ts'
import { escaped, label } from '../../domain/names.ts'
import type { KeyReport } from '../../domain/shapes.ts'
import { listed } from '../../domain/words.ts'
import type { Pin, UserSession } from '../../hsm/port.ts'
import type { Adoptable } from '../adoptable.ts'
import { checkHeads } from '../empty-token.ts'
import { AUDIT_LABEL, isHead, objectInWords } from '../inventory.ts'
import { keysOnToken, specOf } from '../key-targets.ts'
import type { Taking } from './init-partition.ts'

/** KEY-NEW, KEY-ADOPTABLE: what can't be taken is left alone where that was said of it by name. Asked before anything is made. */
export function checkAdoptable({ keys, refused: not }: Adoptable, leave: readonly string[]): void {
  const [twice] = [...groupedBy(keys, ({ name }) => name).values()].flatMap(([_, ...more]) => more)
  if (twice) throw refused('KEY-NEW', `two keys would be called ${twice.name}`, add('--name', `${twice.id}=NAME`))
  const unknown = leave.find((object) => !not.some((one) => one.object === object))
  if (unknown !== undefined)
    throw usage(`${escaped(unknown)} is not on the token, or it can be taken`, 'the same command without it')
  const open = not.filter(({ object }) => !leave.includes(object))
  if (open.length === 0) return
  const why = open.map(({ object, why }) => `${escaped(object)}: ${why}`)
  const hint = to('to let it be', add(...open.flatMap(({ object }) => ['--leave', object])))
  throw refused('KEY-ADOPTABLE', `not every key can be taken: ${listed(why)}`, hint)
}

export function planAdoption(plan: InitPlan, { keys, others }: Adoptable, leave: readonly string[]): AdoptPlan {
  const leaves = [...new Set([...others, ...leave])].sort()
  return { ...plan, op: 'partition.adopt', keys, ...(leaves.length === 0 ? {} : { leaves }) }
}

/** `present`: the SO PIN that a person gave, as long as the token has it. */
export const ofAdoptedToken = (plan: AdoptPlan, present: () => Promise<Pin>): Taking => ({
  present,
  async check(session, { ledger, resumed }) {
    await checkHeads(session, plan.partition, ledger)
    if (resumed) await clearRemains(plan.leaves, plan.keys, session)
    await addPublicHalves(plan.keys, session)
    await checkAsPlanned(plan, session)
  },
  clears: false,
})

/** What a crash cut off before it had a name is ours, where nothing without one is to be let be. */
export async function clearRemains(
  leaves: readonly string[] = [],
  keys: readonly { id: string }[],
  session: UserSession,
): Promise<void> {
  if (leaves.some((object) => object.endsWith(' without a label'))) return
  await session.clearIncompleteObjects(keys.map(({ id }) => ({ id: fromHex(id), objects: 1 })))
}

/** Anyone can exchange a public object: each pair gets a public half of its own that is private. */
async function addPublicHalves(keys: readonly KeyReport[], session: UserSession): Promise<void> {
  const whole = await keysOnToken(keys, session)
  for (const key of keys)
    if (key.class === 'pair' && !whole.has(key))
      await session.createPublicHalf({ ...specOf(key), spki: fromBase64url(key.spki!) })
}

/** KEY-ABSENT, KEY-REPLACED, KEY-ANSWERS, KEY-AS-ASKED, TOKEN-KNOWN: the token holds what everyone has approved, and nothing else. */
async function checkAsPlanned({ keys, leaves = [], profile }: AdoptPlan, session: UserSession): Promise<void> {
  const found = await keysOnToken(keys, session)
  for (const key of keys) {
    const name = label(key.name, key.version)
    const facts = found.get(key)
    if (!facts) throw deviceFailed('KEY-ABSENT', `${name} is not on the token any more, or not whole`)
    const [flag] = flagsThatDiffer(key.attributes, facts.attributes)
    if (flag !== undefined) throw deviceFailed('KEY-AS-ASKED', `${name}: ${flag} is not what was approved`)
  }
  await checkAnswers(keys.filter(canAnswer), session)
  const ids = new Set(keys.map(({ id }) => id))
  const unknown = (await session.scan()).private.find(
    (object) =>
      !ids.has(toHex(object.id)) &&
      object.label !== AUDIT_LABEL &&
      !isHead(object, profile.head) &&
      !leaves.includes(objectInWords(object)),
  )
  if (unknown)
    throw notVerified(
      'TOKEN-KNOWN',
      `somebody has put a ${escaped(objectInWords(unknown))} on the token since it was looked at`,
      keyrite('partition', 'recover', '--abandon'),
    )
}

async function checkAnswers(keys: readonly KeyReport[], session: UserSession): Promise<void> {
  const answers = await session.answers(
    keys.map(({ id, spki, type }) => ({ id: fromHex(id), spki: fromBase64url(spki!), type })),
  )
  const strange = keys.find((_, i) => !answers[i])
  if (!strange) return
  const name = label(strange.name, strange.version)
  throw notVerified('KEY-ANSWERS', `the private key of ${name} does not belong to its public key`)
}

const canAnswer = ({ class: kind, usage: uses }: KeyReport): boolean => kind === 'pair' && uses.includes('sign')
