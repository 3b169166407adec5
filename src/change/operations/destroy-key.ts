// Destruction: the key goes, its absence is proven, and a certificate says what could still bring it back.

import type { LeftCopy } from '../../domain/application-shapes.ts'
import { fromHex, toHex } from '../../domain/encoding.ts'
import { type KeyriteError, notVerified, refused } from '../../domain/errors.ts'
import { apart, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { mayBeThere } from '../../domain/known-application.ts'
import { escaped, type KeyVersion, label } from '../../domain/names.ts'
import type { DestroyPlan } from '../../domain/plan.ts'
import type { Artefact, KeyTarget } from '../../domain/shapes.ts'
import { listed } from '../../domain/words.ts'
import type { UserSession } from '../../hsm/port.ts'
import { type CertificateFiles, certify, type Found } from '../destruction-certificate.ts'
import { nameOf, type Scan, unknownObjectsIn } from '../inventory.ts'
import { absentReport, findKeyFor, inPart, isPublicKeyOf, keysOnToken, targetOf } from '../key-targets.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { HostSources } from '../ports.ts'
import { proveAllBut, provedOnToken, takeBackLent } from '../proofs.ts'

interface DestroyRequest {
  key: KeyVersion
  certificate?: string | undefined
  /** Copies that applications have may stay. */
  leavesCopies: boolean
}

/** KEY-STATE, COPY-LEFT: an active key is deactivated before it is destroyed, and its copies are withdrawn. */
export function planDestruction(
  { key, certificate, leavesCopies }: DestroyRequest,
  history: History,
  inputs: PlanInputs,
): DestroyPlan {
  checkNoneOpen(history)
  const entry = findKeyFor('key.destroy', key, history)
  const leaves = copiesOf(entry, history)
  if (leaves.length > 0 && !leavesCopies) throw stillDelivered(entry, leaves)
  return {
    ...planHeader('key.destroy', history, inputs),
    ...(certificate === undefined ? {} : { certificate }),
    keys: [targetOf(entry, 'destroyed')],
    ...(leaves.length > 0 ? { leaves } : {}),
  }
}

/** Those that are there, or may be. */
const copiesOf = ({ name, version }: KeyEntry, { applications }: History): LeftCopy[] =>
  applications
    .holding(name, version)
    .filter(({ copy }) => mayBeThere(copy))
    .map(({ app, copy }) => ({ app: app.name, name, version, label: copy.label }))

function stillDelivered({ name, version }: KeyEntry, copies: readonly LeftCopy[]): KeyriteError {
  const known = label(name, version)
  const apps = copies.map(({ app }) => app)
  const withdraw = keyrite('key', 'withdraw', known, ...apps.flatMap((app) => ['--app', app]))
  return refused(
    'COPY-LEFT',
    `${listed(apps)} ${apps.length === 1 ? 'has' : 'have'} a copy of ${known}, or may have`,
    apart(withdraw, 'or leave what is there: --leave-copies'),
  )
}

export function destroyKey(plan: DestroyPlan, sources: HostSources, files: CertificateFiles): Operation {
  const target = plan.keys[0]
  let found: Found | undefined
  return {
    /** KEY-TWINS, KEY-REPLACED. TOKEN-KNOWN: with an unknown key on the token nobody could say that no copy is left. */
    async check(session, history) {
      await keysOnToken([target], session)
      refuseUnknownObjects(await session.scan(), history)
    },
    async run(place) {
      found = await whatIsThere(target, place)
      if (found !== 'nothing' && (await place.session.destroyKeys([fromHex(target.id)])) === 0) found = 'nothing'
      await proveAbsence(target, place)
      return await gone(plan, found, place, sources, files)
    },
    /** What could not be proved was not touched. */
    determineOutcome: (place) =>
      found === undefined ? leftAsItWas(target, place) : destructionOutcome(plan, place, sources, files, found),
  }
}

/** KEY-REPLACED, KEY-INCOMPLETE: the object to be destroyed is this key and no other. */
async function whatIsThere(target: KeyTarget, { session, history }: OperationContext): Promise<Found> {
  if ((await provedOnToken([target], session)).size > 0) return 'whole'
  if ((await inPart([target], session)).length === 0) return 'nothing'
  await proveAllBut(target, session, history)
  return 'part'
}

async function leftAsItWas({ name, version }: KeyTarget, { session, history }: OperationContext): Promise<Effects> {
  await takeBackLent([history.key(name, version)!], session)
  return { changed: false, keys: [] }
}

/** Whole: it was not touched. Gone, or half gone: the rest goes too, and the certificate is written that was asked for. */
export async function destructionOutcome(
  plan: DestroyPlan,
  place: OperationContext,
  sources: HostSources,
  files: CertificateFiles,
  found: Found = 'unknown',
): Promise<Effects> {
  const { session, intent, history } = place
  const target = plan.keys[0]
  if ((await keysOnToken([target], session)).size > 0) return await leftAsItWas(target, place)
  if ((await whatIsThere(target, place)) === 'part') await session.destroyKeys([fromHex(target.id)])
  const scan = await session.scan()
  await refuseRemains(target, scan, session)
  // With an unknown object on the token the key is gone, but nobody could certify that.
  if (unknownObjectsIn(scan, history).length > 0) return goneWith(target, found, [], history)
  files.drop(intent.leaf)
  return await gone(plan, found, place, sources, files)
}

async function gone(
  plan: DestroyPlan,
  found: Found,
  place: OperationContext,
  sources: HostSources,
  files: CertificateFiles,
): Promise<Effects> {
  const certificate = plan.certificate === undefined ? undefined : await certify(plan, found, place, sources)
  return goneWith(plan.keys[0], found, certificate ? files.write(certificate) : [], place.history)
}

/** A note says what the outcome can't. */
const goneWith = (target: KeyTarget, found: Found, artefacts: Artefact[], history: History): Effects => ({
  changed: true,
  keys: [absentReport(target, history)],
  ...notesOf(label(target.name, target.version), found),
  ...(artefacts.length > 0 ? { artefacts } : {}),
})

function notesOf(name: string, found: Found): Pick<Effects, 'notes'> {
  if (found === 'nothing') return { notes: [`${name} was not on the token: nothing was destroyed`] }
  return found === 'part' ? { notes: [`only a part of ${name} was on the token`] } : {}
}

/** DESTROY-PROVEN: in a new session no private object has its id or its public key, and none is unknown to the ledger. */
async function proveAbsence(target: KeyTarget, { session, history }: OperationContext): Promise<void> {
  const scan = await session.scan()
  await refuseRemains(target, scan, session)
  refuseUnknownObjects(scan, history)
}

/** A list that was cut off proves no absence: the id is searched by itself too, in a second session. */
async function refuseRemains(target: KeyTarget, scan: Scan, session: UserSession): Promise<void> {
  const left = scan.private.filter(({ id, spki }) => toHex(id) === target.id || isPublicKeyOf(target, spki))
  const name = label(target.name, target.version)
  const [unlisted] = left.length > 0 ? [left.length] : await session.countObjects([fromHex(target.id)])
  if (unlisted === 0) return
  const what = left[0] === undefined ? 'an object that the list does not show' : escaped(nameOf(left[0]))
  throw notVerified('DESTROY-PROVEN', `${name} is still on the token: ${what}`, keyrite('partition', 'check'))
}

/** TOKEN-KNOWN. `made`: keys of the same change, which the ledger comes to know by its outcome. */
export function refuseUnknownObjects(scan: Scan, history: History, made: readonly KeyTarget[] = []): void {
  const ids = new Set(made.map(({ id }) => id))
  const unknown = unknownObjectsIn(scan, history).find(({ id }) => !ids.has(toHex(id)))
  if (!unknown) return
  const message = `the token holds a key that the ledger does not know, which may be a copy: ${escaped(nameOf(unknown))}`
  throw notVerified('TOKEN-KNOWN', message, keyrite('partition', 'check'))
}
